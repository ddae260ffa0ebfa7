"""Losses, metrics and clipping, each computed by the worker."""

import parable
import torch


def softmax(x, dim=-1):
    x = torch.as_tensor(x)
    if x.dim() == 0:
        return softmax(x.reshape(1)).reshape(())
    return parable.output("softmax", {"x": x}, {"dim": dim})


def cross_entropy(logits, targets):
    return parable.output("cross_entropy", {"logits": logits, "targets": targets})


def perplexity(logits, targets, ignore_index=-100):
    return _metric("perplexity", logits, targets, ignore_index, of_nothing=float("nan"))


def token_accuracy(logits, targets, ignore_index=-100):
    return _metric("token_accuracy", logits, targets, ignore_index, of_nothing=0.0)


def _metric(name, logits, targets, ignore_index, of_nothing):
    """A metric of the targets that count, `of_nothing` where none does."""
    logits, targets = torch.as_tensor(logits).detach(), torch.as_tensor(targets)
    if ignore_index is None:
        ignored = {}
    else:
        ignored = {"ignore_index": int(ignore_index)}
        if (targets == ignore_index).all():
            return torch.tensor(of_nothing)
    return parable.component_of(name, {"logits": logits, "targets": targets}, ignored)["output"]


def gradient_clipping(parameters, max_norm):
    """Scales the gradients in place; returns their common norm before."""
    parameters = [parameters] if isinstance(parameters, torch.Tensor) else parameters
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return torch.tensor(0.0)
    case = {f"gradient.{index}": gradient for index, gradient in enumerate(gradients)}
    result = parable.component_of("gradient_clipping", case, {"max_norm": float(max_norm)})
    with torch.no_grad():
        for index, gradient in enumerate(gradients):
            gradient.copy_(result[f"clipped.{index}"])
    return result["norm"]
