"""Units that have stopped: dead ones, which answer to no row, and saturated ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep.instruments._trace import Site

APPLY: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu, "relu6": F.relu6, "elu": F.elu, "selu": F.selu, "gelu": F.gelu, "silu": F.silu,
    "mish": F.mish, "softplus": F.softplus, "hardtanh": F.hardtanh, "hardswish": F.hardswish,
    "hardsigmoid": F.hardsigmoid, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
}  # fmt: skip
ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hardtanh": (-1.0, 1.0), "relu6": (0.0, 6.0),
        "hardsigmoid": (0.0, 1.0)}  # fmt: skip
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


def stopped(site: Site, before: Site | None) -> Stopped | None:
    """What has stopped at an activation; `before`: the layer that feeds it, which says what a unit
    is. `None` of softmax and the like, which act on rows and not on units.
    """
    apply = APPLY.get(site.what)
    if apply is None or site.entered is None or not site.entered.numel():
        return None
    with torch.enable_grad():
        entered = site.entered.detach().float().requires_grad_()
        (slope,) = torch.autograd.grad(apply(entered).sum(), entered)
    size = slope.abs() / GREATEST.get(site.what, 1.0)
    alive = _by_unit(size, before).amax(1) > OFF
    dead = 1.0 - float(alive.float().mean())
    if site.what not in ENDS:
        return Stopped(dead, None)
    flat = size < FLAT
    if site.what == "relu6":  # at 0 it is off, as every ReLU is
        flat &= entered.detach() > 0
    return Stopped(dead, float(flat.float().mean()))


def _by_unit(values: Tensor, before: Site | None) -> Tensor:
    """(units, everything else): channels of convolutions and of what normalises them, else the last
    axis.
    """
    layer = before.layer if before is not None else None
    spread = (nn.modules.conv._ConvNd, nn.modules.batchnorm._NormBase, nn.GroupNorm)
    axis = 1 if isinstance(layer, spread) and values.ndim > 2 else values.ndim - 1
    if values.ndim == 1:
        return values[None]
    return values.movedim(axis, 0).flatten(1)
