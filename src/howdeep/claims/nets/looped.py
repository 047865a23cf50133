"""Residual nets whose blocks share their weights, or do not."""

from __future__ import annotations

import torch
from torch import Tensor

from howdeep.claims._nets import Arm, Params


def looped(columns: int, outputs: int, rounds: int, width: int, own: int = 1) -> Arm:
    """A stem, `rounds` blocks h + sqrt(2 / rounds) W2 relu(W1 h), a head; `own` blocks of weights.

    `own` 1: every round uses the same block; `own` = rounds: its twin that shares nothing.
    """
    if own not in (1, rounds):
        raise ValueError(f"{own} blocks for {rounds} rounds: one, or as many")
    shapes = {
        "stem": (columns, width),
        "stem_bias": (width,),
        "first": (own, width, width),
        "first_bias": (own, width),
        "second": (own, width, width),
        "head": (width, outputs),
        "head_bias": (outputs,),
    }
    spread = {
        "stem": columns**-0.5,
        "first": (2 / width) ** 0.5,
        "second": width**-0.5,
        "head": 0.1 * width**-0.5,
    }

    def init(generator: torch.Generator) -> Params:
        return {
            name: torch.randn(shape, generator=generator) * spread.get(name, 0.0)
            for name, shape in shapes.items()
        }

    def apply(params: Params, x: Tensor) -> Tensor:
        h = torch.baddbmm(params["stem_bias"].unsqueeze(1), x.flatten(2), params["stem"])
        for i in range(rounds):
            k = i % own
            inner = torch.baddbmm(params["first_bias"][:, k : k + 1], h, params["first"][:, k])
            h = h + (2 / rounds) ** 0.5 * torch.bmm(inner.relu(), params["second"][:, k])
        return torch.baddbmm(params["head_bias"].unsqueeze(1), h, params["head"])

    count = sum(int(torch.Size(shape).numel()) for shape in shapes.values())
    return Arm(f"looped-{rounds}-{own}", init, apply, 2 + 2 * rounds, count)
