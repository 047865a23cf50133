"""Small convolutional nets on series, many at once, and their locally connected twins.

Maps are (M, B, length, channels); a convolution is the product of windows with one matrix of
weights, (M, taps x channels, channels out), or with one for each place where nothing is shared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from howdeep.claims._nets import Arm, Params

Down = Literal["none", "stride", "max", "mean"]


@dataclass(frozen=True)
class Shape:
    """A net of `layers` convolutions of `taps` on a series of `length`, then a dense layer.

    `down`: how the length is halved after each convolution. `shared`: one filter for all places.
    `head`: "mean" over places, "both" mean and maximum, or "flat". `linear`: no activation.
    """

    length: int
    outputs: int
    layers: int = 3
    channels: int = 16
    taps: int = 5
    down: Down = "stride"
    shared: bool = True
    head: Literal["mean", "both", "flat"] = "flat"
    linear: bool = False

    def places(self) -> list[int]:
        """The places where each layer's windows start, last what the head gets."""
        found = [self.length]
        for _ in range(self.layers):
            found.append(found[-1] if self.down == "none" else -(-found[-1] // 2))
        return found

    def windows(self, layer: int) -> int:
        """Places at which a layer's filters are computed."""
        return self.places()[layer + (self.down == "stride")]

    def products(self) -> int:
        """Multiplications for one input, of all layers."""
        total, before = 0, 1
        for layer in range(self.layers):
            total += self.windows(layer) * self.taps * before * self.channels
            before = self.channels
        return total + self.inputs() * self.outputs

    def inputs(self) -> int:
        """Numbers that the dense layer at the end gets."""
        per = {"mean": 1, "both": 2, "flat": self.places()[-1]}
        return self.channels * per[self.head]


def conv(name: str, shape: Shape) -> Arm:
    """The net of a shape as an arm.

    >>> conv("x", Shape(40, 10, layers=1, channels=4, head="mean")).parameters
    74
    """
    init = _init(shape)
    sizes = init(torch.Generator().manual_seed(0)).values()

    def apply(params: Params, x: Tensor) -> Tensor:
        flat = _HEAD[shape.head](states(shape, params, x)[-1])
        return torch.baddbmm(params["head.bias"].unsqueeze(1), flat, params["head.weight"])

    return Arm(name, init, apply, shape.layers + 1, sum(v.numel() for v in sizes))


def states(shape: Shape, params: Params, x: Tensor) -> list[Tensor]:
    """The maps (M, B, length, channels) after each layer for series (M, B, length)."""
    h, out = x.unsqueeze(-1), []
    for layer in range(shape.layers):
        weight, bias = params[f"conv{layer}.weight"], params[f"conv{layer}.bias"]
        seen = _windows(h, shape.taps, 2 if shape.down == "stride" else 1)
        m, b, places, size = seen.shape
        if shape.shared:
            h = torch.baddbmm(bias.unsqueeze(1), seen.reshape(m, b * places, size), weight)
            h = h.view(m, b, places, -1)
        else:
            each = seen.transpose(1, 2).reshape(m * places, b, size)
            h = torch.bmm(each, weight.flatten(0, 1)).view(m, places, b, -1).transpose(1, 2)
            h = h + bias.unsqueeze(1)
        h = h if shape.linear else h.relu()
        h = _DOWN[shape.down](h)
        out.append(h)
    return out


def _init(shape: Shape) -> Callable[[torch.Generator], Params]:
    """He's start (2015, arXiv 1502.01852); where nothing is shared each place draws its own."""

    def init(g: torch.Generator) -> Params:
        out, before = {}, 1
        for layer in range(shape.layers):
            size = shape.taps * before
            own = () if shape.shared else (shape.windows(layer),)
            drawn = torch.randn(*own, size, shape.channels, generator=g)
            out[f"conv{layer}.weight"] = drawn * math.sqrt(2 / size)
            out[f"conv{layer}.bias"] = torch.zeros(*own, shape.channels)
            before = shape.channels
        n = shape.inputs()
        out["head.weight"] = torch.randn(n, shape.outputs, generator=g) / math.sqrt(n)
        out["head.bias"] = torch.zeros(shape.outputs)
        return out

    return init


def _windows(h: Tensor, taps: int, stride: int) -> Tensor:
    """Windows (M, B, places, channels x taps) of maps (M, B, length, channels), zeros outside."""
    half = taps // 2
    padded = torch.nn.functional.pad(h, (0, 0, half, taps - 1 - half))
    return padded.unfold(2, taps, stride).flatten(3)


def _pairs(h: Tensor) -> Tensor:
    """Neighbours side by side (M, B, length / 2, 2, channels); zeros make an odd length even."""
    if h.shape[2] % 2:
        h = torch.nn.functional.pad(h, (0, 0, 0, 1))
    return h.unflatten(2, (-1, 2))  # type: ignore[no-untyped-call]


_DOWN: dict[str, Callable[[Tensor], Tensor]] = {
    "none": lambda h: h,
    "stride": lambda h: h,
    "max": lambda h: _pairs(h).amax(3),
    "mean": lambda h: _pairs(h).mean(3),
}

_HEAD: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda h: h.mean(2),
    "both": lambda h: torch.cat([h.mean(2), h.amax(2)], 2),
    "flat": lambda h: h.flatten(2),
}
