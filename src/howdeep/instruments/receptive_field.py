"""How much of the input a unit of each convolution can see, and how much it does see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments._field import Box, seen
from howdeep.instruments._field_page import section
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._layers import evenly
from howdeep.instruments._operations import counted
from howdeep.instruments._subject import Rows, Subject, untouched
from howdeep.instruments._trace import hooked
from howdeep.instruments._values import numbers

ROWS = 64  # whose gradients are averaged
DRAWS = 4  # of signs of the channels, for each row
LEAST = 8  # rows, however large the net
BUDGET = 4e11  # operations that gradients may take: some half minute of a core
SHARE = 0.95  # of the squared gradient, that the effective field holds
MOST = 48  # layers that are looked at
MAPS = 4  # of them whose map is kept
SIDE = 32  # places along a side of a kept map
CONVS = (nn.Conv1d, nn.Conv2d)


@dataclass(frozen=True, eq=False)
class Layer:
    """One convolution in a pass: what went in and came out, with the graph behind them."""

    name: str
    module: nn.Conv1d | nn.Conv2d
    entered: Tensor
    output: Tensor


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Of each of `layers`: its `field` (places along each axis that its centre unit can depend on,
    by arithmetic; it may exceed the input's `size`), its `effective` field, places [value, low,
    high], from so many `rows`, the `kernel`, and whether there is `nothing_new` for it (what it
    reads sees all).

    The effective field is the fewest places that hold 95 % of the mean squared gradient of the
    centre unit, after Luo et al. 2016, arXiv 1701.04128; interval by bootstrap over rows.
    """
    if not len(subject.unseen):
        raise InstrumentError("there are no rows", "give at least one")
    with untouched(subject.net):
        most, draws = _samples(subject, effort)
        rows = subject.unseen.some(most)
        x, found = _pass(subject.net, rows)
        if not found:
            raise InstrumentError("no convolution was used on these rows", "give other rows")
        axes, size = _axes(x, found[0])
        kept = [found[i] for i in evenly([one.name for one in found], MOST)]
        reads = [_lengths(seen(one.entered, _centre(one.entered), x), axes) for one in kept]
        field = [_lengths(seen(one.output, _centre(one.output), x), axes) for one in kept]
        squares = []
        for i, one in enumerate(kept):
            effort.tell(f"receptive_field of {subject.name}", i, len(kept))
            squares.append(_squares(one, x, axes, size, draws))
    shown = evenly(kept, MAPS)
    return {
        "layers": [one.name for one in kept],
        "convolutions": len(found),
        "rows": len(rows),
        "kernel": [list(one.module.kernel_size) for one in kept],
        "size": list(size),
        "field": field,
        "nothing_new": [
            max(one.module.kernel_size) > 1 and all(r >= n for r, n in zip(read, size, strict=True))
            for one, read in zip(kept, reads, strict=True)
        ],
        "effective": [numbers(_effective(square, 20 * effort.draws)) for square in squares],
        "maps": [_map(squares[i].mean(0), size) for i in shown],
        "shown": shown,
    }


