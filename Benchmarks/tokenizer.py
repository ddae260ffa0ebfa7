"""Measures training and encoding of the tokenizer against its peers, in one run on one machine.

usage: tokenizer.py CORPUS [VOCABULARY] [--rounds N]
Needs a Python with rustbpe and tiktoken, and the release build. Peers and Parable take turns, and the
best of the rounds counts. Parable's times are its own, from opening the corpus to the last file.
"""
import argparse, json, os, pathlib, subprocess, tempfile, time

import rustbpe, tiktoken

arguments = argparse.ArgumentParser()
arguments.add_argument("corpus")
arguments.add_argument("vocabulary", type=int, nargs="?", default=10_000)
arguments.add_argument("--rounds", type=int, default=3)
arguments = arguments.parse_args()
root = pathlib.Path(__file__).resolve().parent.parent
worker, launcher = (str(root / ".build" / "release" / name) for name in ("worker", "launcher"))
pattern = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
size = os.path.getsize(arguments.corpus)
folder = tempfile.mkdtemp()
best = {}


def measure(name, seconds):
    best[name] = min(seconds, best.get(name, seconds))


def timed(name, body):
    start = time.perf_counter()
    result = body()
    measure(name, time.perf_counter() - start)
    return result


def train(name, program):
    result = subprocess.run(
        program + ["train-tokenizer", "--corpus", arguments.corpus, "--vocabulary-size",
                   str(arguments.vocabulary), "--pair-counting", "occurrence", "--output",
                   folder + "/tokenizer", "--json"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    report = json.loads(result.stdout)
    measure(name, report["seconds"])
    measure(name.replace("train", "count"), report["counting_seconds"])


def rustbpe_train():
    tokenizer = rustbpe.Tokenizer()
    with open(arguments.corpus, encoding="utf-8") as file:
        tokenizer.train_from_iterator(documents(file), arguments.vocabulary - 1, pattern=pattern)
    return tokenizer


def documents(file):
    rest = ""
    while part := file.read(1 << 22):
        *whole, rest = (rest + part).split("<|endoftext|>")
        yield from whole
    yield rest


for _ in range(arguments.rounds):
    peer = timed("train rustbpe", rustbpe_train)
    train("train parable, 2 ranks", [launcher, "-n", "2"])
    train("train parable, 1 rank", [worker])

with open(arguments.corpus, "rb") as file:
    part = file.read(64 << 20).decode("utf-8", errors="ignore")
sample = folder + "/sample.txt"
with open(sample, "w", encoding="utf-8") as file:
    file.write(part)
ranks = dict(peer.get_mergeable_ranks())
# The same work: as many tokens of both, of which ours has <|endoftext|> besides.
own = len(json.load(open(folder + "/tokenizer/vocab.json", encoding="utf-8")))
if own != len(ranks) + 1:
    raise SystemExit(f"no comparison: Parable learned {own} tokens, rustbpe {len(ranks)} and <|endoftext|>")
encoding = tiktoken.Encoding(
    "peer", pat_str=pattern, mergeable_ranks=ranks,
    special_tokens={"<|endoftext|>": len(ranks)})


def encode(path):
    with open(path, "rb") as file:
        subprocess.run(
            [worker, "encode", "--tokenizer", folder + "/tokenizer", "--format", "u16", "--output",
             folder + "/ids"], check=True, stdin=file)


encode(sample)
own, theirs = os.path.getsize(folder + "/ids") // 2, len(encoding.encode(part, allowed_special="all"))
# Ties between pairs are broken otherwise in a few merges.
if abs(own - theirs) > 0.001 * theirs:
    raise SystemExit(f"no comparison: the sample is {own} tokens for Parable and {theirs} for tiktoken")

empty = folder + "/empty.txt"
open(empty, "w").close()
for _ in range(arguments.rounds):
    timed("encode tiktoken", lambda: encoding.encode(part, allowed_special="all"))
    timed("encode parable", lambda: encode(sample))
    timed("start of parable", lambda: encode(empty))
best["encode parable"] -= best["start of parable"]

print(f"corpus {size / 1e6:.1f} MB, vocabulary {arguments.vocabulary}, best of {arguments.rounds}")
for name, seconds in best.items():
    bytes_done = len(part.encode()) if name.startswith("encode") else size
    speed = "" if name.startswith("start") else f"{bytes_done / 1e6 / seconds:10.1f} MB/s"
    print(f"{name:24}{seconds:9.3f} s{speed}")
print(f"training, 2 ranks: {best['train rustbpe'] / best['train parable, 2 ranks']:.2f} x rustbpe; "
      f"counting {best['count parable, 1 rank'] / best['count parable, 2 ranks']:.2f} x one rank")
print(f"encoding, 1 core: {best['encode tiktoken'] / best['encode parable']:.2f} x tiktoken")
