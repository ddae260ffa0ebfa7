"""Measures how the cost of training grows: with ranks, width, context and vocabulary.

usage: scaling.py [--corpus FILE] [--steps N] [--output FILE]
The built-in stories, which are used without a corpus, have words for about 4,200 token ids only.
Needs the release build. Prints a table of medians over steps and writes it to Benchmarks/Results.
"""
import argparse, datetime, json, os, pathlib, re, statistics, subprocess, tempfile

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser()
parser.add_argument("--corpus")
parser.add_argument("--steps", type=int, default=6)
parser.add_argument("--output")
arguments = parser.parse_args()
launcher, worker = (str(root / ".build" / "release" / name) for name in ("launcher", "worker"))
usual = {"width": 256, "layers": 4, "heads": 4, "hidden": 688, "context": 256, "batch": 16, "micro-batch": 2,
         "vocabulary-size": 4096}
cases = [("ranks", ranks, {}, ranks) for ranks in (1, 2, 4, 8)]
cases += [("width", width, {"width": width, "heads": width // 64, "hidden": width * 43 // 16 // 8 * 8}, 2)
          for width in (128, 256, 512, 1024)]
cases += [("context", context, {"context": context, "batch": 4096 // context, "micro-batch": max(1, 512 // context)}, 2)
          for context in (128, 256, 512, 1024)]
cases += [("vocabulary", size, {"vocabulary-size": size}, 2) for size in (1024, 4096, 16384)]
processor = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())[1]
lines = [f"# How cost grows, {datetime.date.today()}, {processor}, {os.cpu_count()} cores\n",
         f"`scaling.py --steps {arguments.steps}`; fp32, 4,096 tokens per step. What is not varied: "
         + ", ".join(f"{name} {value}" for name, value in usual.items()) + ", 2 ranks.\n",
         "| varied | value | parameters | tokens/s | communication | waiting | a token, µs | operations |",
         "| --- | --- | --- | --- | --- | --- | --- | --- |"]
print("\n".join(lines), flush=True)
with tempfile.TemporaryDirectory() as folder:
    text = arguments.corpus or folder + "/text"
    if not arguments.corpus:
        subprocess.run([worker, "stories", "--count", "4000", "--output", text], check=True, stdout=subprocess.DEVNULL)
    reference = None
    for number, (name, value, changes, ranks) in enumerate(cases):
        settings = {**usual, **changes}
        options = [word for key, option in settings.items() for word in ("--" + key, str(option))]
        run = f"{folder}/run-{number}"
        subprocess.run([launcher, "-n", str(ranks), "pretrain", "--corpus", text, "--run", run, "--steps", str(arguments.steps),
                        *options], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        steps = [step for step in map(json.loads, open(run + "/metrics.jsonl")) if "loss" in step][2:]
        configuration = json.load(open(f"{run}/checkpoints/step-{arguments.steps:08d}/config.json"))
        sizes = {key: configuration[key] for key in ("hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size")}
        d, h, layers, v = sizes.values()
        if name == "vocabulary":
            value = v  # what the corpus gives
        parameters = 2 * v * d + layers * (4 * d * d + 3 * d * h + 2 * d) + d
        # Multiplications and additions a token: products forward and twice backward, half of attention.
        operations = 6 * (parameters - v * d) + 6 * layers * d * settings["context"]
        speed = statistics.median(step["tokens_per_second"] for step in steps)
        shares = [100 * statistics.median(step[key] / step["seconds"] for step in steps)
                  for key in ("communication_seconds", "waiting_seconds")]
        line = (f"| {name} | {value:,} | {parameters:,} | {speed:,.0f} | {shares[0]:.2f} % | {shares[1]:.2f} % | "
                f"{1e6 / speed:.1f} | {operations * speed / 1e9:.0f} GFLOP/s |")
        lines.append(line)
        print(line, flush=True)
path = pathlib.Path(arguments.output or root / "Benchmarks" / "Results" / f"scaling-{datetime.date.today()}.md")
path.parent.mkdir(exist_ok=True)
path.write_text("\n".join(lines) + "\n")
