"""The linear pieces of a piecewise-linear net along straight paths, counted exactly.

Inputs that switch every unit alike form a convex region (Montufar et al. 2014), and a path leaves
it for good: two points of one pattern have nothing between them. So bisection finds every border.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep.base.errors import InstrumentError
from howdeep.instruments._subject import Rows, main
from howdeep.instruments._trace import Site, hooked, trace

LINEAR = ("relu", "relu6", "leaky_relu", "prelu", "hardtanh", "hardsigmoid")
POOLS: dict[type[nn.Module], Any] = {
    nn.MaxPool1d: F.max_pool1d,
    nn.MaxPool2d: F.max_pool2d,
    nn.MaxPool3d: F.max_pool3d,
}
FINE = 2.0**-36  # of a path, to which borders are found
ONE = 2.0**-30  # within which borders count as one: what float64 leaves of weak slopes
BATCH = 512
BENT = 1e-6  # of the outputs' size, off a line, is no rounding of float64


def why_not(net: nn.Module, rows: Rows) -> str:
    """What makes a net not piecewise linear, in words; "" where nothing is seen."""
    if any(not x.is_floating_point() for x in rows.inputs):
        return "its inputs are no numbers that a path can pass through"
    for site in trace(net, rows.take(torch.arange(min(2, len(rows))))).sites:
        if site.kind == "activation" and site.what not in LINEAR:
            return f"{site.what} ({site.name}) is not piecewise linear"
        if site.kind == "norm" and not _affine(site.layer):
            return f"{site.what} ({site.name}) divides by what it computes of each row"
        if isinstance(site.layer, (nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention, nn.Bilinear)):
            return f"{site.what} ({site.name}) is not piecewise linear"
    return ""


def pieces(net: nn.Module, starts: tuple[Tensor, ...], ends: tuple[Tensor, ...]) -> list[int]:
    """How many linear regions each path passes, of P paths: `starts` and `ends` hold (P, ...) of
    each input. Computed in float64 on a copy.

    Raises:
        InstrumentError: the net cannot be copied, or is bent within a region: something in it is
            not piecewise linear.
    """
    try:
        own = copy.deepcopy(net).double().eval()
    except Exception as error:  # a module of any kind
        what = f"{type(net).__name__} cannot be copied: {type(error).__name__}"
        raise InstrumentError(what, "give a module that copy.deepcopy takes") from error
    return [
        _count(own, tuple(x[i].double() for x in starts), tuple(x[i].double() for x in ends))
        for i in range(len(starts[0]))
    ]


def _count(net: nn.Module, start: tuple[Tensor, ...], end: tuple[Tensor, ...]) -> int:
    """Bisect every stretch whose ends differ, all of one fineness together."""

    def at(t: Tensor) -> tuple[Tensor, Tensor]:
        return _patterns(net, start, end, t)

    edges = torch.tensor([0.0, 1.0], dtype=torch.float64)
    codes, _ = at(edges)
    left, right = edges[:1], edges[1:]
    low, high = codes[:1], codes[1:]
    borders: list[Tensor] = []
    while len(left):
        apart = (low != high).any(1)
        left, right, low, high = left[apart], right[apart], low[apart], high[apart]
        fine = right - left <= FINE
        borders.append(((left + right) / 2)[fine])
        left, right, low, high = left[~fine], right[~fine], low[~fine], high[~fine]
        if not len(left):
            break
        middle = (left + right) / 2
        between, _ = at(middle)
        left, right = torch.cat([left, middle]), torch.cat([middle, right])
        low, high = torch.cat([low, between]), torch.cat([between, high])
    found = torch.cat(borders).sort().values
    found = found[(found > ONE) & (found < 1 - ONE)]  # at an end, nothing lies beyond it
    # one on a point of bisection can be found from both sides
    apart = torch.ones(len(found), dtype=torch.bool)
    apart[1:] = found.diff() > ONE
    found = found[apart]
    _check_straight(at, torch.cat([edges[:1], found, edges[1:]]))
    return len(found) + 1


def _check_straight(at: Callable[[Tensor], tuple[Tensor, Tensor]], borders: Tensor) -> None:
    """Outputs within a region lie on a line.

    Raises:
        InstrumentError: they do not.
    """
    low, high = borders[:-1], borders[1:]
    wide = high - low > 8 * ONE
    if not bool(wide.any()):
        return
    low, high = low[wide], high[wide]
    inner = [low + (high - low) * share for share in (0.25, 0.5, 0.75)]
    first, middle, last = (at(t)[1] for t in inner)
    size = torch.stack([first, middle, last]).abs().amax().clamp_min(1e-30)
    if bool(((first + last) / 2 - middle).abs().amax() > BENT * size):
        what = "the net is bent where no activation switches: it is not piecewise linear"
        raise InstrumentError(what, "count pieces of nets of ReLU and its kind alone")


@torch.no_grad()
def _patterns(
    net: nn.Module, start: tuple[Tensor, ...], end: tuple[Tensor, ...], t: Tensor
) -> tuple[Tensor, Tensor]:
    """Of points t (n,) of a path, how units are switched (n, units), and outputs (n, ...)."""
    codes, told = [], []
    for part in torch.split(t, BATCH):
        inputs = tuple(
            a + (b - a) * part.reshape(-1, *[1] * a.ndim) for a, b in zip(start, end, strict=True)
        )
        with _pools(net) as pooled:
            found = trace(net, Rows(inputs, torch.zeros(len(part))))
        sites = [_switched(site) for site in found.of("activation")]
        codes.append(torch.cat([s.flatten(1) for s in (*sites, *pooled)], 1) if sites or pooled
                     else torch.zeros(len(part), 1))  # fmt: skip
        told.append(main(found.outputs).flatten(1))
    return torch.cat(codes), torch.cat(told)


def _switched(site: Site) -> Tensor:
    """Below, within or above the range in which an activation gives what it takes."""
    assert site.entered is not None
    if site.what == "hardsigmoid":
        return (site.output >= 1).to(torch.int32) - (site.output <= 0).to(torch.int32)
    return torch.sign(site.output - site.entered).to(torch.int32)


@contextmanager
def _pools(net: nn.Module) -> Iterator[list[Tensor]]:
    """Which input each place of max pooling takes."""
    taken: list[Tensor] = []

    def listen(module: Any, args: tuple[Tensor, ...], output: object) -> None:
        pool = POOLS[type(module)]
        _, index = pool(
            args[0], module.kernel_size, module.stride, module.padding, module.dilation,
            module.ceil_mode, return_indices=True,
        )  # fmt: skip
        taken.append(index.flatten(1).to(torch.int32))

    handles = [m.register_forward_hook(listen) for m in net.modules() if type(m) in POOLS]
    with hooked(handles):
        yield taken


def _affine(norm: nn.Module | None) -> bool:
    """Does a norm, in evaluation, multiply and add fixed numbers?"""
    batch = isinstance(norm, nn.modules.batchnorm._NormBase)
    return batch and getattr(norm, "running_mean", None) is not None
