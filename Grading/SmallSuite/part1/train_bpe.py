"""The place of a solution: it is replaced before the tests run."""


def train_bpe(input_path, vocab_size, special_tokens):
    raise NotImplementedError
