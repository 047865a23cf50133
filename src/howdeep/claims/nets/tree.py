"""Nets that join neighbours level by level: trees of small blocks, as deep as they have levels."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from howdeep.claims._nets import Arm, Params


def tree(
    name: str,
    places: int,
    columns: int,
    outputs: int,
    fans: tuple[int, ...],
    hidden: int,
    *,
    width: int = 0,
    tied: bool = False,
) -> Arm:
    """A block W2 relu(W1 [h_1 .. h_f] + b) + c for each `fans` = f neighbours, level by level.

    Inputs (M, B, places * columns), a place after the other. All blocks of a level share their
    weights; `tied`: those of all levels do. One fan of all places is a net of one hidden layer.
    `width`: numbers that a block hands on, as many as `columns` where 0. A last linear layer
    reads the outputs off.

    >>> tree("x", 4, 3, 2, (2, 2), 8).layers
    5
    """
    if math.prod(fans) != places or (tied and len(set(fans)) != 1):
        raise ValueError(f"{fans} do not join {places} places, or cannot share their weights")
    wide = width or columns
    if tied and wide != columns:
        raise ValueError("blocks that share their weights take what they give")
    own = 1 if tied else len(fans)
    sizes = [fan * (columns if i == 0 else wide) for i, fan in enumerate(fans)][:own]

    def init(g: torch.Generator) -> Params:
        out = {}
        for i, size in enumerate(sizes):
            out[f"first.{i}"] = torch.randn(size, hidden, generator=g) * math.sqrt(2 / size)
            out[f"first_bias.{i}"] = torch.zeros(hidden)
            out[f"second.{i}"] = torch.randn(hidden, wide, generator=g) / math.sqrt(hidden)
            out[f"second_bias.{i}"] = torch.zeros(wide)
        out["head"] = torch.randn(wide, outputs, generator=g) / math.sqrt(wide)
        return out | {"head_bias": torch.zeros(outputs)}

    def apply(params: Params, x: Tensor) -> Tensor:
        nets, rows = x.shape[:2]
        h = x.reshape(nets, rows, -1)
        for level, fan in enumerate(fans):
            i = 0 if tied else level
            h = h.reshape(nets, -1, sizes[i] if tied else fan * (wide if level else columns))
            inner = torch.baddbmm(params[f"first_bias.{i}"].unsqueeze(1), h, params[f"first.{i}"])
            h = torch.baddbmm(
                params[f"second_bias.{i}"].unsqueeze(1), inner.relu(), params[f"second.{i}"]
            )
        return torch.baddbmm(
            params["head_bias"].unsqueeze(1), h.reshape(nets, rows, wide), params["head"]
        )

    count = sum(size * hidden + hidden + hidden * wide + wide for size in sizes)
    return Arm(name, init, apply, 2 * len(fans) + 1, count + wide * outputs + outputs)
