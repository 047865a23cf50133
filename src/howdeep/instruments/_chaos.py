"""From order to chaos: plain nets of many starts and depths, trained, next to what theory says.

All starts and rates of a depth are one batched program, so that a chart takes minutes of a core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.base.words import listed
from howdeep.instruments._instrument import Effort
from howdeep.instruments._mean_field import mean_field
from howdeep.instruments._own import rows_of
from howdeep.instruments._trainable_page import StartCell

ACT = {"tanh": torch.tanh, "relu": torch.relu}
BIAS = {"tanh": 0.05, "relu": 0.0}  # variance of the biases
STARTS = {  # inputs x variance of the weights
    "tanh": (0.8, 1.0, 1.3, 1.6, 1.76, 2.0, 2.5, 3.2, 4.5),
    "relu": (0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0, 5.0),
}
RATES = (0.001, 0.005, 0.025)
BATCH, MOMENTUM = 64, 0.9


@dataclass(frozen=True)
class Plain:
    """Plain nets of `width`, each of these `weights` at each of the `rates`, and their training."""

    activation: str
    weights: tuple[float, ...]
    width: int = 96
    steps: int = 300
    rates: tuple[float, ...] = RATES


def start(how: Plain, layers: int, seed: int, inputs: int, outputs: int) -> list[Tensor]:
    """Weights (M, in, out) and biases (M, 1, out) of all starts at all rates: the same draw for
    all, so that they differ in what is compared alone.
    """
    made = torch.Generator().manual_seed(1_000 * seed + layers)
    sizes = torch.tensor([w for w in how.weights for _ in how.rates]).sqrt()[:, None, None]
    widths, held = [inputs, *[how.width] * layers, outputs], []
    for i, (before, after) in enumerate(pairwise(widths)):
        w = torch.randn(1, before, after, generator=made) / before**0.5
        b = torch.randn(1, 1, after, generator=made) * BIAS[how.activation] ** 0.5
        last = i == layers
        held += [w.expand(len(sizes), -1, -1) * (1 if last else sizes)]
        held += [(b * (0 if last else 1)).expand(len(sizes), -1, -1).clone()]
    return [value.contiguous().requires_grad_() for value in held]


def said(
    held: list[Tensor], x: Tensor, activation: str, inner: list[Tensor] | None = None
) -> Tensor:
    """Logits (M, B, classes) of rows (M, B, inputs); what layers give is added to `inner`."""
    for i in range(0, len(held), 2):
        x = torch.baddbmm(held[i + 1], x, held[i])
        if inner is not None:
            inner.append(x)
        if i < len(held) - 2:
            x = ACT[activation](x)
    return x


def trained(how: Plain, layers: int, seed: int, x: Tensor, y: Tensor, outputs: int) -> list[Tensor]:
    """The nets of one depth after SGD with momentum, of classes y (N,) from rows x (N, inputs)."""
    held = start(how, layers, seed, x.shape[1], outputs)
    nets, order = len(held[0]), torch.Generator().manual_seed(seed)
    rates = torch.tensor(how.rates * len(how.weights))[:, None, None]
    moving = [torch.zeros_like(value) for value in held]
    for _ in range(how.steps):
        rows = torch.randint(len(x), (BATCH,), generator=order)
        out = said(held, x[rows].expand(nets, -1, -1), how.activation)
        loss = F.cross_entropy(out.flatten(0, 1), y[rows].repeat(nets)) * nets
        gradients = torch.autograd.grad(loss, held)
        with torch.no_grad():
            for value, move, gradient in zip(held, moving, gradients, strict=True):
                move.mul_(MOMENTUM).add_(gradient)
                value.sub_(rates * move)
    return held


@torch.no_grad()
def right(held: list[Tensor], x: Tensor, y: Tensor, activation: str) -> Tensor:
    """The share (M,) of rows that are right; what is no number is the first class."""
    found = [
        (said(held, rows.expand(len(held[0]), -1, -1), activation).nan_to_num().argmax(2) == own)
        for rows, own in zip(torch.split(x, 500), torch.split(y, 500), strict=True)
    ]
    return torch.cat(found, 1).double().mean(1)


def predicted(activation: str, weight: float, layers: int, width: int) -> bool:
    """Does theory say that it trains? (docs/instruments/trainable.md has the rule.)"""
    return layers < min(mean_field(activation, weight, BIAS[activation]).layers, width)


def order_to_chaos(
    data: Any,
    activation: str = "tanh",
    *,
    depths: Sequence[int] = (5, 10, 20, 40),
    weights: Sequence[float] = (),
    width: int = 96,
    seed: int = 0,
    effort: Effort | None = None,
) -> tuple[StartCell, ...]:
    """Which starts train at which depth, measured, next to what theory predicts for each.

    `data`: a batch (x, y) of numbers and class numbers, or what gives such batches. Plain nets of
    `activation` ("tanh", with biases of variance 0.05, or "relu", without) are trained for
    `effort.steps` steps at three rates; the best share of training rows that are right counts.
    `chaos_section` draws them. A few minutes of a core; `effort.tell` hears how far it is.

    >>> import torch
    >>> x = torch.randn(200, 8, generator=torch.Generator().manual_seed(0))
    >>> cells = order_to_chaos((x, (x[:, 0] > 0).long()), depths=(2,), weights=(1.76,), width=16)
    >>> cells[0].predicted, cells[0].measured > 0.8
    (True, True)

    Raises:
        ConfigError: another activation, or a depth or weight that is none.
        InstrumentError: the rows are not numbers with classes.
    """
    effort = effort or Effort()
    if activation not in ACT:
        raise ConfigError(f"activation: {activation!r} has no chart", f"one of {listed(list(ACT))}")
    own = tuple(weights) or STARTS[activation]
    if not depths or min(depths) < 1 or min(own) <= 0 or width < 1:
        raise ConfigError("depths, weights and width are numbers above 0", "give others")
    x, y = _rows(data)
    how = Plain(activation, own, width, effort.steps)
    cells = []
    for at, layers in enumerate(sorted(set(depths))):
        effort.tell(f"nets of {layers} layers", at, len(set(depths)))
        held = trained(how, layers, seed, x, y, int(y.max()) + 1)
        best = right(held, x, y, activation).reshape(len(own), -1).amax(1)
        cells += [
            StartCell(w, layers, float(share), predicted(activation, w, layers, width))
            for w, share in zip(own, best, strict=True)
        ]
    return tuple(cells)


def _rows(data: Any) -> tuple[Tensor, Tensor]:
    """Rows (N, columns), each column of mean 0 and all of mean square 1, with their classes."""
    rows = rows_of(data)
    whole = not rows.targets.is_floating_point() and rows.targets.ndim == 1
    if not whole or any(not x.is_floating_point() for x in rows.inputs):
        raise InstrumentError("the chart is of numbers with class numbers", "give (x, y) of these")
    x = torch.cat([part.reshape(len(part), -1).float() for part in rows.inputs], 1)
    if not bool(torch.isfinite(x).all()) or int(rows.targets.min()) < 0:
        raise InstrumentError("rows hold NaN, infinity or a class below 0", "leave them out")
    x = x - x.mean(0)
    return x / x.square().mean().sqrt().clamp_min(1e-12), rows.targets.long()
