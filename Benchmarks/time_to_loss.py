"""Measures what a second of training is worth: bits per byte over time, of Parable and of PyTorch's AdamW.

usage: time_to_loss.py --corpus FILE --validation FILE --python PYTHON [--preset tiny] [--seconds 600]
                       [--seeds 5] [--share 0.5] [--rates R...] [--options "--optimizer muon ..."]

Both train the same network on the same token ids, in turns, on all cores: PyTorch for so many seconds, with the best
learning rate and batch of some that one seed finds, compiled, in the better precision that the processor has
instructions for; Parable for a share of them. Steps of both are as many as fit, evaluations do not count. Writes a table, curves and a
picture (SVG) to Benchmarks/Results. p is that of a sign-flip test over the seeds, one-sided.
"""
import argparse, datetime, itertools, json, os, pathlib, platform, re, statistics, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser()
parser.add_argument("--corpus", required=True)
parser.add_argument("--validation", required=True)
parser.add_argument("--python", required=True, help="one that has PyTorch (Scripts/setup-peers.sh)")
parser.add_argument("--preset", default="tiny")
parser.add_argument("--batch", type=int, default=32, help="of Parable, in sequences")
parser.add_argument("--peer-batches", type=int, nargs="+", default=[32], help="of PyTorch; the best one counts")
parser.add_argument("--seconds", type=float, default=600)
parser.add_argument("--share", type=float, default=0.5)
parser.add_argument("--seeds", type=int, default=5)
parser.add_argument("--rates", type=float, nargs="+", default=[1.5e-3, 3e-3, 6e-3, 1.2e-2])
parser.add_argument("--precisions", nargs="+", help="of PyTorch (fp32, and bf16 where the processor has it)")
parser.add_argument("--options", default="--optimizer muon", help="of Parable's training")
arguments = parser.parse_args()
worker, launcher = (str(root / ".build" / "release" / name) for name in ("worker", "launcher"))
has_bfloat16 = bool(re.search(r"avx512_bf16|amx_bf16", open("/proc/cpuinfo").read()))
cores = len(os.sched_getaffinity(0))
report = []


def say(line=""):
    print(line, flush=True)
    report.append(line)


def run(*command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, **options)
    if result.returncode:
        lines = result.stderr.decode(errors="replace").strip().splitlines() or ["?"]
        sys.exit(f"time_to_loss.py: {command[0]}: {lines[-1]}")
    return result.stdout


