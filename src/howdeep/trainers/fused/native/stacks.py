"""Convolutional nets in C, where a compiler was found: passes over a batch, there and back.

`_convs` knows stacks of convolutions (`Family.stack`) and takes one net at a time. What it makes
of a batch is PyTorch's to rounding; losses, their slopes and Adam are PyTorch's own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from howdeep.base.nouns import Rung
from howdeep.nets.families import Stack, family
from howdeep.trainers.fused import native
from howdeep.trainers.fused.weights import FusedWeights, Tensors

BEFORE = {"": 0, "relu": 1, "norm": 2}
PARTS = {"": 0, "first": 1, "second": 2}
OF_NORM = ("weight", "bias", "mean", "var")
ABSENT = -1
Both = tuple[Tensor, Tensor]
Places = Mapping[str, int]  # where a parameter begins, in floats


def stack_of(rung: Rung) -> Stack | None:
    """The net as `_convs` wants it; None where it goes PyTorch's way."""
    known = family(rung.family).stack
    return None if known is None or native.kind() == native.NONE else known(rung)


class Passes:
    """Passes of one net at a time over batches of `batch` images.

    `train`: with a way back. `measure`: batch norms take the batch's own statistics.
    """

    def __init__(self, rung: Rung, stack: Stack, batch: int, train: bool, measure: bool) -> None:
        self.module = importlib.import_module("howdeep.trainers.fused.native._convs")
        known = self.module.kinds()  # the kernels for chains may know more processors
        self.kind = native.kind() if native.kind() in known else known[0]
        self.branch = stack.branch
        self.outputs, self.batch, self.stack = rung.outputs, batch, stack
        options = (stack.maxima, train, measure)
        self.shape = (*rung.inputs.image, rung.outputs, batch, *options)
        rows = [
            (x.inputs, x.outputs, x.kernel, x.stride, BEFORE[x.before], x.pooled, PARTS[x.part])
            for x in stack.layers
        ]
        last = stack.layers[-1].outputs
        self.layers = np.array([*rows, (last, last, 1, 1, BEFORE[stack.before], 0, 0)])
        self.memory: NDArray[np.uint8] | None = None

    def layout(self, places: Places) -> NDArray[np.int64]:
        """Layers with where their parameters begin, as the kernels read them."""
        names = [layer.name for layer in self.stack.layers] + ["head"]
        kinds = [("weight", "bias", *(f"norm.{kind}" for kind in OF_NORM))] * len(names)
        found = [
            [places.get(f"{name}.{kind}", ABSENT) for kind in each]
            for name, each in zip(names, kinds, strict=True)
        ]
        return np.concatenate([self.layers, np.array(found)], axis=1)

    def forward(self, layout: NDArray[np.int64], params: NDArray[Any], x: Tensor) -> Tensor:
        """Outputs (B, C) of flattened images (B, D); measured statistics go to their places."""
        if self.memory is None:
            size = self.module.size(self.kind, self.shape, layout, params.size)
            self.memory = np.zeros(size, np.uint8)
        out = torch.empty(self.batch, self.outputs)
        rows = x.contiguous().numpy()
        args = (self.kind, self.shape, layout, self.branch, params, self.memory)
        self.module.forward(*args, rows, out.numpy())
        return out

    def backward(
        self, layout: NDArray[np.int64], params: NDArray[Any], slope: Tensor, grads: NDArray[Any]
    ) -> None:
        """Gradients, to the places of the parameters, from slopes (B, C) after `forward`."""
        args = (self.kind, self.shape, layout, self.branch, params, self.memory)
        self.module.backward(*args, slope.contiguous().numpy(), grads)


class Steps:
    """Passes of the nets of one program: their gradients over one batch after another."""

    def __init__(self, fused: FusedWeights, stack: Stack, batch: int) -> None:
        self.fused, self.passes = fused, Passes(fused.rung, stack, batch, True, True)
        weights, grads = fused.stores[:2]
        self.params, self.grads = (s.whole.detach().numpy() for s in (weights, grads))
        self.layouts = [
            self.passes.layout({name: weights.place(name, net) for name in weights.parts})
            for net in range(len(fused))
        ]

    def gradients(self, x: Tensor, slope: Callable[[Tensor, int], Both]) -> Tensor:
        """The losses (M,) of batches (M, B, D); the nets' gradients are set.

        `slope(out, net)` gives the loss (1,) of a net's outputs (B, C), and its slopes there.
        """
        losses = []
        for net, layout in enumerate(self.layouts):
            loss, d = slope(self.passes.forward(layout, self.params, x[net]), net)
            self.passes.backward(layout, self.params, d, self.grads)
            losses.append(loss)
        return torch.cat(losses)


def steps(fused: FusedWeights, batch: int) -> Steps | None:
    """The same while the nets stay the same; None where they go PyTorch's way."""
    if isinstance(fused.program, Steps) and fused.program.passes.batch == batch:
        return fused.program
    stack = stack_of(fused.rung)
    fused.program = None if stack is None else Steps(fused, stack, batch)
    return fused.program


def _flat(params: Tensors, net: int) -> tuple[Places, NDArray[Any]]:
    """One net's parameters side by side, and where each begins."""
    each = {name: value[net].detach().flatten() for name, value in params.items()}
    ends = np.cumsum([len(value) for value in each.values()])
    places = {n: int(e) - len(v) for (n, v), e in zip(each.items(), ends, strict=True)}
    return places, torch.cat(list(each.values())).numpy()


def applied(stack: Stack, rung: Rung, params: Tensors) -> Callable[[Tensor], Tensor]:
    """As `Family.apply` of calibrated nets: what turns images (M, B, D) into outputs (M, B, C)."""
    flat = [_flat(params, net) for net in range(len(next(iter(params.values()))))]
    passes: dict[int, Passes] = {}

    def apply(x: Tensor) -> Tensor:
        size = x.shape[1]
        if size not in passes:
            passes[size] = Passes(rung, stack, size, train=False, measure=False)
        mine = passes[size]
        outs = [
            mine.forward(mine.layout(places), own, rows)
            for (places, own), rows in zip(flat, x, strict=True)
        ]
        return torch.stack(outs)

    return apply


def calibrate(stack: Stack, rung: Rung, params: Tensors, x: Tensor) -> tuple[Tensors, Tensor]:
    """As `Family.calibrate`: parameters with batch statistics measured on x (B, D), outputs."""
    passes = Passes(rung, stack, len(x), train=False, measure=True)
    own = {
        name.removesuffix("weight") + kind: torch.zeros_like(value)
        for name, value in params.items()
        if name.endswith("norm.weight")
        for kind in ("mean", "var")
    }
    every, outs = {**params, **own}, []
    for net in range(len(next(iter(params.values())))):
        places, flat = _flat(every, net)
        outs.append(passes.forward(passes.layout(places), flat, x))
        for name, value in own.items():
            start = places[name]
            value[net] = torch.from_numpy(flat[start : start + value.shape[1]])
    return every, torch.stack(outs)
