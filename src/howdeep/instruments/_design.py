"""What rows count, and which of them are not independent: weights and groups in intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from howdeep.instruments._subject import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Design:
    """Of N rows their `weights` (N,) and `groups` (N,); `None` where all count alike, or are
    independent.
    """

    weights: Floats | None = None
    groups: NDArray[np.int64] | None = None

    @property
    def plain(self) -> bool:
        """Do rows count alike and stand for themselves?"""
        return self.weights is None and self.groups is None

    def take(self, index: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Design:
        """Of some of the rows."""
        return Design(
            None if self.weights is None else self.weights[index],
            None if self.groups is None else self.groups[index],
        )

    def sums(self, values: Floats) -> Floats:
        """Weighted sums by group (G,), of rows where there are no groups."""
        own = values if self.weights is None else values * self.weights
        if self.groups is None:
            return own
        codes = np.unique(self.groups, return_inverse=True)[1]
        return np.bincount(codes, own).astype(np.float64)

    def mean(self, values: Floats) -> float:
        """The weighted mean of (N,)."""
        if self.weights is None:
            return float(values.mean())
        return float(np.average(values, weights=self.weights))


PLAIN = Design()


def of(rows: Rows) -> Design:
    """The design of some rows; weights of 0 in all leave them plain."""
    weights = rows.weights
    if weights is not None and not (weights > 0).any():
        weights = None
    return Design(weights, rows.groups)


def variance(values: Floats, by: Design) -> tuple[float, int]:
    """The variance of the weighted mean of (N,) by the jackknife over groups, and how many there
    are (Tukey 1958; Wolter 2007, eq. 4.2.3): (G - 1) / G times the sum of the squared changes of
    the mean without each; of rows that count alike their variance / N. Infinite of one group.
    """
    middle = by.mean(values)
    sums, sizes = by.sums(values - middle), by.sums(np.ones(len(values)))
    rest, count = sizes.sum() - sizes, len(sums)
    if count < 2 or not (rest > 0).all():
        return math.inf, count
    return (count - 1) / count * float(np.square(sums / rest).sum()), count


def freedom(values: Floats, by: Design) -> float:
    """Degrees of freedom of that variance: 2 over its squared coefficient of variation, by the
    kurtosis of the groups' sums; no more than groups - 1, and that where rows are plain.

    Few groups of many that err make a variance that is often too small.
    """
    squares = np.square(by.sums(values - by.mean(values)))
    count, middle = len(squares), float(squares.mean())
    if by.plain or not middle:
        return count - 1.0
    excess = float(np.square(squares / middle).mean()) - 1
    return max(1.0, min(count - 1.0, 2 * count / max(excess, 1e-9)))


def effective(hits: Floats, by: Design, level: float) -> float:
    """As how many independent rows the share of ones among (N,) is known: p (1 - p) / variance, no
    more than the weights leave, less what the number of groups makes of the quantile. Where all are
    alike: the number of equal groups.
    """
    spread, count = variance(hits, by)
    if count < 2:
        return 0.0
    p, of_groups = by.mean(hits), by.sums(np.ones(len(hits)))
    alike = float(of_groups.sum() ** 2 / np.square(of_groups).sum())
    weights = np.ones(len(hits)) if by.weights is None else by.weights
    most = float(weights.sum() ** 2 / np.square(weights).sum())
    n = min(p * (1 - p) / spread, most) if spread > 0 and 0 < p < 1 else alike
    normal, student = (
        special.ndtri((1 - level) / 2),
        special.stdtrit(freedom(hits, by), (1 - level) / 2),
    )
    return n * float(normal / student) ** 2
