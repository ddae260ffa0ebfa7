"""A tokenizer whose encoding and decoding the worker does."""

import array
import json
import tempfile
from pathlib import Path

import parable


class Tokenizer:
    def __init__(self, vocab, merges, special_tokens=None):
        self._folder = tempfile.TemporaryDirectory(prefix="parable-")
        folder = Path(self._folder.name)
        special = {token.encode(): token for token in special_tokens or []}
        # Special tokens stand in the file as they read.
        vocabulary = {
            special.get(token) or parable.spelled(token): id_ for id_, token in vocab.items()
        }
        lines = [f"{parable.spelled(left)} {parable.spelled(right)}" for left, right in merges]
        (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
        (folder / "merges.txt").write_text(
            "\n".join(["#version: 0.2", *lines, ""]), encoding="utf-8"
        )
        self._options = ["--vocabulary", folder / "vocab.json", "--merges", folder / "merges.txt"]
        for token in special.values():
            self._options += ["--special-token", token]

    def encode(self, text):
        return json.loads(parable.run("encode", *self._options, input=text.encode()))

    def decode(self, ids):
        raw = parable.run("decode", *self._options, input=json.dumps(list(ids)).encode())
        return raw.decode(errors="replace")

    def encode_iterable(self, iterable):
        """The ids of all strings together, as those of one text; neither is held in memory."""
        with tempfile.TemporaryDirectory(prefix="parable-") as folder:
            text, ids = Path(folder, "text"), Path(folder, "ids")
            with open(text, "wb") as file:
                for piece in iterable:
                    file.write(piece.encode())
            with open(text, "rb") as file:
                parable.run_on(
                    file, "encode", *self._options, "--format", "u32", "--output", ids
                )
            with open(ids, "rb") as file:
                for piece in iter(lambda: file.read(1 << 16), b""):
                    yield from array.array("I", piece)


def get_tokenizer(vocab, merges, special_tokens=None):
    return Tokenizer(vocab, merges, special_tokens)
