"""Byte-pair encoding learned by the worker."""

import json
import tempfile
from pathlib import Path

import parable


def train_bpe(input_path, vocab_size, special_tokens=None):
    """The vocabulary {id: bytes} and the merges [(bytes, bytes)] of a text file."""
    special_tokens = list(dict.fromkeys(special_tokens or []))
    bare = [token.encode() for token in special_tokens] + [bytes([byte]) for byte in range(256)]
    # A file that is not there is Python's error.
    with open(input_path, "rb") as file:
        if vocab_size <= len(bare) or not file.read(1):
            return dict(enumerate(bare)), []
    options = ["--corpus", input_path, "--vocabulary-size", vocab_size]
    for token in special_tokens:
        options += ["--special-token", token]
    if not special_tokens:
        options.append("--no-special-tokens")
    with tempfile.TemporaryDirectory(prefix="parable-") as folder:
        parable.run("train-tokenizer", *options, "--output", Path(folder, "tokenizer"))
        named = json.loads(Path(folder, "tokenizer", "vocab.json").read_text(encoding="utf-8"))
        lines = Path(folder, "tokenizer", "merges.txt").read_text(encoding="utf-8").split("\n")
    special = set(special_tokens)
    vocab = {
        id_: name.encode() if name in special else parable.unspelled(name)
        for name, id_ in named.items()
    }
    # After the line with the version.
    pairs = [line.split(" ") for line in lines[1:] if line]
    return vocab, [tuple(map(parable.unspelled, pair)) for pair in pairs]


def run_train_bpe(input_path, vocab_size, special_tokens=None):
    return train_bpe(input_path, vocab_size, special_tokens)
