"""Convolutions of signals, with or without pooling, for many nets at once."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.claims._nets import Arm, Params

Pool = Literal["none", "max", "mean", "stride"]
KERNEL = 5


def signals(
    name: str, points: int, outputs: int, layers: int, channels: int, *, pool: Pool = "none"
) -> Arm:
    """`layers` convolutions of 5 points with ReLU, each halved by `pool`, then one dense layer.

    Inputs (M, B, points) or (M, B, 1, points); borders are padded, so that a convolution keeps the
    length. Operations of a row: `operations`.

    >>> signals("x", 40, 10, 2, 16).parameters
    7802
    """
    lengths = _lengths(points, layers, pool)
    wide = [1, *[channels] * layers]

    def init(g: torch.Generator) -> Params:
        out: Params = {}
        for i in range(layers):
            fan = KERNEL * wide[i]
            out[f"conv{i}.weight"] = torch.randn(fan, channels, generator=g) * math.sqrt(2 / fan)
            out[f"conv{i}.bias"] = torch.zeros(channels)
        size = channels * lengths[-1]
        out["head.weight"] = torch.randn(size, outputs, generator=g) / math.sqrt(size)
        out["head.bias"] = torch.zeros(outputs)
        return out

    def apply(params: Params, x: Tensor) -> Tensor:
        nets, rows = x.shape[:2]
        h = x.reshape(nets, rows, 1, points)
        for i in range(layers):
            stride = 2 if pool == "stride" else 1
            padded = F.pad(h, (KERNEL // 2, KERNEL // 2))
            seen = padded.unfold(3, KERNEL, stride)  # (M, B, C, length, kernel)
            flat = seen.permute(0, 1, 3, 2, 4).reshape(nets, -1, h.shape[2] * KERNEL)
            out = torch.baddbmm(
                params[f"conv{i}.bias"].unsqueeze(1), flat, params[f"conv{i}.weight"]
            )
            h = out.view(nets, rows, -1, channels).transpose(2, 3).relu()
            h = _pooled(h, pool)
        return torch.baddbmm(params["head.bias"].unsqueeze(1), h.flatten(2), params["head.weight"])

    convs = sum(KERNEL * wide[i] * channels + channels for i in range(layers))
    size = convs + channels * lengths[-1] * outputs + outputs
    return Arm(name, init, apply, layers + 1, size)


def _pooled(h: Tensor, pool: Pool) -> Tensor:
    if pool not in ("max", "mean"):
        return h
    flat = h.flatten(0, 1)
    found = F.max_pool1d(flat, 2) if pool == "max" else F.avg_pool1d(flat, 2)
    return found.view(*h.shape[:2], *found.shape[1:])


def _lengths(points: int, layers: int, pool: Pool) -> list[int]:
    out = [points]
    for _ in range(layers):
        out.append(out[-1] if pool == "none" else math.ceil(out[-1] / 2))
    return out


def operations(points: int, outputs: int, layers: int, channels: int, pool: Pool) -> int:
    """Multiply-adds of a row in the weights.

    >>> operations(40, 10, 2, 16, "none"), operations(40, 10, 2, 16, "max")
    (60800, 30400)
    """
    lengths, wide = _lengths(points, layers, pool), [1, *[channels] * layers]
    total = channels * lengths[-1] * outputs
    for i in range(layers):
        length = lengths[i + 1] if pool == "stride" else lengths[i]
        total += length * KERNEL * wide[i] * channels
    return total