def lines_of(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


class Trial:
    """What both sides need: a tokenizer, ids, and the sizes of the network."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.tokenizer = self.folder / "tokenizer"
        run(launcher, "-n", cores, "pretrain", "--preset", arguments.preset, "--corpus", arguments.corpus, "--run",
            self.tokenizer, "--steps", 1, "--quiet")
        config = json.loads(next(self.tokenizer.glob("checkpoints/*/config.json")).read_text())
        self.sizes = dict(vocabulary=config["vocab_size"], context=config["max_position_embeddings"],
                          width=config["hidden_size"], layers=config["num_hidden_layers"],
                          heads=config["num_attention_heads"], hidden=config["intermediate_size"])
        self.parameters = json.loads(run(worker, "estimate", "--preset", arguments.preset, "--json"))["parameters"]
        for name in ("corpus", "validation"):
            with open(getattr(arguments, name), "rb") as text:
                run(worker, "encode", "--tokenizer", self.tokenizer, "--format", "u16", "--output",
                    self.folder / f"{name}.u16", stdin=text)
        self.bytes = len(pathlib.Path(arguments.validation).read_bytes().replace(b"<|endoftext|>", b""))

    def torch(self, rate, seed, precision, batch, seconds):
        """The curve of PyTorch, as pairs of seconds and bits per byte."""
        words = itertools.chain.from_iterable((f"--{name}", value) for name, value in self.sizes.items())
        found = lines_of(run(
            arguments.python, root / "Benchmarks" / "torch_lm.py", "--train", self.folder / "corpus.u16",
            "--validation", self.folder / "validation.u16", "--bytes", self.bytes, "--seconds", seconds,
            "--learning-rate", rate, "--seed", seed, "--dtype", precision, "--batch", batch, *words).decode())
        if found[-1]["params"] != self.parameters:
            sys.exit(f"time_to_loss.py: --corpus: it gives a network of {found[-1]['params']} parameters, the preset has "
                     f"{self.parameters}; give a longer text")
        return [(line["seconds"], line["bits_per_byte"]) for line in found if "seconds" in line]

    def parable(self, seed, seconds):
        def train(steps, every, *more):
            folder = self.folder / "run"
            subprocess.run(["rm", "-rf", folder], check=True)
            run(launcher, "-n", cores, "pretrain", "--preset", arguments.preset, "--batch", arguments.batch, "--corpus",
                arguments.corpus, "--validation", arguments.validation, "--tokenizer", self.tokenizer, "--run", folder,
                "--seed", seed, "--steps", steps, "--evaluate-every", every, "--save-every", steps, "--quiet",
                *arguments.options.split(), *more)
            return lines_of((folder / "metrics.jsonl").read_text())
        speed = statistics.median(line["seconds"] for line in train(10, 10) if "gradient_norm" in line)
        steps = max(5, int(seconds / speed))
        spent, curve = 0.0, []
        for line in train(steps, max(1, steps // 5)):
            spent += line.get("seconds", 0) if "gradient_norm" in line else 0
            if "bits_per_byte" in line:
                curve.append((spent, line["bits_per_byte"]))
        return curve


def p_value(differences):
    """How often the mean would be as low if each sign were as likely as the other."""
    lower = [sum(s * d for s, d in zip(signs, differences)) <= sum(differences)
             for signs in itertools.product((1, -1), repeat=len(differences))]
    return sum(lower) / len(lower)


def picture(curves, path):
    """Curves as an SVG: bits per byte over seconds, a colour for each side."""
    width, height, margin = 720, 420, 60
    points = [point for _, curve in curves for point in curve]
    most, low, high = max(x for x, _ in points), min(y for _, y in points), max(y for _, y in points)
    def place(x, y):
        return (margin + (width - 2 * margin) * x / most,
                height - margin - (height - 2 * margin) * (y - low) / ((high - low) or 1))
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
           f'font-size="13"><rect width="{width}" height="{height}" fill="white"/>']
    for part in range(5):
        x, y = most * part / 4, low + (high - low) * part / 4
        (left, bottom), (_, above) = place(x, low), place(0, y)
        out.append(f'<text x="{left:.0f}" y="{bottom + 20:.0f}" text-anchor="middle">{x:.0f} s</text>'
                   f'<text x="{margin - 8}" y="{above + 4:.0f}" text-anchor="end">{y:.2f}</text>'
                   f'<path d="M{margin} {above:.0f}H{width - margin}" stroke="#ddd"/>')
    colours = {"Parable": "#c33", "PyTorch": "#36c"}
    for name, curve in curves:
        path_of = "L".join("{:.1f} {:.1f}".format(*place(*point)) for point in curve)
        out.append(f'<path d="M{path_of}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
    for number, (name, colour) in enumerate(colours.items()):
        out.append(f'<text x="{width - margin}" y="{margin + 18 * number}" text-anchor="end" fill="{colour}">'
                   f'{name}</text>')
    out.append(f'<text x="{margin}" y="{margin - 24}">bits per byte of the validation text</text></svg>')
    path.write_text("\n".join(out) + "\n")


def main():
    processor = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    date = datetime.date.today().isoformat()
    say(f"# Time to a loss, `{arguments.preset}`, {date}, {processor}\n")
    say(f"{cores} cores; {platform.platform()}; load average at the beginning {os.getloadavg()[0]:.1f}. PyTorch "
        f"{arguments.seconds:.0f} s, Parable {arguments.seconds * arguments.share:.0f} s with "
        f"`{arguments.options}`, batch {arguments.batch}.\n")
    curves, ours, theirs = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(folder)
        precisions = arguments.precisions or (["fp32", "bf16"] if has_bfloat16 else ["fp32"])
        say("| PyTorch, learning rate | precision | batch | bits per byte |\n| --- | --- | --- | --- |")
        tried = {}
        for key in itertools.product(arguments.rates, precisions, arguments.peer_batches):
            tried[key] = trial.torch(key[0], 1, *key[1:], arguments.seconds)
            say(f"| {key[0]:g} | {key[1]} | {key[2]} | {tried[key][-1][1]:.4f} |")
        best = min(tried, key=lambda key: tried[key][-1][1])
        say(f"\nPyTorch at {best[0]:g} in {best[1]}, batch {best[2]}.\n\n| seed | Parable | PyTorch | difference |\n"
            "| --- | --- | --- | --- |")
        for seed in range(1, arguments.seeds + 1):
            mine = trial.parable(seed, arguments.seconds * arguments.share)
            peer = tried[best] if seed == 1 else trial.torch(best[0], seed, *best[1:], arguments.seconds)
            curves += [("Parable", mine), ("PyTorch", peer)]
            ours.append(mine[-1][1])
            theirs.append(peer[-1][1])
            say(f"| {seed} | {ours[-1]:.4f} | {theirs[-1]:.4f} | {ours[-1] - theirs[-1]:+.4f} |")
    differences = [a - b for a, b in zip(ours, theirs)]
    say(f"\nMean {statistics.mean(ours):.4f} and {statistics.mean(theirs):.4f}; p = {p_value(differences):.3f} that "
        "Parable is no better.\n\nCurves, seconds and bits per byte:\n")
    for name, curve in curves:
        say(f"- {name}: " + ", ".join(f"{x:.0f} s {y:.3f}" for x, y in curve))
    name = re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
    target = root / "Benchmarks" / "Results" / f"time-to-loss-{arguments.preset}-{name}-{date}.md"
    target.write_text("\n".join(report) + "\n")
    picture(curves, target.with_suffix(".svg"))
    print(f"written: {target.relative_to(root)}")


main()
