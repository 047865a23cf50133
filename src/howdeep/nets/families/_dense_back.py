"""Gradients of the fully connected nets by hand: the operations that autograd takes, without it.

What autograd costs next to them (a graph a step, gradients copied to where the optimiser wants
them) is as much as the products themselves in small nets. Equal to autograd bit by bit, in bf16 to
autograd of products that round what they take, there and back (`_products`).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from howdeep.base.nouns import Precision, Rung
from howdeep.nets.families._family import Params, Slope
from howdeep.nets.families._products import linear, linear_back

aten = torch.ops.aten
Both = tuple[Tensor, Tensor]  # before and after an activation
# Gradient before an activation, from the one after it.
BACK: dict[str, Callable[[Tensor, Both], Tensor]] = {
    "relu": lambda d, h: aten.threshold_backward.grad_input(d, h[1], 0, grad_input=d),
    "tanh": lambda d, h: aten.tanh_backward(d, h[1]),
    "gelu": lambda d, h: aten.gelu_backward(d, h[0]),
    "sigmoid": lambda d, h: aten.sigmoid_backward(d, h[1]),
}
INPLACE: dict[str, Callable[[Tensor], Tensor]] = {"relu": torch.relu_}


class Norm:
    """A layer norm that remembers what its gradient needs; nothing where there is none."""

    def __init__(self, params: Params, name: str, h: Tensor) -> None:
        self.name, self.there = name, f"{name}.weight" in params
        self.input, self.out = h, h
        if self.there:
            self.weight = params[f"{name}.weight"].unsqueeze(1)
            own = aten.native_layer_norm(h, h.shape[-1:], None, None, 1e-5)
            self.normal, self.mean, self.rstd = own
            self.out = self.normal * self.weight + params[f"{name}.bias"].unsqueeze(1)

    def back(self, slope: Tensor, into: Params) -> Tensor:
        if not self.there:
            return slope
        torch.sum(slope * self.normal, 1, out=into[f"{self.name}.weight"])
        torch.sum(slope, 1, out=into[f"{self.name}.bias"])
        normal, shape = slope * self.weight, self.input.shape[-1:]
        only = [True, False, False]
        args = (normal, self.input, shape, self.mean, self.rstd, None, None, only)
        return aten.native_layer_norm_backward(*args)[0]  # type: ignore[no-any-return]


class Block:
    """The way through one block, there and back."""

    def __init__(
        self,
        params: Params,
        into: Params,
        activation: tuple[str, Callable[[Tensor], Tensor]],
        precision: Precision,
    ) -> None:
        self.params, self.into, self.precision = params, into, precision
        self.kind, self.act = activation

    def linear(self, name: str, h: Tensor) -> Tensor:
        return linear(self.params, name, h, self.precision)

    def linear_back(self, name: str, h: Tensor, slope: Tensor, inputs: bool = True) -> Tensor:
        """The gradient at the layer's inputs h, from the one at its outputs."""
        return linear_back(self.params, name, h, slope, self.into, inputs, self.precision)

    def activated(self, name: str, h: Tensor) -> Both:
        """Before and after the activation; the same tensor where it may be overwritten."""
        before = self.linear(name, h)
        return before, INPLACE.get(self.kind, self.act)(before)

    def back(self, name: str, h: Tensor, both: Both, slope: Tensor, inputs: bool = True) -> Tensor:
        """Gradient before the layer, from the one after its activation, which is overwritten."""
        slope = BACK[self.kind](slope, both)
        return self.linear_back(name, h, slope, inputs)


def gradients(
    rung: Rung,
    residual: float | None,
    activation: tuple[str, Callable[[Tensor], Tensor]],
    params: Params,
    x: Tensor,
    slope: Slope,
    into: Params,
    precision: Precision,
) -> Tensor:
    """As `Family.gradients`; `residual` is the multiplier of a branch, None without skips."""
    block = Block(params, into, activation, precision)
    if rung.blocks == 0:
        loss, d = slope(block.linear("head", x))
        block.linear_back("head", x, d, inputs=False)
        return loss
    if residual is None:
        return _plain(rung, block, x, slope)
    return _residual(rung, residual, block, x, slope)


def _head(block: Block, h: Tensor, slope: Slope) -> tuple[Tensor, Tensor]:
    """The losses, and the gradient at what comes to the head."""
    norm = Norm(block.params, "head.norm", h)
    loss, d = slope(block.linear("head", norm.out))
    return loss, norm.back(block.linear_back("head", norm.out, d), block.into)


def _plain(rung: Rung, block: Block, x: Tensor, slope: Slope) -> Tensor:
    norms: list[Norm] = []
    way = [block.activated("stem", x)]
    for i in range(1, rung.blocks):
        norms.append(Norm(block.params, f"blocks.{i}.norm", way[-1][1]))
        way.append(block.activated(f"blocks.{i}", norms[-1].out))
    loss, d = _head(block, way[-1][1], slope)
    for i in reversed(range(1, rung.blocks)):
        norm = norms[i - 1]
        d = norm.back(block.back(f"blocks.{i}", norm.out, way[i], d), block.into)
    block.back("stem", x, way[0], d, inputs=False)
    return loss


def _residual(rung: Rung, scale: float, block: Block, x: Tensor, slope: Slope) -> Tensor:
    way: list[tuple[Norm, Both]] = []
    h = block.linear("stem", x)
    for i in range(rung.blocks):
        norm = Norm(block.params, f"blocks.{i}.norm", h)
        inner = block.activated(f"blocks.{i}.up", norm.out)
        way.append((norm, inner))
        h = torch.add(h, block.linear(f"blocks.{i}.down", inner[1]), alpha=scale)
    loss, d = _head(block, h, slope)
    for i in reversed(range(rung.blocks)):
        norm, inner = way[i]
        own = block.linear_back(f"blocks.{i}.down", inner[1], d * scale)
        own = block.back(f"blocks.{i}.up", norm.out, inner, own)
        d = d.add_(norm.back(own, block.into))
    block.linear_back("stem", x, d, inputs=False)
    return loss
