"""Byte-pair encoding learned by the worker."""

import json
import tempfile
from pathlib import Path

import parable


def train_bpe(input_path, vocab_size, special_tokens):
    """The vocabulary {id: bytes} and the merges [(bytes, bytes)] of a text file."""
    options = ["--corpus", input_path, "--vocabulary-size", vocab_size]
    for token in special_tokens:
        options += ["--special-token", token]
    if not special_tokens:
        options.append("--no-special-tokens")
    with tempfile.TemporaryDirectory(prefix="parable-") as folder:
        parable.run("train-tokenizer", *options, "--output", folder)
        named = json.loads(Path(folder, "vocab.json").read_text(encoding="utf-8"))
        lines = Path(folder, "merges.txt").read_text(encoding="utf-8").split("\n")
    special = set(special_tokens)
    vocab = {
        id_: name.encode() if name in special else parable.unspelled(name)
        for name, id_ in named.items()
    }
    pairs = [line.split(" ") for line in lines if line and not line.startswith("#version")]
    return vocab, [tuple(map(parable.unspelled, pair)) for pair in pairs]
