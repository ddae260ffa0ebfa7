"""The functions that the tests of part 3 call."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import nn_utils
import parable


def __getattr__(name):
    return parable.unknown_function(__name__, name)


def run_softmax(x, dim=-1):
    return nn_utils.softmax(x, dim)


def run_cross_entropy(logits, targets):
    return nn_utils.cross_entropy(logits, targets)


def run_gradient_clipping(parameters, max_norm):
    return nn_utils.gradient_clipping(parameters, max_norm)


def run_perplexity(logits, targets, ignore_index=-100):
    return nn_utils.perplexity(logits, targets, ignore_index)


def run_token_accuracy(logits, targets, ignore_index=-100):
    return nn_utils.token_accuracy(logits, targets, ignore_index)
