import tiktoken
from common import FIXTURES_PATH
from tokenizer import get_tokenizer

END = "<|endoftext|>"


def reference_and_own(special_tokens):
    """tiktoken's gpt2, which is the fixture's, and a tokenizer of the same tokens."""
    reference = tiktoken.get_encoding("gpt2")
    vocab = {id_: reference.decode_single_token_bytes(id_) for id_ in range(reference.n_vocab)}
    for token in special_tokens:
        if token.encode() not in vocab.values():
            vocab[len(vocab)] = token.encode()
    merges = [(b"o", b"w"), (b"r", b"ow"), (b" ", b"c"), (b" c", b"row"), (b"e", b"r"), (b" ", b"r")]
    return reference, get_tokenizer(vocab, merges, special_tokens)


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
