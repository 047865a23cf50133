"""Chains of equal layers with any activation and start: the nets whose signal dies, or does not.

Starts: "he" (He et al. 2015, arXiv 1502.01852), "xavier" (Glorot & Bengio 2010, eq. 12, here equal
fans: variance 1/n), "torch" (what `nn.Linear` draws: uniform of variance 1/(3n), biases as well),
"unit" (variance 1), "small" (deviation .01), "zero", "triple" (three times He), "orthogonal", and
"looks_linear" (Balduzzi et al. 2017, arXiv 1702.08591: mirrored blocks, so that a ReLU net is
linear at its start).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.claims._nets import Arm, Params

Skip = Literal["none", "residual", "rezero"]
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": F.gelu,
    "silu": F.silu,
    "elu": F.elu,
    "identity": lambda h: h,
}
DEVIATIONS: dict[str, Callable[[int], float]] = {
    "he": lambda n: math.sqrt(2 / n),
    "xavier": lambda n: math.sqrt(1 / n),
    "torch": lambda n: math.sqrt(1 / (3 * n)),
    "unit": lambda n: 1.0,
    "small": lambda n: 0.01,
    "zero": lambda n: 0.0,
    "triple": lambda n: 3 * math.sqrt(2 / n),
}


def chain(
    name: str,
    columns: int,
    outputs: int,
    layers: int,
    width: int,
    *,
    activation: str = "relu",
    start: str = "he",
    skip: Skip = "none",
) -> Arm:
    """A net of `layers` hidden layers: h <- f(W h + b), plain, h + f(.)/sqrt(layers), or ReZero.

    ReZero: h + a f(.), a learnt from 0 (Bachlechner et al. 2020, arXiv 2003.04887). The parameters
    of all layers after the first are one tensor (M, layers - 1, width, width).

    >>> chain("x", 4, 2, 3, 8).parameters
    202
    """
    act = ACTIVATIONS[activation]

    def init(g: torch.Generator) -> Params:
        out = {
            "stem.weight": _first(columns, width, start, g),
            "stem.bias": _bias(width, columns, start, g),
            "hidden.weight": torch.stack([_hidden(width, start, g) for _ in range(layers - 1)])
            if layers > 1
            else torch.zeros(0, width, width),
            "hidden.bias": torch.stack([_bias(width, width, start, g) for _ in range(layers - 1)])
            if layers > 1
            else torch.zeros(0, width),
            "head.weight": torch.randn(width, outputs, generator=g) / math.sqrt(width),
            "head.bias": torch.zeros(outputs),
        }
        if start == "zero":
            out["head.weight"] = torch.zeros(width, outputs)
        if skip == "rezero":
            out["hidden.share"] = torch.zeros(layers - 1)
        return out

    def apply(params: Params, x: Tensor) -> Tensor:
        h = states(params, x, act, skip)[-1]
        return torch.baddbmm(params["head.bias"].unsqueeze(1), h, params["head.weight"])

    size = columns * width + width + (layers - 1) * (width * width + width)
    size += width * outputs + outputs + (layers - 1 if skip == "rezero" else 0)
    return Arm(name, init, apply, layers + 1, size)


def states(
    params: Params, x: Tensor, act: Callable[[Tensor], Tensor], skip: Skip = "none"
) -> list[Tensor]:
    """What each hidden layer gives, (M, B, width) each, for inputs (M, B, ...)."""
    h = act(torch.baddbmm(params["stem.bias"].unsqueeze(1), x.flatten(2), params["stem.weight"]))
    out = [h]
    weights, biases = params["hidden.weight"].unbind(1), params["hidden.bias"].unbind(1)
    shares = params["hidden.share"].unbind(1) if skip == "rezero" else ()
    scale = 1 / math.sqrt(max(len(weights), 1))
    for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        new = act(torch.baddbmm(bias.unsqueeze(1), h, weight))
        if skip == "residual":
            new = torch.add(h, new, alpha=scale)
        elif skip == "rezero":
            new = h + shares[i].view(-1, 1, 1) * new
        h = new
        out.append(h)
    return out


# ---- starts -------------------------------------------------------------------------------------
def _orthogonal(rows: int, columns: int, g: torch.Generator) -> Tensor:
    q, r = torch.linalg.qr(torch.randn((max(rows, columns),) * 2, generator=g))
    return (q * torch.sign(torch.diagonal(r)))[:rows, :columns].contiguous()


def _first(columns: int, width: int, start: str, g: torch.Generator) -> Tensor:
    if start == "looks_linear":
        half = torch.randn(columns, width // 2, generator=g) / math.sqrt(columns)
        return torch.cat([half, -half], 1)
    if start == "orthogonal":
        return torch.randn(columns, width, generator=g) / math.sqrt(columns)
    return torch.randn(columns, width, generator=g) * DEVIATIONS[start](columns)


def _hidden(width: int, start: str, g: torch.Generator) -> Tensor:
    if start == "orthogonal":
        return _orthogonal(width, width, g)
    if start == "looks_linear":
        o = _orthogonal(width // 2, width // 2, g)
        return torch.cat([torch.cat([o, -o], 1), torch.cat([-o, o], 1)])
    if start == "torch":
        return (2 * torch.rand(width, width, generator=g) - 1) / math.sqrt(width)
    return torch.randn(width, width, generator=g) * DEVIATIONS[start](width)


def _bias(width: int, fan_in: int, start: str, g: torch.Generator) -> Tensor:
    if start == "torch":
        return (2 * torch.rand(width, generator=g) - 1) / math.sqrt(fan_in)
    return torch.zeros(width)