def _samples(subject: Subject, effort: Effort) -> tuple[int, int]:
    """Rows, and draws of signs for each, by what the way back from every layer takes."""
    subject.net.eval()
    work = counted(subject.net, subject.unseen.take(torch.arange(1)))
    layers = min(MOST, sum(isinstance(module, CONVS) for module in subject.net.modules()))
    most, draws = min(effort.rows, ROWS), min(effort.draws, DRAWS)
    samples = min(most * draws, int(BUDGET / max(work * layers, 1.0)))
    return max(min(most, samples), LEAST), max(samples // most, 1)


def _pass(net: nn.Module, rows: Rows) -> tuple[Tensor, list[Layer]]:
    """One pass in evaluation mode; every convolution at its first call."""
    net.eval()
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    x = rows.inputs[0].detach().clone().requires_grad_()
    with _listening(net) as found, torch.enable_grad():
        net(x)
    return x, found


@contextmanager
def _listening(net: nn.Module) -> Iterator[list[Layer]]:
    found: list[Layer] = []
    known: set[nn.Module] = set()

    def note(name: str) -> Any:
        def hook(module: nn.Module, args: Any, output: Any) -> Tensor | None:
            if module in known or not args or not args[0].requires_grad:
                return None
            known.add(module)
            found.append(Layer(name, module, args[0], output))  # type: ignore[arg-type]
            return output.clone()  # an in-place activation would change what was noted

        return hook

    handles = [
        module.register_forward_hook(note(name or type(module).__name__))
        for name, module in net.named_modules()
        if isinstance(module, CONVS)
    ]
    with hooked(handles):
        yield found


def _centre(values: Tensor, moved: int = -1) -> Box:
    """The box of the middle unit, all its channels; moved by one along an axis."""
    spatial = [(n // 2 + (i == moved), n // 2 + (i == moved)) for i, n in enumerate(values.shape)]
    return ((0, 0), (0, values.shape[1] - 1), *spatial[2:])


def _axes(x: Tensor, first: Layer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which axes of the input the convolutions move along, and their sizes: those in which the
    first layer's field moves with the unit.
    """
    here = seen(first.output, _centre(first.output), x)
    axes = []
    for moved in range(2, first.output.ndim):
        there = seen(first.output, _centre(first.output, moved), x)
        if here is not None and there is not None:
            axes += [i for i, (a, b) in enumerate(zip(here[0], there[0], strict=True)) if a != b]
    if here is None or len(axes) != first.output.ndim - 2:
        what = f"what {first.name} reads is mixed from all of the input"
        raise InstrumentError(what, "fields are of convolutions over the input itself")
    return tuple(axes), tuple(here[1][i] for i in axes)


def _lengths(found: tuple[Box, tuple[int, ...]] | None, axes: tuple[int, ...]) -> list[int]:
    if found is None:
        return [1] * len(axes)  # it reads the input itself
    return [found[0][i][1] - found[0][i][0] + 1 for i in axes]


def _squares(
    one: Layer, x: Tensor, axes: tuple[int, ...], size: tuple[int, ...], draws: int
) -> NDArray[np.float64]:
    """The squared gradient of the centre unit by row and place, (N, places), summed over channels.

    Over random signs s of the channels, E[(sum_c s_c dy_c/dx)^2] is the sum over channels of
    (dy_c/dx)^2 (Hutchinson 1990).
    """
    unit = one.output
    for n in one.output.shape[2:]:
        unit = unit[:, :, n // 2]
    generator = torch.Generator().manual_seed(0)
    total = torch.zeros_like(x, requires_grad=False)
    for _ in range(max(draws, 1)):
        signs = torch.randint(0, 2, unit.shape, generator=generator).to(unit) * 2 - 1
        slope = torch.autograd.grad(unit, x, signs, retain_graph=True)[0]
        total += slope.square() / max(draws, 1)
    return _places(total.double(), x, one, axes, size)


def _places(
    total: Tensor, x: Tensor, one: Layer, axes: tuple[int, ...], size: tuple[int, ...]
) -> NDArray[np.float64]:
    """(N, ...) as the input is laid out to (N, places): other axes are summed over."""
    found = seen(one.output, _centre(one.output), x)
    shape = tuple(total.shape) if found is None else (len(total), *found[1][1:])
    laid = total.reshape(shape)
    laid = laid.movedim(axes, tuple(range(1, len(axes) + 1)))
    return laid.reshape(len(laid), int(np.prod(size)), -1).sum(-1).numpy()


def _effective(squares: NDArray[np.float64], draws: int) -> tuple[float, float, float]:
    """Places that hold 95 % of the mean square, and its interval by bootstrap over rows."""
    n = len(squares)
    value = _holding(squares.mean(0))
    generator = np.random.default_rng(0)
    counts = generator.multinomial(n, np.full(n, 1 / n), draws)
    drawn = [_holding(count @ squares) for count in counts]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return value, min(float(low), value), max(float(high), value)


def _holding(square: NDArray[np.float64]) -> float:
    """The fewest places that together hold the share of a sum, 0 where it is 0.

    >>> _holding(np.array([1.0, 97.0, 1.0, 1.0]))
    1.0
    """
    total = square.sum()
    if total <= 0:
        return 0.0
    summed = np.cumsum(np.sort(square)[::-1])
    return float(np.searchsorted(summed, SHARE * total * (1 - 1e-12)) + 1)


def _map(square: NDArray[np.float64], size: tuple[int, ...]) -> dict[str, Any]:
    """The root mean squared gradient by place, as bytes, in at most 32 steps along each side."""
    grid = np.sqrt(square.reshape(size if len(size) > 1 else (1, *size)))
    for axis in (0, 1):
        step = -(-grid.shape[axis] // SIDE)
        starts = np.arange(0, grid.shape[axis], step)
        grid = np.maximum.reduceat(grid, starts, axis)
    most = grid.max()
    shade = np.round(255 * grid / most) if most > 0 else grid
    return {"shape": list(grid.shape), "bytes": [int(v) for v in shade.ravel()]}


def _suits(subject: Subject) -> str:
    kinds = [module for module in subject.net.modules() if isinstance(module, CONVS)]
    if not kinds:
        return "it has no convolution over one or two axes: every unit may see the whole input"
    if len({type(module) for module in kinds}) > 1:
        return "it has convolutions over one axis and over two"
    inputs = subject.train.inputs
    if len(inputs) != 1:
        return f"it has {len(inputs)} inputs"
    return "" if inputs[0].is_floating_point() else "its inputs are no numbers along axes"


TITLE = "How much of the input does a unit see?"
INSTRUMENT = Instrument("receptive_field", TITLE, 50, _measure, section, _suits)
