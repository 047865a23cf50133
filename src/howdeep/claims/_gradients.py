"""Gradients of chains at their start: how much of them arrives at the first layer."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from howdeep.claims._data import Data
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, stacked
from howdeep.claims._train import loss

ROWS = 256
MOST = 40.0  # decades; what is not finite counts as so many


def fall(arm: Arm, data: Data, lab: Lab, seeds: int) -> list[float]:
    """Decades from the gradient of the last hidden layer's weights to that of the first (seeds).

    Positive where it vanishes on the way back, negative where it explodes; 40 at most.
    """
    norms = _gradient(arm, data, lab, seeds, "hidden.weight").flatten(2).norm(dim=2)
    return [
        _decades(b, a) for a, b in zip(norms[:, 0].tolist(), norms[:, -1].tolist(), strict=True)
    ]


def first(arm: Arm, data: Data, lab: Lab, seeds: int) -> list[float]:
    """The logarithm to base 10 of the gradient's norm at the first layer (seeds)."""
    norms = _gradient(arm, data, lab, seeds, "stem.weight").flatten(1).norm(dim=1)
    return [_decades(norm, 1.0) for norm in norms.tolist()]


def _gradient(arm: Arm, data: Data, lab: Lab, seeds: int, name: str) -> Tensor:
    """The gradient of the loss on the first rows, in double precision, one net a seed."""
    start = stacked(arm, [lab.torch("start", arm.name, seed) for seed in range(seeds)])
    params = {key: value.double().requires_grad_() for key, value in start.items()}
    x, y = data.train.x[:ROWS].double(), data.train.y[:ROWS]
    out = arm.apply(params, x.expand(seeds, *x.shape))
    each = loss(out, y.expand(seeds, -1), data.outputs)
    return torch.autograd.grad(each.sum(), params[name])[0]


def _decades(over: float, under: float) -> float:
    if not (math.isfinite(over) and math.isfinite(under)):
        return -MOST
    apart = math.log10(max(over, 1e-300)) - math.log10(max(under, 1e-300))
    return round(max(-MOST, min(MOST, apart)), 4)
