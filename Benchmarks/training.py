"""Measures training, memory, start and generation, and PyTorch beside them, in turns in one run.

usage: training.py [--corpus FILE] [--peer PYTHON SCRIPT] [--rounds N] [--steps N] [--quick] [--parts NAME ...]
Needs the release build. The peer is a trainer of the same network that is told its sizes
(--vocab --ctx --d --layers --heads --ff --batch --dtype) and prints a line of JSON with `tok_s`,
`params`, `batch`, `world` and `dtype`; without one only Parable is measured. Its sizes are those of
the network that Parable trained, whose vocabulary depends on the corpus, and what it says of itself
is compared: two speeds of different work are no comparison, and are refused. It may use both cores by
threads or by processes, and the faster way counts. Prints tables and writes them to
Benchmarks/Results.
"""
import argparse, datetime, itertools, json, os, pathlib, platform, re, statistics, subprocess, sys, tempfile, time

from same_work import Work

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser()
parser.add_argument("--corpus", help="left out: the built-in stories")
parser.add_argument("--peer", nargs=2, metavar=("PYTHON", "SCRIPT"))
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=8)
parser.add_argument("--quick", action="store_true", help="one round")
parser.add_argument("--parts", nargs="+", default=["peer", "share", "ranks", "profile", "memory", "generation", "start"])
arguments = parser.parse_args()
rounds = 1 if arguments.quick else arguments.rounds
worker, launcher = (str(root / ".build" / "release" / name) for name in ("worker", "launcher"))
corpus = ["--corpus", arguments.corpus] if arguments.corpus else []
# Without instructions for bfloat16, Parable computes in fp32 and a comparison would say nothing.
precisions = ("fp32", "bf16") if re.search(r"avx512_bf16|amx_bf16", open("/proc/cpuinfo").read()) else ("fp32",)
report = []


def say(line=""):
    print(line, flush=True)
    report.append(line)


