#!/usr/bin/env python3
"""Builds a commit beside the working tree and compares what both write, and how fast.

usage: Scripts/compare-commits.py COMMIT [--bits | --speed] [--rounds N]

The guard of a change that must not change results. Both versions do the same eight fixed trainings
(one and three ranks, fp32, bf16 where the processor has it, resumed ones, a fine-tuning with each
pooling) and the same everyday commands; weights, moments, tokenizers, token files, losses and outputs
must be equal. Then both train, encode, learn a tokenizer and generate in turns; the median of the
rounds' ratios must not be below 0.98. Builds are kept in .build/compare.
"""
import argparse, hashlib, json, os, pathlib, resource, statistics, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parent.parent
kept = root / ".build" / "compare"
slowest = 0.98
sizes = ("--layers 2 --width 64 --heads 4 --hidden 96 --context 128 --batch 14 --grain 2 --steps 24 "
         "--vocabulary-size 400 --learning-rate 0.003 --warmup-steps 5 --seed 7 --save-every 10 "
         "--evaluate-every 12").split()
has_bfloat16 = "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()


def fail(message):
    sys.exit(f"compare-commits: {message}")


def call(program, folder, **options):
    result = subprocess.run([str(word) for word in program], cwd=folder, capture_output=True, **options)
    if result.returncode != 0:
        words = result.stderr.decode(errors="replace").strip().splitlines() or ["no words"]
        fail(f"{' '.join(map(str, program))}: exit code {result.returncode}: {words[-1]}; look into {folder}")
    return result.stdout


def built(commit):
    """The folder of the release programs of `commit`; the working tree's for None."""
    source = root
    if commit is not None:
        source = kept / commit
        if not source.exists():
            call(["git", "worktree", "prune"], root)
            call(["git", "worktree", "add", "--detach", source, commit], root)
    build = ["swift", "build", "-c", "release"]
    print(f"building {commit or 'the working tree'}", file=sys.stderr)
    call(build, source)
    return pathlib.Path(call(build + ["--show-bin-path"], source).decode().strip())


class Version:
    """One of the two versions, at work in a folder of its own whose files have the other's names."""

    def __init__(self, programs, folder):
        self.programs, self.folder = programs, pathlib.Path(folder)
        self.folder.mkdir()

    def worker(self, line, input=None):
        return call([self.programs / "worker", *line.split()], self.folder, input=input)

    def launch(self, ranks, line, more=()):
        environment = dict(os.environ, OMPI_MCA_rmaps_base_oversubscribe="1")
        return call([self.programs / "launcher", "-n", ranks, *line.split(), *more], self.folder, env=environment)

    def latest(self, run):
        return self.folder / run / "checkpoints" / (self.folder / run / "latest").read_text().strip()

    def losses(self, run):
        """The metrics without what depends on the clock."""
        lines = (self.folder / run / "metrics.jsonl").read_text().splitlines()
        wanted = ("step", "loss", "gradient_norm", "learning_rate", "validation_loss", "bits_per_byte", "perplexity", "token_accuracy")
        rows = [{key: row[key] for key in wanted if key in row} for row in map(json.loads, lines)]
        return json.dumps([row for row in rows if row])

    def files(self, run, *names):
        """SHA-256 of the files of the newest checkpoint, tokenizer and token files of `run`."""
        found = [self.latest(run) / name for name in ("model.safetensors", "optimizer.safetensors")]
        found += [self.folder / name for name in names]
        for kind in ("tokenizer/vocab.json", "tokenizer/merges.txt", "tokens/*.u16"):
            found += sorted((self.folder / run).glob(kind))
        return {f"{run}: {path.name}": digest(path.read_bytes()) for path in found} | {
            f"{run}: losses": digest(self.losses(run).encode())}


def digest(data):
    return hashlib.sha256(data).hexdigest()


def trainings(version):
    """The eight runs: a name to a digest."""
    version.worker("stories --count 400 --seed 3 --output text.txt --questions questions.json --question-count 60")
    version.worker("stories --count 20 --seed 4 --output held.txt --questions dev.json --question-count 20")
    data = "--corpus text.txt --validation held.txt"
    found = {}
    plans = [("one", 1, "fp32"), ("three", 3, "fp32")]
    if has_bfloat16:
        plans += [("one-bf16", 1, "bf16"), ("three-bf16", 3, "bf16")]
    else:
        print("not measured: bf16, which this processor has not", file=sys.stderr)
    for run, ranks, precision in plans:
        version.launch(ranks, f"pretrain {data} --run {run} --precision {precision}", sizes)
        found |= version.files(run)
    version.launch(2, f"pretrain {data} --run resumed --stop-after 13", sizes)
    version.launch(3, "pretrain --run resumed --resume")
    found |= version.files("resumed")
    for pooling in ("last", "mean", "max"):
        output = f"answers-{pooling}"
        version.launch(
            2 if pooling == "mean" else 1,
            f"finetune --model one --train questions.json --dev dev.json --pooling {pooling} --output {output} "
            "--epochs 2 --batch 12 --grain 3 --warmup-steps 2 --learning-rate 0.001")
        found |= version.files(output, f"{output}/model.safetensors")
        predictions = json.loads((version.folder / output / "finetuned_predictions.json").read_text())
        found[f"{output}: predictions"] = json.dumps(predictions["predictions"])
    return found


