"""A pytest plugin: tiktoken's gpt2 from the suite's own fixture instead of the network."""

import json
from pathlib import Path

import parable

# GPT-2's cut of a text into words; tiktoken knows it by name alone.
_PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_END = "<|endoftext|>"


def pytest_configure(config):
    fixture = Path(config.rootpath, "fixtures", "gpt2_vocab.json")
    if not fixture.exists():
        return
    try:
        import tiktoken
    except ImportError:
        return
    original = tiktoken.get_encoding

    def get_encoding(name):
        return _gpt2(tiktoken, fixture) if name == "gpt2" else original(name)

    tiktoken.get_encoding = get_encoding


_kept = {}


def _gpt2(tiktoken, fixture):
    if fixture not in _kept:
        ids = json.loads(fixture.read_text(encoding="utf-8"))
        end = ids.pop(_END)
        _kept[fixture] = tiktoken.Encoding(
            name="gpt2",
            pat_str=_PATTERN,
            mergeable_ranks={parable.unspelled(token): id_ for token, id_ in ids.items()},
            special_tokens={_END: end},
        )
    return _kept[fixture]
