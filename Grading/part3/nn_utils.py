"""Losses, metrics and clipping, each computed by the worker."""

import parable
import torch


def softmax(x, dim=-1):
    return parable.component("softmax", {"dim": dim}, x=x)["output"]


def cross_entropy(logits, targets):
    return parable.component("cross_entropy", logits=logits, targets=targets)["output"]


def perplexity(logits, targets, ignore_index=-100):
    return _metric("perplexity", logits, targets, ignore_index)


def token_accuracy(logits, targets, ignore_index=-100):
    return _metric("token_accuracy", logits, targets, ignore_index)


def _metric(name, logits, targets, ignore_index):
    ignored = {} if ignore_index is None else {"ignore_index": ignore_index}
    return parable.component(name, ignored, logits=logits, targets=targets)["output"]


def gradient_clipping(parameters, max_norm):
    """Scales the gradients in place; returns their common norm before."""
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.tensor(0.0)
    case = {f"gradient.{index}": gradient for index, gradient in enumerate(gradients)}
    result = parable.component_of("gradient_clipping", case, {"max_norm": float(max_norm)})
    for index, gradient in enumerate(gradients):
        gradient.copy_(result[f"clipped.{index}"])
    return result["norm"]
