"""Measures a training on several hosts, which are network namespaces of this machine, against the model and PyTorch.

usage: cluster.py [--parts bits bytes seconds peer] [--corpus FILE] [--peer PYTHON SCRIPT] [--rounds N] [--worker FILE]
                  [--presets tiny base] [--links GBIT/S ...] [--compile 0|1] [--quick]
Needs root, iproute2 and the release build. Checks that checkpoints are the same bytes on every number of
ranks and hosts (bits), what each host sends in a step against the formula (bytes), what a step's
communication takes against the model of cluster_model.py (seconds), and PyTorch's DistributedDataParallel
over gloo on the same hosts (peer), which has to do the same work. Prints tables and writes them to
Benchmarks/Results; ends with 1 where a bound is missed, with 3 where there can be no hosts.

All hosts share this machine's cores and memory: bytes say what they would on a cluster, seconds do not.
"""
import argparse, datetime, hashlib, itertools, json, os, pathlib, platform, re, signal, statistics, subprocess, sys, tempfile, time

from cluster_model import Machine, Network, communication, traffic
from hosts import CannotRun, Hosts, obstacle, output
from same_work import Work

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser()
parser.add_argument("--parts", nargs="+", choices=["bits", "bytes", "seconds", "peer"], default=["bits", "bytes", "seconds", "peer"])
parser.add_argument("--corpus", help="left out: the built-in stories")
parser.add_argument("--peer", nargs=2, metavar=("PYTHON", "SCRIPT"))
parser.add_argument("--presets", nargs="+", default=["tiny", "base"])
parser.add_argument("--links", type=float, nargs="+", default=[1, 10], help="of a host, each way, in Gbit/s; without a limit is measured always")
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=8, help="of a run whose seconds count, the first two left out")
parser.add_argument("--worker", default=str(root / ".build" / "release" / "worker"))
parser.add_argument("--compile", type=int, default=0, help="whether the peer compiles its network, which takes minutes for eight ranks")
parser.add_argument("--quick", action="store_true", help="one round, one precision, tiny")
arguments = parser.parse_args()
if arguments.quick:
    arguments.rounds, arguments.presets = 1, ["tiny"]
corpus = ["--corpus", str(pathlib.Path(arguments.corpus).resolve())] if arguments.corpus else []
has_bf16 = re.search(r"avx512_bf16|amx_bf16", open("/proc/cpuinfo").read())
precisions = ("fp32", "bf16") if has_bf16 and not arguments.quick else ("fp32",)
layouts = ([1, 1], [2, 2], [3, 1], [4, 4], [1, 1, 1], [2, 1, 1])
report, missed = [], []


def say(line=""):
    print(line, flush=True)
    report.append(line)


def check(holds, what):
    """A mark for a table; what does not hold is told again at the end."""
    if not holds:
        missed.append(what)
    return "yes" if holds else "**no**"


def named(ranks):
    return f"{len(ranks)} × {ranks[0]}" if len(set(ranks)) == 1 else " + ".join(map(str, ranks))


