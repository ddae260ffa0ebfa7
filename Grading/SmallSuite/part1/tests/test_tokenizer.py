import itertools

import pytest
import tiktoken
from common import FIXTURES_PATH
from tokenizer import Tokenizer, get_tokenizer

END = "<|endoftext|>"


def reference_and_own(special_tokens):
    """tiktoken's gpt2, which is the fixture's, and a tokenizer of the same tokens."""
    reference = tiktoken.get_encoding("gpt2")
    vocab = {id_: reference.decode_single_token_bytes(id_) for id_ in range(reference.n_vocab)}
    for token in special_tokens:
        if token.encode() not in vocab.values():
            vocab[len(vocab)] = token.encode()
    return reference, get_tokenizer(vocab, merges(), special_tokens)


def merges():
    """Every line of two words, as suites read the file: with its first line, which is no merge."""
    lines = (FIXTURES_PATH / "gpt2_merges.txt").read_text().splitlines()
    pairs = [tuple(line.replace("Ġ", " ").encode().split(b" ")) for line in lines[:1]]
    for line in lines[1:]:
        left, right = line.split(" ")
        pairs.append((left.replace("Ġ", " ").encode(), right.replace("Ġ", " ").encode()))
    assert pairs[0] == (b"#version:", b"0.2")
    return pairs


def test_equals_tiktoken():
    reference, own = reference_and_own([])
    for text in ["", "x", " crow crower", "rôw\n\n  ow\t🐦‍⬛ "]:
        ids = own.encode(text)
        assert ids == reference.encode(text)
        assert own.decode(ids) == text


def test_special_tokens():
    reference, own = reference_and_own([END])
    text = f"a crow{END}{END} rows"
    ids = own.encode(text)
    assert ids == reference.encode(text, allowed_special={END})
    assert own.decode(ids) == text
    _, plain = reference_and_own([])
    assert plain.encode(END) == reference.encode(END, disallowed_special=())


def test_the_longest_special_token_wins():
    _, own = reference_and_own([END, END + END])
    pieces = [own.decode([id_]) for id_ in own.encode(f"ow {END}{END} ow{END}")]
    assert pieces == ["ow", " ", END + END, " ", "ow", END]


def test_half_a_character_is_replaced():
    _, own = reference_and_own([])
    assert own.decode(own.encode("é")[:1]) == "\ufffd"


def test_pieces_are_one_text():
    reference, own = reference_and_own([END])
    text = (FIXTURES_PATH / "crows.txt").read_text()
    pieces = [text[i : i + 3] for i in range(0, len(text), 3)]
    assert list(own.encode_iterable(pieces)) == reference.encode(text, allowed_special={END})


def test_by_name_and_by_class():
    vocab = {id_: bytes([id_]) for id_ in range(256)} | {256: b"ab"}
    for make in (get_tokenizer, Tokenizer):
        own = make(vocab=vocab, merges=[(b"a", b"b"), (b"no", b"token")], special_tokens=None)
        assert own.encode("cab") == [99, 256]
        assert own.decode([99, 256]) == "cab"


def test_a_vocabulary_without_all_bytes():
    tokens = [b" ", b"a", b"c", b"e", b"h", b"t", b"th", b" c", b" a", b"the", b" at"]
    pairs = [(b"t", b"h"), (b" ", b"c"), (b" ", b"a"), (b"th", b"e"), (b" a", b"t")]
    own = get_tokenizer(dict(enumerate(tokens)), pairs, [])
    assert own.encode("the cat ate") == [9, 7, 1, 5, 10, 3]
    assert own.decode([9, 7, 1, 5, 10, 3]) == "the cat ate"
    with pytest.raises(KeyError):
        own.encode("dog")


def test_unknown_ids_say_nothing():
    own = get_tokenizer({id_: bytes([id_]) for id_ in range(256)}, [], [])
    assert own.decode([97, 100000, 98]) == "ab"
    assert own.decode([]) == ""
    assert own.decode(iter((0xF0, 0x9F, 0x90))) == "\ufffd"


def test_pieces_may_be_of_any_kind():
    _, own = reference_and_own([END])
    text = "a row\n\n" + END
    assert list(own.encode_iterable(iter(text))) == own.encode(text)
    assert list(own.encode_iterable([])) == []
    assert list(itertools.islice(own.encode_iterable([text]), 2)) == own.encode(text)[:2]


def test_special_tokens_that_the_vocabulary_lacks():
    own = get_tokenizer({id_: bytes([id_]) for id_ in range(256)}, [], ["<a>", "<b|c>", "<a>"])
    assert own.encode("x<b|c><a>") == [120, 257, 256]
    assert own.decode([120, 257, 256]) == "x<b|c><a>"
