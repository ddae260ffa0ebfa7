"""What the tests of part 1 call."""

from train_bpe import train_bpe


def run_train_bpe(input_path, vocab_size, special_tokens):
    return train_bpe(input_path, vocab_size, special_tokens)
