"""Residual blocks whose layer norm stands before the branch, or after the sum.

A block is f(h) = W2 relu(W1 h), a norm has no gains of its own, and of L blocks number l gives
"pre" h + f(LN(h)) with a last norm before the head, "scaled" h + f(LN(h) / sqrt(l)) (Sun et al.
2025, arXiv 2502.05795), "post" LN(h + f(h)) (Xiong et al. 2020, arXiv 2002.04745), and "highway"
LN(L h + f(h)): the state is carried on with L times the weight of what is new.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.claims._nets import Arm, Params

Place = Literal["pre", "scaled", "post", "highway"]


def placed(name: str, columns: int, outputs: int, count: int, width: int, place: Place) -> Arm:
    """A net of a stem, `count` blocks of two layers and a head.

    >>> placed("x", 4, 2, 3, 8, "pre").parameters
    490
    """

    def init(g: torch.Generator) -> Params:
        def layers(variance: float) -> Tensor:
            return torch.randn(count, width, width, generator=g) * math.sqrt(variance)

        return {
            "stem.weight": torch.randn(columns, width, generator=g) / math.sqrt(columns),
            "stem.bias": torch.zeros(width),
            "up.weight": layers(2 / width),
            "up.bias": torch.zeros(count, width),
            "down.weight": layers(1 / width),
            "down.bias": torch.zeros(count, width),
            "head.weight": torch.randn(width, outputs, generator=g) * 0.1 / math.sqrt(width),
            "head.bias": torch.zeros(outputs),
        }

    def apply(params: Params, x: Tensor) -> Tensor:
        h = placed_states(params, x, place)[-1]
        if place in ("pre", "scaled"):
            h = _norm(h)
        return torch.baddbmm(params["head.bias"].unsqueeze(1), h, params["head.weight"])

    size = columns * width + width + count * 2 * (width * width + width) + width * outputs + outputs
    return Arm(name, init, apply, 2 * count + 2, size)


def placed_states(params: Params, x: Tensor, place: Place) -> list[Tensor]:
    """The state (M, B, width) after the stem and after each block, for inputs (M, B, ...)."""
    h = torch.baddbmm(params["stem.bias"].unsqueeze(1), x.flatten(2), params["stem.weight"])
    out = [h]
    parts = ("up.weight", "up.bias", "down.weight", "down.bias")
    blocks = list(zip(*(params[name].unbind(1) for name in parts), strict=True))
    weight = len(blocks) if place == "highway" else 1
    for number, (up, shift, down, bias) in enumerate(blocks, 1):
        given = _norm(h) if place in ("pre", "scaled") else h
        if place == "scaled":
            given = given / math.sqrt(number)
        inner = torch.relu(torch.baddbmm(shift.unsqueeze(1), given, up))
        new = torch.baddbmm(bias.unsqueeze(1), inner, down)
        h = h + new if place in ("pre", "scaled") else _norm(weight * h + new)
        out.append(h)
    return out


def _norm(h: Tensor) -> Tensor:
    return F.layer_norm(h, h.shape[-1:])
