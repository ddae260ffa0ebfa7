import pytest
from adapters import run_train_bpe
from common import FIXTURES_PATH
from train_bpe import train_bpe

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


def test_by_name_and_without_special_tokens_at_all():
    path = str(FIXTURES_PATH / "crows.txt")
    named = train_bpe(input_path=path, vocab_size=258, special_tokens=None)
    assert named == run_train_bpe(path, 258, [])


def test_no_room_for_merges_and_no_text(tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    for path, size in ((FIXTURES_PATH / "crows.txt", 257), (empty, 300)):
        vocab, merges = run_train_bpe(path, size, [END])
        assert vocab == {0: END.encode(), **{1 + byte: bytes([byte]) for byte in range(256)}}
        assert merges == []
    with pytest.raises(FileNotFoundError):
        run_train_bpe(tmp_path / "absent.txt", 300, [END])
