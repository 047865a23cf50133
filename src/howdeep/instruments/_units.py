"""Units that have stopped: dead ones, which answer to no row, and saturated ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from howdeep.instruments._trace import Site

UNITS = {
    "relu",
    "relu6",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "mish",
    "softplus",
    "softsign",
    "hardtanh",
    "hardswish",
    "hardsigmoid",
    "tanh",
    "sigmoid",
}  # act on units, and can stop
ENDS = {"tanh", "sigmoid", "hardtanh", "relu6", "hardsigmoid", "softsign"}  # of a range, two
GREATEST = {"sigmoid": 0.25, "hardsigmoid": 1 / 6}  # slopes; 1 or a little more for the others
FLAT = 0.05  # of the greatest slope; tanh: beyond 0.975
OFF = 1e-3  # of the greatest slope, on every row


@dataclass(frozen=True)
class Stopped:
    """Shares of an activation's units (`dead`) or of its values (`saturated`) that learn nothing.

    `dead`: no row has a slope there. `saturated`: values at an end of the range, where the slope is
    below 5 % of the greatest; `None` where the range has no two ends.
    """

    dead: float
    saturated: float | None


@dataclass(frozen=True, eq=False)
class Count:
    """What was counted of an activation: units that any row moves, and saturated values."""

    what: str
    alive: Tensor  # (units,) of yes and no
    flat: int
    values: int

    def __add__(self, other: Count) -> Count:
        alive = self.alive
        if alive.shape == other.alive.shape:
            alive = alive | other.alive
        return Count(self.what, alive, self.flat + other.flat, self.values + other.values)

    @property
    def stopped(self) -> Stopped:
        """As shares."""
        dead = 1.0 - float(self.alive.float().mean())
        return Stopped(dead, self.flat / self.values if self.what in ENDS else None)


def counted(site: Site, before: nn.Module | None) -> Count | None:
    """What has stopped at an activation; `before`: the layer that feeds it, which says what a unit
    is. `None` of softmax and the like, which act on rows and not on units.
    """
    apply = site.again if site.what in UNITS else None
    if apply is None or site.entered is None or not site.entered.numel():
        return None
    with torch.enable_grad():
        entered = site.entered.detach().float().requires_grad_()
        (slope,) = torch.autograd.grad(apply(entered).sum(), entered)
    size = slope.abs() / GREATEST.get(site.what, 1.0)
    alive = _by_unit(size, before).amax(1) > OFF
    flat = size < FLAT
    if site.what == "relu6":  # at 0 it is off, as every ReLU is
        flat &= entered.detach() > 0
    return Count(site.what, alive, int(flat.sum()), size.numel())


def stopped(site: Site, before: Site | None) -> Stopped | None:
    """The same of one pass, as shares."""
    found = counted(site, None if before is None else before.layer)
    return None if found is None else found.stopped


def _by_unit(values: Tensor, layer: nn.Module | None) -> Tensor:
    """(units, everything else): channels of convolutions and of what normalises them, else the last
    axis.
    """
    spread = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
    axis = 1 if isinstance(layer, spread) and values.ndim > 2 else values.ndim - 1
    if values.ndim == 1:
        return values[None]
    return values.movedim(axis, 0).flatten(1)
