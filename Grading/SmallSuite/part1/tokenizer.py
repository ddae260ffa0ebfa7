"""The place of a solution: it is replaced before the tests run."""


def get_tokenizer(vocab, merges, special_tokens=None):
    raise NotImplementedError
