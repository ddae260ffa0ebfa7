import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from . import adapters
from .adapters import (  # noqa: F401, the names that suites import
    run_cross_entropy,
    run_gradient_clipping,
    run_perplexity,
    run_softmax,
    run_token_accuracy,
)

sys.path.insert(0, str(Path(__file__).parent.parent))
from nn_utils import (  # noqa: E402
    cross_entropy,
    gradient_clipping,
    perplexity,
    softmax,
    token_accuracy,
)


def close(actual, expected):
    torch.testing.assert_close(actual, expected, atol=1e-6, rtol=1e-5)


def logits_and_targets(scale=1.0):
    torch.manual_seed(3)
    return torch.randn(11, 7) * scale, torch.randint(7, (11,))


def test_softmax():
    x = torch.tensor([[1000.0, -1000.0, 999.0], [0.0, 1.0, 2.0]])
    for dim in (-1, 0):
        close(adapters.run_softmax(x, dim=dim), x.softmax(dim))


def test_cross_entropy():
    for scale in (1.0, 1000.0):
        logits, targets = logits_and_targets(scale)
        close(adapters.run_cross_entropy(logits, targets), F.cross_entropy(logits, targets))


def test_perplexity_and_accuracy():
    logits, targets = logits_and_targets()
    targets[::3] = -100
    kept = targets != -100
    expected = F.cross_entropy(logits, targets).exp()
    close(adapters.run_perplexity(logits, targets, ignore_index=-100), expected)
    share = (logits.argmax(-1) == targets)[kept].float().mean()
    close(adapters.run_token_accuracy(logits, targets, ignore_index=-100), share)


def test_gradient_clipping():
    for maximum in (1e-6, 0.5, 1e3):
        torch.manual_seed(8)
        parameters = [torch.nn.Parameter(torch.zeros(shape)) for shape in ((3, 4), (5,), ())]
        for parameter in parameters[:2]:
            parameter.grad = torch.randn(parameter.shape)
        before = [parameter.grad.clone() for parameter in parameters[:2]]
        norm = torch.cat([gradient.flatten() for gradient in before]).norm()
        close(adapters.run_gradient_clipping(parameters, maximum), norm)
        factor = min(1.0, maximum / (norm.item() + 1e-6))
        for parameter, gradient in zip(parameters, before):
            torch.testing.assert_close(parameter.grad, gradient * factor, atol=0, rtol=1e-5)
        assert parameters[2].grad is None


def test_no_gradients():
    assert adapters.run_gradient_clipping([torch.nn.Parameter(torch.zeros(2))], 1.0) == 0


def test_by_name():
    logits, targets = logits_and_targets()
    close(softmax(x=logits, dim=0), logits.softmax(0))
    close(cross_entropy(logits=logits, targets=targets), F.cross_entropy(logits, targets))
    for function, empty in ((perplexity, float("nan")), (token_accuracy, 0.0)):
        close(
            function(logits=logits, targets=targets, ignore_index=-1),
            function(logits, targets),
        )
        none = function(logits, torch.full_like(targets, -100))
        torch.testing.assert_close(none, torch.tensor(empty), equal_nan=True)


def test_leading_sizes():
    logits, targets = torch.randn(2, 5, 7).transpose(0, 1), torch.randint(7, (5, 2))
    flat = logits.reshape(-1, 7), targets.reshape(-1)
    close(cross_entropy(logits, targets), F.cross_entropy(*flat))
    close(perplexity(logits, targets), F.cross_entropy(*flat).exp())
    right = (flat[0].argmax(-1) == flat[1]).float().mean()
    close(token_accuracy(logits, targets), right)


def test_the_gradient_of_the_loss():
    logits, targets = logits_and_targets()
    own, reference = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    (3 * cross_entropy(own, targets)).backward()
    (3 * F.cross_entropy(reference, targets)).backward()
    close(own.grad, reference.grad)


def test_clipping_of_a_generator_and_of_one_tensor():
    parameter = torch.nn.Parameter(torch.ones(2, 3))
    parameter.grad = torch.ones(3, 2).T
    close(gradient_clipping((p for p in [parameter]), max_norm=1.0), torch.tensor(6.0).sqrt())
    close(parameter.grad.norm(), torch.tensor(1.0))
    close(gradient_clipping(parameter, 2.0), torch.tensor(1.0))
