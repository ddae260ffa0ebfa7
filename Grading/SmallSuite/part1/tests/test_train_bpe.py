from adapters import run_train_bpe
from common import FIXTURES_PATH

END = "<|endoftext|>"


def test_train_bpe():
    vocab, merges = run_train_bpe(FIXTURES_PATH / "crows.txt", 262, [END])
    assert len(vocab) == 262
    assert vocab[0] == END.encode()
    assert {bytes([b]) for b in range(256)} < set(vocab.values())
    # "ow" stands in eleven words, each counted once.
    assert merges[0] == (b"o", b"w")
    assert [left + right for left, right in merges] == [vocab[id_] for id_ in range(257, 262)]
    assert not any(b"<|" in token for id_, token in vocab.items() if id_ > 0)


def test_without_special_tokens():
    vocab, merges = run_train_bpe(FIXTURES_PATH / "crows.txt", 258, [])
    assert len(vocab) == 258 and END.encode() not in vocab.values()
    assert [left + right for left, right in merges] == [vocab[256], vocab[257]]
