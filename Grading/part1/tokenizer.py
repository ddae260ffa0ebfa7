"""A tokenizer whose encoding and decoding the worker does."""

import array
import json
import tempfile
from pathlib import Path

import parable


class Tokenizer:
    def __init__(self, vocab, merges, special_tokens=None):
        self.vocab = dict(vocab)
        self.merges = [tuple(merge) for merge in merges]
        self.special_tokens = list(dict.fromkeys(special_tokens or []))
        special = {token.encode(): token for token in self.special_tokens}
        # Special tokens stand in the file as they read.
        ids = {special.get(token) or parable.spelled(token): id_ for id_, token in vocab.items()}
        self._end = max(vocab, default=-1) + 1
        for token in self.special_tokens:
            if ids.setdefault(token, self._end) == self._end:
                self.vocab[self._end] = token.encode()
                self._end += 1
        # The worker wants all bytes; what a vocabulary lacks gets ids that no text may come to.
        for byte in range(256):
            ids.setdefault(parable.spelled(bytes([byte])), self._end + byte)
        self._folder = tempfile.TemporaryDirectory(prefix="parable-")
        folder = Path(self._folder.name)
        lines = [f"{parable.spelled(left)} {parable.spelled(right)}" for left, right in self.merges]
        (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
        (folder / "merges.txt").write_text(
            "\n".join(["#version: 0.2", *lines, ""]), encoding="utf-8"
        )
        self._options = ["--vocabulary", folder / "vocab.json", "--merges", folder / "merges.txt"]
        for token in self.special_tokens:
            self._options += ["--special-token", token]

    def encode(self, text):
        ids = json.loads(parable.run("encode", *self._options, input=text.encode()))
        return [self._known(id_) for id_ in ids]

    def decode(self, ids):
        """The text of these ids; those that the vocabulary lacks say nothing."""
        known = [id_ for id_ in map(int, ids) if id_ in self.vocab]
        raw = parable.run("decode", *self._options, input=json.dumps(known).encode())
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
                    yield from map(self._known, array.array("I", piece))

    def _known(self, id_):
        if id_ >= self._end:
            raise KeyError(bytes([id_ - self._end]))
        return id_


def get_tokenizer(vocab, merges, special_tokens=None):
    return Tokenizer(vocab, merges, special_tokens)