def run(command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode:
        raise RuntimeError(f"{command[0]} failed: {(result.stderr.strip().splitlines() or ['?'])[-1]}")
    return result


def part(name, body):
    """Runs a part; one that fails is reported, and the others go on."""
    if name not in arguments.parts:
        return
    try:
        body()
    except (RuntimeError, AssertionError, OSError, ValueError, KeyError) as error:
        say(f"\n{name}: not measured, {error}")
    say()


def pretrain(preset, precision="fp32", ranks=2, batch=32, steps=None, more=()):
    """The metrics of a short training, whose loss has to fall, what it printed, and what it computed."""
    with tempfile.TemporaryDirectory() as folder:
        result = run([launcher, "-n", ranks, "pretrain", "--run", folder + "/run", "--preset", preset, "--precision",
                      precision, "--batch", batch, "--steps", steps or arguments.steps, *corpus, *more])
        lines = [line for line in map(json.loads, open(folder + "/run/metrics.jsonl")) if "loss" in line]
        assert lines[-1]["loss"] < lines[0]["loss"], "the loss did not fall"
        return lines, result.stdout, Work.of(folder + "/run", precision)


def median_speed(lines):
    return statistics.median(line["tokens_per_second"] for line in lines[2:])


def speed(*case, **options):
    return median_speed(pretrain(*case, **options)[0])


def torch(work, processes):
    python, script = arguments.peer
    command = [python, script]
    if processes == 2:
        # Without the dashes the launcher takes options of the script for its own.
        command = [python, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--", script]
    windows = work.tokens // work.context
    command += ["--dtype", work.precision, "--compile", "1", "--batch", windows // processes, "--threads",
                2 // processes, "--steps", arguments.steps, *work.options()]
    result = run(command, env={**os.environ, "OMP_NUM_THREADS": str(2 // processes)})
    found = [line for line in result.stdout.splitlines() if line.startswith("{")]
    if not found:
        raise ValueError("the peer printed no line of JSON")
    found = json.loads(found[-1])
    work.compare(found)
    return found["tok_s"]


def spread(values):
    return f"{min(values):.2f} to {max(values):.2f}"


def peers():
    say("| work | vocabulary, parameters | Parable, tokens/s | PyTorch, tokens/s | its way | ratio | spread |\n"
        "| --- | --- | --- | --- | --- | --- | --- |")
    falling_short = {}
    for preset, precision in itertools.product(("base", "tiny"), precisions):
        ours, theirs, way = [], [], "–"
        lines, _, work = pretrain(preset, precision)
        if arguments.peer:
            tried = {processes: torch(work, processes) for processes in (1, 2)}
            processes = max(tried, key=tried.get)
            way = "two threads" if processes == 1 else "two processes"
        for number in range(rounds):
            # What was tried first is a measurement, too.
            ours.append(speed(preset, precision) if number else median_speed(lines))
            if arguments.peer:
                theirs.append(torch(work, processes) if number else tried[processes])
        row = (f"| `{preset}` {precision} | {work.vocabulary:,}, {work.parameters / 1e6:.1f} million | "
               f"{statistics.median(ours):,.0f} |")
        wanted = json.loads(run([worker, "estimate", "--preset", preset, "--json"]).stdout)["parameters"]
        if work.parameters < wanted:
            falling_short[preset] = f"`{preset}` has {work.vocabulary:,} ids"
        if theirs:
            ratios = [a / b for a, b in zip(ours, theirs)]
            row += f" {statistics.median(theirs):,.0f} | {way} | {statistics.median(ratios):.2f} | {spread(ratios)} |"
        else:
            row += " – | – | – | – |"
        say(row)
    if falling_short:
        say(f"\nThe corpus has words for fewer ids than the presets ask for: {', '.join(falling_short.values())}, "
            "on both sides. --corpus FILE with more text gives the presets' own sizes.")


def share():
    """What of the processor's multiply-adds, on all cores at once and in turns with the work, whole steps make use of."""
    kind = ["avx2"] if os.environ.get("PARABLE_INSTRUCTIONS") == "avx2" else []
    with tempfile.TemporaryDirectory() as folder:
        loop = folder + "/peak"
        run(["cc", "-O2", "-pthread", "-o", loop, root / "Benchmarks" / "peak.c"])

        # Of as many cores as there are ranks.
        cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[:2]))

        def peak(precision):
            return json.loads(run(["taskset", "-c", cores, loop, "1", *kind]).stdout)[precision]["all"]

        say("| work, two ranks, batch 32 | tokens/s | GFLOP/s | peak of two cores | share | spread |\n| --- | --- | --- | --- | --- | --- |")
        for preset, precision in itertools.product(("base", "tiny"), precisions):
            shares, speeds, peaks = [], [], []
            for _ in range(rounds):
                before = peak(precision)
                lines, _, work = pretrain(preset, precision)
                peaks.append((before + peak(precision)) / 2)
                text = run([worker, "estimate", "--preset", preset, "--vocabulary-size", work.vocabulary, "--json"]).stdout
                flops = json.loads(text)["training_flops_per_token"]
                speeds.append(median_speed(lines))
                shares.append(speeds[-1] * flops / 1e9 / peaks[-1])
            say(f"| `{preset}` {precision}, {work.vocabulary:,} ids | {statistics.median(speeds):,.0f} | "
                f"{statistics.median(speeds) * flops / 1e9:.0f} | {statistics.median(peaks):.0f} | "
                f"{100 * statistics.median(shares):.0f} % | {spread(shares)} |")


def ranks():
    say("| ranks | work | ratio | spread |\n| --- | --- | --- | --- |")
    for preset in ("base", "tiny"):
        ratios = [speed(preset, ranks=2, batch=32) / speed(preset, ranks=1, batch=16) for _ in range(rounds)]
        say(f"| 2 to 1 | `{preset}` fp32, batch 16 a rank | {statistics.median(ratios):.2f} | {spread(ratios)} |")
    ratios = [speed("base", ranks=8) / speed("base", ranks=2) for _ in range(rounds)]
    say(f"| 8 to 2 | `base` fp32, batch 32 in all | {statistics.median(ratios):.2f} | {spread(ratios)} |")


def profile():
    for preset, precision in itertools.product(("base", "tiny"), precisions):
        lines, output, _ = pretrain(preset, precision, more=["--profile"])
        shares = {key: 100 * statistics.median(line[key + "_seconds"] / line["seconds"] for line in lines[2:])
                  for key in ("communication", "waiting")}
        say(f"`{preset}` {precision}, two ranks: communication {shares['communication']:.2f} % of a step, "
            f"waiting {shares['waiting']:.2f} % (medians of metrics.jsonl)\n\n```")
        # What stands in front of the table are the lines about the run.
        table = output[output.index(f"{arguments.steps} steps,"):]
        say("\n".join(line for line in table.splitlines() if not line.startswith("all events")) + "\n```\n")


def memory():
    say("| memory of `base` fp32, batch 16 a rank | resident, MB | `worker estimate`, MB | off |\n| --- | --- | --- | --- |")
    for count in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            command = [worker, "pretrain", "--preset", "base", "--run", folder + "/run", "--batch", str(16 * count),
                       "--steps", "2", *corpus]
            if count > 1:
                command = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(count)] + command
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            peak = 0
            while process.poll() is None:
                peak = max([peak] + [high_water(pid) for pid in pids_of(folder)])
                time.sleep(0.05)
            vocabulary = Work.of(folder + "/run", "fp32").vocabulary
        text = run([worker, "estimate", "--preset", "base", "--vocabulary-size", vocabulary, "--batch", 16 * count,
                    "--ranks", count, "--json"]).stdout
        predicted = json.loads(text)["training_bytes_per_rank"] / 1e6
        say(f"| {count} | {peak / 1e6:,.0f} | {predicted:,.0f} | {100 * (predicted / (peak / 1e6) - 1):+.1f} % |")


def pids_of(folder):
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                command = open(f"/proc/{name}/cmdline").read().split("\0")
            except OSError:
                continue
            if command[0] == worker and folder + "/run" in command:
                yield name


def high_water(pid):
    try:
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{pid}/status").read())[1])
    except (OSError, TypeError):
        return 0


def generation():
    with tempfile.TemporaryDirectory() as folder:
        reader = folder + "/read"
        run(["cc", "-O3", "-march=native", "-o", reader, root / "Benchmarks" / "read_bandwidth.c"])
        text = folder + "/text"
        run([worker, "stories", "--count", "2000", "--output", text])
        run([worker, "pretrain", "--preset", "base", "--corpus", text, "--steps", "1", "--batch", "4", "--run", folder + "/run"])
        work = Work.of(folder + "/run", "fp32")
        read = work.parameters - work.vocabulary * work.width  # one row of the embedding is read a token
        say("| `base`, greedy, 200 tokens | tokens/s | bound | share |\n| --- | --- | --- | --- |")
        for precision, size in (("fp32", 4), ("bf16", 2)):
            shares, speeds, bounds = [], [], []
            for _ in range(max(3, rounds)):
                bandwidth = float(run([reader, str(read * size)]).stdout)
                result = run([worker, "generate", "--model", folder + "/run", "--prompt", "Once upon a time", "--strategy",
                              "greedy", "--tokens", "200", "--precision", precision, "--json"])
                speeds.append(json.loads(result.stdout)["tokens_per_second"])
                bounds.append(bandwidth / (read * size))
                shares.append(speeds[-1] / bounds[-1])
            say(f"| {precision} weights, {read * size / 1e6:.0f} MB per token | {statistics.median(speeds):,.0f} | "
                f"{statistics.median(bounds):,.0f} ({statistics.median(bounds) * read * size / 1e9:.0f} GB/s) | "
                f"{statistics.median(shares):.2f} |")


def start():
    with tempfile.TemporaryDirectory() as folder:
        command = [worker, "pretrain", "--run", folder + "/run", "--steps", "1000", *corpus]
        run(command + ["--stop-after", "1"])
        times = []
        for step in range(2, 2 + max(3, rounds)):
            begin = time.perf_counter()
            run([worker, "pretrain", "--run", folder + "/run", "--resume", "--stop-after", step])
            whole = time.perf_counter() - begin
            last = [line for line in map(json.loads, open(folder + "/run/metrics.jsonl")) if "loss" in line][-1]
            times.append(whole - last["seconds"])
        say(f"start of `tiny` on a prepared corpus, one rank, with loading and saving a checkpoint, without its one step: "
            f"{statistics.median(times):.2f} s")


processor = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
processor = processor[1] if processor else platform.processor()
commit = run(["git", "-C", root, "rev-parse", "--short", "HEAD"]).stdout.strip()
say(f"# Training, {datetime.date.today()}, {processor}\n")
say(f"{os.cpu_count()} cores; {platform.platform()}; Parable {commit}; {run(['swift', '--version']).stdout.splitlines()[0]}.")
if arguments.peer:
    version = run([arguments.peer[0], "-c", "import torch; print(torch.__version__)"]).stdout.strip()
    say(f"PyTorch {version}, compiled, fused AdamW, scaled_dot_product_attention.")
else:
    say("No peer was given: Parable alone.")
say(f"Command: `python3 Benchmarks/training.py {' '.join(pathlib.Path(word).name if '/' in word else word for word in sys.argv[1:])}`. "
    f"Medians over {rounds} rounds of {arguments.steps} steps, the first two left out.\n")
if "bf16" not in precisions:
    say("This processor has no bfloat16 instructions: training in bf16 is not measured.\n")
part("peer", peers)
part("share", share)
part("ranks", ranks)
part("profile", profile)
part("memory", memory)
part("generation", generation)
part("start", start)
results = root / "Benchmarks" / "Results"
results.mkdir(exist_ok=True)
name = re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
path = results / f"training-{name}-{datetime.date.today()}.md"
path.write_text("\n".join(report).rstrip() + "\n")
print(f"written: {path.relative_to(root)}")
