"""How many layers a gradient reaches: the depth scale xi, measured from one pass back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from howdeep.instruments._trace import Site
from howdeep.instruments._values import number

LEAST = 5  # layers, below which a slope over layers says nothing
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Reach:
    """The change of log(squared gradient) by layer, towards the input, with its interval.

    Negative: the gradient vanishes. `low`, `high`: 95 %.
    """

    growth: float
    low: float
    high: float
    layers: int

    @property
    def xi(self) -> float:
        """Layers over which the squared gradient changes by a factor of e."""
        return _inverse(abs(self.growth))

    @property
    def xi_low(self) -> float:
        """The shortest scale that the interval holds."""
        return _inverse(max(abs(self.low), abs(self.high)))

    @property
    def xi_high(self) -> float:
        """The longest scale that the interval holds; infinite where it holds no change at all."""
        if self.low <= 0.0 <= self.high:
            return math.inf
        return _inverse(min(abs(self.low), abs(self.high)))

    def values(self) -> dict[str, float | int | None]:
        """As JSON; an infinite scale is `None`."""
        return {
            "growth": number(self.growth), "growth_low": number(self.low),
            "growth_high": number(self.high), "xi": number(self.xi),
            "xi_low": number(self.xi_low), "xi_high": number(self.xi_high),
            "layers": self.layers,
        }  # fmt: skip


def energies(sites: Sequence[Site], rows: int) -> list[float]:
    """Of each site the squared gradient of one row's loss, summed over its units, as a mean over
    rows: what stays the same from layer to layer, of whatever widths, where chi is 1.
    """
    return [
        0.0
        if site.slope is None
        else float(site.slope.double().mul(rows).flatten(1).square().sum(1).mean())
        for site in sites
    ]


def reach(nets: Sequence[Sequence[float]]) -> Reach | None:
    """The slope of log(energy) by layer over one net or several of one kind; `None` where there are
    too few layers with a gradient.

    Each net's line is fitted by least squares. Factors from layer to layer are drawn anew, so that
    logarithms walk at random about the line: the interval is that of the mean of their increments
    (Student's t), widened by 6/5 in variance, as the least-squares slope of a random walk has it.

    >>> found = reach([[math.exp(0.5 * i) for i in range(10)]])
    >>> round(found.growth, 6), round(found.xi, 6)
    (-0.5, 2.0)
    """
    slopes, steps = [], []
    for energy in nets:
        logs = [math.log(value) if 0 < value < math.inf else math.nan for value in energy]
        kept = [i for i, value in enumerate(logs) if math.isfinite(value)]
        if len(kept) < LEAST or kept[-1] - kept[0] != len(kept) - 1:
            continue
        known = np.array([logs[i] for i in kept])
        slopes.append(float(np.polyfit(np.arange(len(known)), known, 1)[0]))
        steps.append(np.diff(known) - np.diff(known).mean())
    if not slopes:
        return None
    freedom = sum(map(len, steps)) - len(steps)
    spread = float(np.square(np.concatenate(steps)).sum() / freedom)
    error = math.sqrt(1.2 * spread / sum(map(len, steps)))
    half = float(stats.t.ppf(0.5 + CONFIDENCE / 2, freedom)) * error
    growth = -sum(slopes) / len(slopes)
    return Reach(growth, growth - half, growth + half, len(steps[0]) + 1)


def _inverse(value: float) -> float:
    return 1.0 / value if value > 1e-9 else math.inf
