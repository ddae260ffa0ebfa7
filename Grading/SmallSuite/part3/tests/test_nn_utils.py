import torch
import torch.nn.functional as F

from . import adapters


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
