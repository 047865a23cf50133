"""Small convolutional nets on pictures, many at once: convolution, ReLU, halving, dense layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.claims._nets import Arm, Params


@dataclass(frozen=True)
class Frame:
    """A net on pictures of `side` x `side`: a layer for each of `channels`, then a dense layer.

    Each layer: a convolution of `taps` x `taps` with zeros outside (the first may have `first`
    taps), ReLU, the maximum of each four neighbours. `mean`: the head gets the mean of each map.
    """

    side: int
    outputs: int
    channels: tuple[int, ...]
    taps: int = 3
    first: int = 0
    colours: int = 1
    mean: bool = False

    def kernel(self, layer: int) -> int:
        """Taps along a side of a layer's filters."""
        return self.first or self.taps if layer == 0 else self.taps

    def sides(self) -> list[int]:
        """The side of each layer's input, last of what the head gets.

        >>> Frame(20, 2, (4, 4, 4)).sides()
        [20, 10, 5, 3]
        """
        found = [self.side]
        for _ in self.channels:
            found.append(-(-found[-1] // 2))
        return found

    def inputs(self) -> int:
        """Numbers that the dense layer at the end gets."""
        return self.channels[-1] * (1 if self.mean else self.sides()[-1] ** 2)

    def products(self) -> int:
        """Multiplications for one picture, of all layers.

        >>> Frame(8, 10, (4,)).products()
        2944
        """
        total, before = self.inputs() * self.outputs, self.colours
        for layer, after in enumerate(self.channels):
            total += self.sides()[layer] ** 2 * self.kernel(layer) ** 2 * before * after
            before = after
        return total


def pictures(name: str, frame: Frame) -> Arm:
    """The net of a frame as an arm; inputs (M, B, ...) of colours x side x side numbers.

    >>> pictures("x", Frame(8, 10, (4,))).parameters
    690
    """

    def init(g: torch.Generator) -> Params:
        """He's start (2015, arXiv 1502.01852)."""
        out, before = {}, frame.colours
        for layer, after in enumerate(frame.channels):
            k = frame.kernel(layer)
            drawn = torch.randn(after, before, k, k, generator=g)
            out[f"conv{layer}.weight"] = drawn * math.sqrt(2 / (before * k * k))
            out[f"conv{layer}.bias"] = torch.zeros(after)
            before = after
        n = frame.inputs()
        out["head.weight"] = torch.randn(n, frame.outputs, generator=g) / math.sqrt(n)
        out["head.bias"] = torch.zeros(frame.outputs)
        return out

    def apply(params: Params, x: Tensor) -> Tensor:
        last = maps(frame, params, x)[-1]
        flat = last.mean((3, 4)) if frame.mean else last.flatten(2)
        return torch.baddbmm(params["head.bias"].unsqueeze(1), flat, params["head.weight"])

    sizes = init(torch.Generator().manual_seed(0)).values()
    return Arm(name, init, apply, len(frame.channels) + 1, sum(v.numel() for v in sizes))


def maps(frame: Frame, params: Params, x: Tensor) -> list[Tensor]:
    """The maps (M, B, channels, side, side) after each layer, halved, for x (M, B, ...).

    Net by net, which is several times as fast on a processor as one grouped convolution.
    """
    nets = [
        _maps(frame, {name: value[net] for name, value in params.items()}, x[net])
        for net in range(len(x))
    ]
    return [torch.stack(layer) for layer in zip(*nets, strict=True)]


def _maps(frame: Frame, params: Params, x: Tensor) -> list[Tensor]:
    h, out = x.reshape(-1, frame.colours, frame.side, frame.side), []
    for layer in range(len(frame.channels)):
        weight, bias = params[f"conv{layer}.weight"], params[f"conv{layer}.bias"]
        h = _halved(F.conv2d(h, weight, bias, padding=frame.kernel(layer) // 2).relu())
        out.append(h)
    return out


def _halved(h: Tensor) -> Tensor:
    """The maximum of each four neighbours of maps that are not negative; zeros complete them.

    Slices are several times as fast as `max_pool2d` on a processor.
    """
    odd = h.shape[-1] % 2
    h = F.pad(h, (0, odd, 0, odd)) if odd else h
    h = torch.maximum(h[..., ::2, :], h[..., 1::2, :])
    return torch.maximum(h[..., ::2], h[..., 1::2])