class Run:
    """A finished training."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.lines = [line for line in map(json.loads, open(self.folder / "metrics.jsonl")) if "loss" in line]
        self.checkpoint = max((self.folder / "checkpoints").iterdir())

    def digests(self):
        return [hashlib.sha256((self.checkpoint / name).read_bytes()).hexdigest()
                for name in ("model.safetensors", "optimizer.safetensors")]

    def network(self):
        work = Work.of(self.folder, "fp32")
        return Network(work.vocabulary, work.width, work.layers, work.hidden)

    def median(self, key):
        return statistics.median(line[key] for line in self.lines[2:])


def train(ranks, options, hosts=None):
    """A short training on so many ranks of each host; without hosts on this machine as it is."""
    folder = tempfile.mkdtemp(prefix="run-", dir=scratch)
    program = [arguments.worker, "pretrain", "--run", folder + "/run", *corpus, *options]
    if hosts:
        command = hosts.mpirun(ranks, program)
    else:
        command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", ranks[0], *program]
    output(command if sum(ranks) > 1 else program)
    return Run(folder + "/run")


def bits():
    say("## The same bits\n\nSHA-256 of `model.safetensors` and `optimizer.safetensors` after three steps of 11 micro-batches,"
        " which no number of ranks divides evenly.\n\n| precision | collective | one host | several hosts | all equal |\n"
        "| --- | --- | --- | --- | --- |")
    small = ["--preset", "tiny", "--batch", "22", "--micro-batch", "2", "--context", "64", "--steps", "3"]
    for precision in precisions:
        options = [*small, "--precision", precision]
        expected = train([1], options).digests()
        for collective in ("window", "messages"):
            wrong = []
            for ranks in ([2], [3], [4], [8]):
                if train(ranks, [*options, "--collective", collective]).digests() != expected:
                    wrong.append(f"{ranks[0]} ranks")
            for ranks in layouts:
                with Hosts(len(ranks)) as hosts:
                    if train(ranks, [*options, "--collective", collective], hosts).digests() != expected:
                        wrong.append(named(ranks))
            equal = check(not wrong, f"{precision}, {collective}: other bits on {', '.join(wrong)}")
            say(f"| {precision} | {collective} | 1, 2, 3, 4, 8 ranks | {', '.join(map(named, layouts))} | {equal} |")


def sent_per_step(hosts, job, lengths):
    """What each host sends in a step: the difference of two lengths of run, so that start and end do not count."""
    totals = []
    for steps in lengths:
        before = hosts.sent()
        result = job(steps)
        time.sleep(0.2)
        totals.append([after - earlier for after, earlier in zip(hosts.sent(), before)])
    return [(long - short) / (lengths[1] - lengths[0]) for short, long in zip(*totals)], result


def bytes_sent():
    say("## Bytes per step and host\n\nSent, headers of frames included, against 4P·[r·(1 − s) + s·(H − 1)], the same for each"
        " rank by itself with messages.\n\n| network | ranks | collective | r | s | formula, MB | measured, MB | off | within 3 % |\n"
        + "| --- " * 9 + "|")
    cases = [("tiny", ranks, collective) for ranks in layouts for collective in ("window", "messages")]
    cases += [("base", ranks, "window") for ranks in ([2, 2], [4, 4], [2, 1, 1])]
    for preset, ranks, collective in cases:
        if preset not in arguments.presets:
            continue
        # Bytes depend on neither context nor the size of a micro-batch.
        options = ["--preset", preset, "--batch", "8", "--micro-batch", "1", "--context", "32", "--steps", "40",
                   "--collective", collective]
        with Hosts(len(ranks)) as hosts:
            measured, run = sent_per_step(
                hosts, lambda steps: train(ranks, [*options, "--stop-after", str(steps)], hosts), (2, 12))
        expected = traffic(run.network(), 8, ranks, alone=collective == "messages")
        off = [found / host.sent - 1 for found, host in zip(measured, expected)]
        worst = max(off, key=abs)
        kept = check(abs(worst) <= 0.03, f"bytes of {preset} on {named(ranks)}, {collective}: {100 * worst:+.1f} %")
        columns = [", ".join(format(value, form) for value in values) for form, values in (
            ("d", [host.roots for host in expected]), (".3f", [host.owned for host in expected]),
            (".2f", [host.sent / 1e6 for host in expected]), (".2f", [found / 1e6 for found in measured]))]
        say(f"| `{preset}` | {named(ranks)} | {collective} | {' | '.join(columns)} | {100 * worst:+.1f} % | {kept} |")


def memory_speed(folder):
    """Bytes per second that all cores read together."""
    output(["cc", "-O3", "-march=native", "-o", folder + "/read", root / "Benchmarks" / "read_bandwidth.c"])
    readers = [subprocess.Popen([folder + "/read", str(1 << 27)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
               for _ in range(os.cpu_count())]
    return sum(float(process.communicate()[0]) for process in readers)


def seconds():
    say("## Seconds of communication\n\nOf a step, rank 0, the fastest and the median of all rounds. The model takes the larger of link and"
        " own work, for gradients and for weights; own work is what the cores read, and what MPI passes on between these hosts where the"
        " link has no limit and nothing is computed. A link takes what it is said to take, but no more than MPI passes on over it (to limit"
        " a link costs the cores as well). The best of probes in turns with the runs.\n\n| network | ranks | link, Gbit/s | MPI"
        " passes, GB/s | memory, GB/s | model, s | fastest, s | median, s | off | within 15 % |\n" + "| --- " * 10 + "|")
    probe = scratch + "/passing"
    output(["mpicc.openmpi", "-O2", "-o", probe, root / "Benchmarks" / "passing.c"])
    options = ["--batch", "8", "--micro-batch", "1", "--context", "32", "--steps", "12"]
    # What takes milliseconds is decided by the scheduler's turns: `tiny` is not looked at.
    for preset, ranks in itertools.product([name for name in arguments.presets if name != "tiny"], ([2, 2], [1, 1, 1])):
        times, wire, memory = {}, {}, 0
        with Hosts(len(ranks)) as hosts:
            for _, rate in itertools.product(range(arguments.rounds), (None, *arguments.links)):
                hosts.shape(rate)
                wire[rate] = max(wire.get(rate, 0), float(output(hosts.mpirun(ranks, [probe, 40]))))
                memory = max(memory, memory_speed(scratch))
                run = train(ranks, ["--preset", preset, *options], hosts)
                times.setdefault(rate, []).extend(line["communication_seconds"] for line in run.lines[2:])
        network = run.network()
        for rate, found in times.items():
            # A frame of 1,514 bytes carries 1,448 of a message.
            link = rate * 1e9 / 8 * 1448 / 1514 if rate else float("inf")
            model = communication(traffic(network, 8, ranks), sum(network.chunks()), Machine(link, memory, wire[None], 50e-6, 1, wire[rate]))
            off = model / min(found) - 1
            what = f"communication of {preset} on {named(ranks)} at {rate or 'no'} Gbit/s: {100 * off:+.0f} %"
            say(f"| `{preset}` | {named(ranks)} | {rate or 'no limit'} | {wire[rate] / 1e9:.2f} | {memory / 1e9:.0f} | {model:.3f} | "
                f"{min(found):.3f} | {statistics.median(found):.3f} | {100 * off:+.0f} % | {check(abs(off) <= 0.15, what)} |")


def torch(hosts, ranks, work, steps):
    """PyTorch's trainer on the same hosts, as torchrun starts it; what it says of itself is compared."""
    python, script = arguments.peer
    count, port = ranks[0], 29500 + steps
    command = ["env", "GLOO_SOCKET_IFNAME=eth0", "OMP_NUM_THREADS=1", python, "-m", "torch.distributed.run", "--nnodes", len(ranks),
               "--nproc_per_node", count, "--master_addr", hosts.addresses[0], "--master_port", port]
    # Without the dashes the launcher takes options of the script for its own.
    trainer = ["--", os.path.abspath(script), "--dtype", work.precision, "--compile", arguments.compile, "--threads", 1, "--steps", steps, "--warmup", 2,
               "--batch", work.tokens // work.context // sum(ranks), *work.options()]
    started = [subprocess.Popen(hosts.on(host, [*command, "--node_rank", host, *trainer]), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True) for host in range(len(ranks))]
    said = [process.communicate() for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("the peer failed: " + ((said[0][1] or said[1][1]).strip().splitlines() or ["?"])[-1])
    found = json.loads([line for line in said[0][0].splitlines() if line.startswith("{")][-1])
    work.compare(found)
    return found["step_ms"] / 1e3


def peer():
    if not arguments.peer:
        return say("## PyTorch\n\nNo peer was given: --peer PYTHON ../shared/peers/torch_train.py.")
    version = output([arguments.peer[0], "-c", "import torch; print(torch.__version__)"]).strip()
    say(f"## PyTorch {version}, DistributedDataParallel over gloo\n\nOn the same hosts, the same network, batch and precision (fp32, one"
        f" thread a rank, {'' if arguments.compile else 'not '}compiled); seconds are the median of the steps behind the second, of all rounds in turns.\n\n| network | ranks"
        " | link, Gbit/s | sent per host, MB | PyTorch's | ratio | at most | kept | step, s | PyTorch's | times | faster |\n" + "| --- " * 12 + "|")
    for preset, (ranks, most), rate in itertools.product(
            arguments.presets, (([2, 2], 0.70), ([4, 4], 0.60)), [None, *arguments.links]):
        options = ["--preset", preset, "--batch", str(2 * sum(ranks)), "--micro-batch", "2", "--steps", "40"]
        with Hosts(len(ranks)) as hosts:
            hosts.shape(rate)
            ours, theirs, sent = [], [], []
            for number in range(arguments.rounds):
                lengths = (3, arguments.steps)
                if number == 0 and rate is None:
                    ours_sent, run = sent_per_step(hosts, lambda steps: train(ranks, [*options, "--stop-after", str(steps)], hosts), lengths)
                    work = Work.of(run.folder, "fp32")
                    theirs_sent, theirs_time = sent_per_step(hosts, lambda steps: torch(hosts, ranks, work, steps), lengths)
                    sent = [max(ours_sent) / 1e6, max(theirs_sent) / 1e6]
                else:
                    run = train(ranks, [*options, "--stop-after", str(arguments.steps)], hosts)
                    work = Work.of(run.folder, "fp32")
                    theirs_time = torch(hosts, ranks, work, arguments.steps)
                ours += [line["seconds"] for line in run.lines[2:]]
                theirs.append(theirs_time)
        what = f"{preset} on {named(ranks)} at {rate or 'no'} Gbit/s"
        columns = " | – | – | – | – | –"
        if sent:
            columns = (f" | {sent[0]:.1f} | {sent[1]:.1f} | {sent[0] / sent[1]:.3f} | {most:.2f} | "
                       + check(sent[0] <= most * sent[1], f"bytes against PyTorch, {what}: {sent[0] / sent[1]:.3f}"))
        own, other = statistics.median(ours), statistics.median(theirs)
        say(f"| `{preset}` | {named(ranks)} | {rate or 'no limit'}{columns} | {own:.2f} | {other:.2f} | {other / own:.2f} | "
            f"{check(own < other, f'step against PyTorch, {what}: {own:.2f} s to {other:.2f} s')} |")


def main():
    missing = obstacle()
    if missing:
        print(f"cluster: {missing}: nothing was measured", file=sys.stderr)
        return 3
    processor = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    processor = processor[1] if processor else platform.processor()
    commit = output(["git", "-C", root, "describe", "--always", "--dirty"]).strip()
    say(f"# Several hosts, {datetime.date.today()}, {processor}\n")
    say(f"Network namespaces of one machine with {os.cpu_count()} cores, which bear all ranks; {platform.platform()}; Parable {commit}; "
        f"{output(['mpirun', '--version']).splitlines()[0]}. Load average at the beginning: {os.getloadavg()[0]:.1f}.")
    words = " ".join(pathlib.Path(word).name if "/" in word else word for word in sys.argv[1:])
    say(f"Command: `python3 Benchmarks/cluster.py {words}`.\n")
    for name, body in (("bits", bits), ("bytes", bytes_sent), ("seconds", seconds), ("peer", peer)):
        if name in arguments.parts:
            try:
                body()
            except CannotRun as error:
                print(f"cluster: {error}: nothing was measured", file=sys.stderr)
                return 3
            except (RuntimeError, ValueError, KeyError, OSError) as error:
                missed.append(f"{name}: not measured, {error}")
            say()
    say("Missed: " + "; ".join(missed) + "." if missed else "Every bound was kept.")
    name = re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
    part = "" if len(arguments.parts) == 4 else "-".join(["", *arguments.parts])
    path = root / "Benchmarks" / "Results" / f"cluster{part}-{name}-{datetime.date.today()}.md"
    path.write_text("\n".join(report).rstrip() + "\n")
    print(f"written: {path.relative_to(root)}")
    return 1 if missed else 0


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):
        # Hosts are taken away on every way out.
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main())