def commands(version):
    """What everyday commands write: a name to a digest."""
    text = (version.folder / "text.txt").read_bytes()
    found = {"stories": digest(text), "questions": digest((version.folder / "questions.json").read_bytes())}
    version.worker("practice --questions questions.json --count 50 --seed 5 --output practice.json")
    found["practice"] = digest((version.folder / "practice.json").read_bytes())
    found["encode"] = digest(version.worker("encode --tokenizer one/tokenizer", input=text))
    version.worker("encode --tokenizer one/tokenizer --format u16 --output ids.u16", input=text)
    found["encode --format u16"] = digest((version.folder / "ids.u16").read_bytes())
    for method, model in (("classifier", "answers-last"), ("prompt", "one")):
        version.worker(f"predict --model {model} --questions dev.json --method {method} --output {method}.json")
        predictions = json.loads((version.folder / f"{method}.json").read_text())
        found[f"predict --method {method}"] = json.dumps([predictions["predictions"], predictions["accuracy"]])
    evaluation = json.loads(version.worker("evaluate --model one --corpus held.txt --json"))
    for key in ("loss", "perplexity", "bits_per_byte", "token_accuracy", "tokens", "bytes"):
        found[f"evaluate: {key}"] = evaluation[key]
    found["generate"] = str(json.loads(version.worker("generate --model one --prompt Once --tokens 50 --seed 2 --json"))["new_ids"])
    return found


def compare_bits(versions):
    before, after = ({**trainings(version), **commands(version)} for version in versions)
    different = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    for name in different:
        print(f"different: {name}: {before.get(name)} before, {after.get(name)} now")
    print(f"{len(before) - len(different)} of {len(before)} results are equal")
    return not different


def training_speed(version):
    version.launch(2, "pretrain --corpus large.txt --run speed --steps 12 --preset tiny --vocabulary-size 4096 --warmup-steps 2")
    rows = [json.loads(line) for line in (version.folder / "speed/metrics.jsonl").read_text().splitlines()]
    call(["rm", "-r", "speed"], version.folder)
    return statistics.median(row["tokens_per_second"] for row in rows if "loss" in row)


def tokenizer_speed(version):
    report = json.loads(version.worker("train-tokenizer --corpus large.txt --vocabulary-size 4096 --output learned --json"))
    call(["rm", "-r", "learned"], version.folder)
    return 1 / report["seconds"]


def encoding_speed(version):
    """Encodings per second of the processor's time, which other work on the machine disturbs less."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    for _ in range(3):
        version.worker("encode --tokenizer words --format u16 --output large.u16", input=version.text)
    return 3 / (resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before)


def generation_speed(version):
    return json.loads(version.worker("generate --model model --prompt Once --tokens 600 --strategy greedy --json"))["tokens_per_second"]


def compare_speed(versions, rounds):
    measures = {"training": training_speed, "tokenizer training": tokenizer_speed, "encoding": encoding_speed, "generation": generation_speed}
    for version in versions:
        version.worker("stories --count 40000 --seed 9 --output large.txt")
        version.text = (version.folder / "large.txt").read_bytes() * 4
        version.worker("train-tokenizer --corpus large.txt --vocabulary-size 4096 --output words")
        version.worker("pretrain --corpus large.txt --tokenizer words --preset base --steps 1 --batch 4 --warmup-steps 0 --run model")
    is_kept = True
    for name, measure in measures.items():
        pairs = []
        for turn in range(rounds):
            # Who goes first alternates.
            order = versions if turn % 2 == 0 else versions[::-1]
            speeds = {version: measure(version) for version in order}
            pairs.append([speeds[version] for version in versions])
        ratio = statistics.median(after / before for before, after in pairs)
        best = max(after for _, after in pairs) / max(before for before, _ in pairs)
        print(f"{name}: {ratio:.3f} of the speed before (median of {rounds} rounds), {best:.3f} best to best")
        is_kept = is_kept and max(ratio, best) >= slowest
    return is_kept


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("--bits", action="store_true", help="compare results alone")
    parser.add_argument("--speed", action="store_true", help="compare speed alone")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    commit = call(["git", "rev-parse", "--verify", f"{arguments.commit}^{{commit}}"], root).decode().strip()
    programs = [built(commit), built(None)]
    with tempfile.TemporaryDirectory() as folder:
        versions = [Version(place, f"{folder}/{name}") for place, name in zip(programs, ("before", "now"))]
        is_equal = arguments.speed or compare_bits(versions)
        is_fast = arguments.bits or compare_speed(versions, arguments.rounds)
    sys.exit(0 if is_equal and is_fast else 1)


main()
