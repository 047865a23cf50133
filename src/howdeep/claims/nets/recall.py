"""Nets that see their inputs again in every round, for as many rounds as each row asks for."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from howdeep.claims._nets import Arm, Params


def recalling(
    name: str, facts: int, start: int, outputs: int, rounds: int, own: int, *, hidden: int = 96
) -> Arm:
    """h <- W2 relu(W1 [h, facts] + b) + c, from a start; read off after the rounds a row asks for.

    Inputs (M, B, facts + start + 1): what every round sees, what the state begins with, and a
    number of rounds, at most `rounds`. `own`: blocks of weights, of which the last is used for all
    rounds after it; 1 is a loop. Seeing the inputs in every round is the recall of Bansal et al.
    2022 (arXiv 2202.05826).

    >>> recalling("x", 64, 8, 8, 6, 1).parameters
    9592
    """
    width = 2 * start
    shapes = {
        "stem": (start, width),
        "first": (own, width + facts, hidden),
        "first_bias": (own, hidden),
        "second": (own, hidden, width),
        "second_bias": (own, width),
        "head": (width, outputs),
        "head_bias": (outputs,),
    }
    spread = {
        "stem": 1.0,
        "first": math.sqrt(2 / (width + facts)),
        "second": math.sqrt(1 / hidden),
        "head": math.sqrt(1 / width),
    }

    def init(g: torch.Generator) -> Params:
        return {
            key: torch.randn(shape, generator=g) * spread.get(key, 0.0)
            for key, shape in shapes.items()
        }

    def apply(params: Params, x: Tensor) -> Tensor:
        seen, begin, asked = x[..., :facts], x[..., facts:-1], x[..., -1:]
        h = torch.bmm(begin, params["stem"])
        out = h
        for i in range(rounds):
            k = min(i, own - 1)
            both = torch.cat([h, seen], -1)
            inner = torch.baddbmm(params["first_bias"][:, k : k + 1], both, params["first"][:, k])
            h = torch.baddbmm(
                params["second_bias"][:, k : k + 1], inner.relu(), params["second"][:, k]
            )
            out = torch.where(asked > i, h, out)
        return torch.baddbmm(params["head_bias"].unsqueeze(1), out, params["head"])

    count = sum(int(torch.Size(shape).numel()) for shape in shapes.values())
    return Arm(name, init, apply, 2 + 2 * rounds, count)
