"""Measures training steps against PyTorch, in turns, in one run on one machine.

usage: training.py [--corpus FILE] [--peer PYTHON SCRIPT] [--rounds N] [--steps N] [--cases base/fp32 ...]
Needs the release build. The peer is a trainer of the same network that prints a line of JSON with
`tok_s`; without one only Parable is measured. Medians of tokens a second over steps, then rounds.
"""
import argparse, json, pathlib, statistics, subprocess, tempfile

parser = argparse.ArgumentParser()
parser.add_argument("--corpus", help="left out: the built-in stories")
parser.add_argument("--peer", nargs=2, metavar=("PYTHON", "SCRIPT"))
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=8)
parser.add_argument("--ranks", type=int, default=2)
parser.add_argument("--compile", type=int, default=1, help="1 lets PyTorch compile")
parser.add_argument("--cases", nargs="+", default=["base/fp32", "base/bf16", "tiny/fp32", "tiny/bf16"])
arguments = parser.parse_args()
launcher = pathlib.Path(__file__).resolve().parent.parent / ".build" / "release" / "launcher"
sizes = {
    "base": [],
    "tiny": ["--vocab", "4096", "--d", "128", "--layers", "4", "--heads", "4", "--ff", "344"],
}


def parable(preset, precision):
    with tempfile.TemporaryDirectory() as folder:
        command = [launcher, "-n", str(arguments.ranks), "pretrain", "--run", folder + "/run",
                   "--preset", preset, "--precision", precision, "--steps", str(arguments.steps)]
        if arguments.corpus:
            command += ["--corpus", arguments.corpus]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lines = [json.loads(line) for line in open(folder + "/run/metrics.jsonl")]
        assert lines[-1]["loss"] < lines[0]["loss"], "the loss did not fall"
        return statistics.median(line["tokens_per_second"] for line in lines[2:])


def peer(preset, precision):
    python, script = arguments.peer
    command = [python, script, "--dtype", precision, "--compile", str(arguments.compile), "--batch",
               "32", "--threads", str(arguments.ranks), "--steps", str(arguments.steps)]
    result = subprocess.run(command + sizes[preset], check=True, capture_output=True, text=True)
    return json.loads(result.stdout.strip().splitlines()[-1])["tok_s"]


print("| work | Parable, tokens/s | PyTorch, tokens/s | ratio |\n| --- | --- | --- | --- |")
for case in arguments.cases:
    preset, precision = case.split("/")
    ours, theirs = [], []
    for _ in range(arguments.rounds):
        ours.append(parable(preset, precision))
        if arguments.peer:
            theirs.append(peer(preset, precision))
    row = f"| `{preset}` {precision} | {statistics.median(ours):,.0f} |"
    if theirs:
        ratio = statistics.median(a / b for a, b in zip(ours, theirs))
        row += f" {statistics.median(theirs):,.0f} | {ratio:.2f} |"
    else:
        row += " – | – |"
    print(row, flush=True)
