"""Writes muon.json: what Muon makes of matrices, computed by PyTorch.

For each shape three updates of a matrix: by the formula in float64, and by torch.optim.Muon, which
multiplies in bfloat16 (from PyTorch 2.9 on).

usage: python3 muon.py > muon.json
"""

import json

import torch

RATE, DECAY, MOMENTUM, STEPS = 0.02, 0.1, 0.95, 3
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonalized(matrix):
    """Five steps of the iteration, as Jordan and others write it."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = A * x + (B * gram + C * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def by_formula(start, gradients):
    weight, mean = start.double(), torch.zeros_like(start).double()
    for gradient in gradients.double():
        mean = MOMENTUM * mean + (1 - MOMENTUM) * gradient
        direction = MOMENTUM * mean + (1 - MOMENTUM) * gradient
        rows, columns = start.shape
        scale = max(1, rows / columns) ** 0.5
        weight = weight * (1 - RATE * DECAY) - RATE * scale * orthogonalized(direction)
    return weight


def by_torch(start, gradients):
    weight = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.Muon([weight], lr=RATE, weight_decay=DECAY, momentum=MOMENTUM)
    for gradient in gradients:
        weight.grad = gradient.clone()
        optimizer.step()
    return weight.detach()


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.flatten().tolist()]


cases = []
for rows, columns in [(20, 20), (36, 12), (12, 36), (1, 7)]:
    generator = torch.Generator().manual_seed(rows * 100 + columns)
    start = torch.randn(rows, columns, generator=generator) * 0.1
    gradients = torch.randn(STEPS, rows, columns, generator=generator)
    cases.append(
        {
            "rows": rows, "columns": columns, "rate": RATE, "decay": DECAY, "momentum": MOMENTUM,
            "start": numbers(start), "gradients": [numbers(gradient) for gradient in gradients],
            "formula": numbers(by_formula(start, gradients)),
            "torch": numbers(by_torch(start, gradients)),
        }
    )
print(json.dumps(cases, separators=(",", ":")))
