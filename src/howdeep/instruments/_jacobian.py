"""Singular values of Jacobians, from the input to layers of a net, of any module.

Exact where a Jacobian has few rows or columns; else its mean square by random projections
(Hutchinson 1990) and its largest singular value by power iteration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from howdeep.instruments._subject import Rows
from howdeep.instruments._trace import live
from howdeep.instruments._values import number, numbers

EXACT = 128  # rows or columns of a Jacobian that are computed one by one
TURNS = 20  # of the power iteration
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Spectrum:
    """Singular values of the Jacobian of a layer's output by the input, as means over rows.

    `largest` and `mean_square` (of the min(inputs, outputs) that there are). `quantiles`: the
    smallest, the quartiles and the largest, as geometric means; empty where it is not `exact`.
    """

    layer: str
    exact: bool
    largest: float
    mean_square: float
    quantiles: tuple[float, ...] = ()

    def values(self) -> dict[str, object]:
        """As JSON."""
        return {
            "layer": self.layer, "exact": self.exact, "largest": number(self.largest),
            "mean_square": number(self.mean_square), "quantiles": numbers(self.quantiles),
        }  # fmt: skip


def spectra(net: nn.Module, rows: Rows, layers: int, draws: int) -> tuple[Spectrum, ...]:
    """Of at most `layers` layers with weights, evenly from the first to the last.

    Where no input has a gradient (class numbers, words), the first layer stands for the input.
    Every row must be treated on its own, as nets do in evaluation. Call it inside `untouched`.

    Raises:
        RuntimeError: the net has an operation that autograd cannot pass.
    """
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    with torch.enable_grad():
        inputs = tuple(
            x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in rows.inputs
        )
        base = [x for x in inputs if x.requires_grad]
        if not base:
            return _from_first(net, rows, layers, draws)
        return tuple(
            _spectrum(name, out, base, draws) for name, out in _chosen(net, inputs, layers)
        )


def _from_first(net: nn.Module, rows: Rows, layers: int, draws: int) -> tuple[Spectrum, ...]:
    """The same from the first layer's output, which is given a gradient."""
    held: list[Tensor] = []

    def begin(module: nn.Module, args: object, output: object) -> object:
        if held or not isinstance(output, Tensor):
            return None
        held.append(output.detach().requires_grad_())
        return held[0]

    first = next((m for m in net.modules() if isinstance(m, (nn.Embedding, nn.EmbeddingBag))), None)
    if first is None:
        return ()
    with first.register_forward_hook(begin):
        found = _chosen(net, rows.inputs, layers + 1)
    reached = [(name, out) for name, out in found if out.requires_grad and out is not held[0]]
    return tuple(_spectrum(name, out, held, draws) for name, out in reached)


def _chosen(net: nn.Module, inputs: tuple[Tensor, ...], most: int) -> list[tuple[str, Tensor]]:
    found = [(name, out) for name, out in live(net, inputs) if out.requires_grad]
    found = [(name, out) for name, out in found if out.shape[0] == len(inputs[0])]
    count = len(found)
    if most < 2 or count <= most:
        return found[-most:]
    return [found[round(i * (count - 1) / (most - 1))] for i in range(most)]


def _spectrum(name: str, out: Tensor, base: list[Tensor], draws: int) -> Spectrum:
    sides = out[0].numel(), sum(x[0].numel() for x in base)
    if min(sides) <= EXACT:
        jacobian = torch.stack(list(_lines(out, base, sides)), 1).double()
        values = torch.linalg.svdvals(jacobian.nan_to_num(0.0, 0.0, 0.0))  # (N, min)
        spread = torch.quantile(values, torch.tensor(QUANTILES, dtype=torch.float64), dim=1)
        means = spread.clamp_min(1e-300).log().mean(1).exp()
        largest, square = float(values[:, 0].mean()), float(values.square().mean())
        return Spectrum(name, True, largest, square, tuple(means.tolist()))
    made = torch.Generator().manual_seed(0)
    squares = [
        _back(out, base, torch.randn(out.shape, generator=made)).double().square().sum(1)
        for _ in range(max(draws, 1))
    ]
    square = float(torch.stack(squares).mean()) / min(sides)
    return Spectrum(name, False, _largest(out, base, made), square)


def _lines(out: Tensor, base: list[Tensor], sides: tuple[int, int]) -> Iterator[Tensor]:
    """Rows or columns of the Jacobian of each input row, whichever are fewer, each (N, others)."""
    if sides[0] <= sides[1]:
        for i in range(sides[0]):
            one = torch.zeros(sides[0])
            one[i] = 1.0
            yield _back(out, base, one.expand(len(out), -1).reshape(out.shape))
        return
    forward = _Forward(out, base)
    for i in range(sides[1]):
        one = torch.zeros(len(out), sides[1])
        one[:, i] = 1.0
        yield forward(one)


def _back(out: Tensor, base: list[Tensor], by: Tensor) -> Tensor:
    """u J for each row: (N, ...) like `out` -> (N, inputs)."""
    found = torch.autograd.grad(
        out, base, by.to(out.dtype), retain_graph=True, allow_unused=True, materialize_grads=True
    )
    return torch.cat([x.flatten(1) for x in found], 1)


class _Forward:
    """J v for each row, (N, inputs) -> (N, outputs): u J is linear in u, and its slope is J."""

    def __init__(self, out: Tensor, base: list[Tensor]) -> None:
        self.by = torch.zeros_like(out).requires_grad_()
        self.found = torch.autograd.grad(
            out, base, self.by, create_graph=True, allow_unused=True, materialize_grads=True
        )
        self.sizes = [x[0].numel() for x in base]

    def __call__(self, v: Tensor) -> Tensor:
        kept = [
            (x, part.reshape(x.shape))
            for x, part in zip(self.found, torch.split(v, self.sizes, 1), strict=True)
            if x.requires_grad
        ]
        if not kept:
            return torch.zeros_like(self.by).flatten(1)
        (out,) = torch.autograd.grad(
            [x for x, _ in kept], self.by, [part for _, part in kept], retain_graph=True
        )
        return out.flatten(1)


def _largest(out: Tensor, base: list[Tensor], made: torch.Generator) -> float:
    """The largest singular value, as a mean over rows, by power iteration on J^T J."""
    forward = _Forward(out, base)
    v = torch.randn(len(out), sum(forward.sizes), generator=made)
    size = torch.zeros(len(out))
    for _ in range(TURNS):
        v = nn.functional.normalize(v, dim=1, eps=1e-30)
        u = forward(v)
        size = u.norm(dim=1)
        v = _back(out, base, u.reshape(out.shape))
    return float(size.mean())
