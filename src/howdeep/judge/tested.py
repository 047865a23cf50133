"""What one net gets wrong on test rows, by class or by how much; intervals each by itself."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from howdeep.base.verdicts import ClassScore, Errors, Interval, Tested
from howdeep.stats.intervals import two_way, wilson

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
POINTS = 300  # rows that a picture shows
FARTHEST = 10  # of them those of the largest residuals, whatever else is shown


def of_classes(true: Codes, said: Codes, classes: int, confidence: float) -> Tested:
    """How often each class (of `classes`) was found, and was called so rightly; (n,) each.

    >>> found = of_classes(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 0.95)
    >>> [(one.rows, one.called, one.right) for one in found.classes], found.mistakes
    ([(2, 1, 1), (1, 2, 1)], ((0, 1, 1),))
    """
    counts = np.bincount(true * classes + said, minlength=classes * classes)
    counts = counts.reshape(classes, classes)
    each = []
    for c in range(classes):
        rows, called, right = int(counts[c].sum()), int(counts[:, c].sum()), int(counts[c, c])
        recall, precision = (_share(right, n, confidence) for n in (rows, called))
        each.append(ClassScore(rows, called, right, recall, precision))
    wrong = [(int(a), int(b), int(counts[a, b])) for a, b in np.argwhere(counts) if a != b]
    wrong.sort(key=lambda one: (-one[2], one[:2]))
    return Tested(len(true), tuple(each), tuple(wrong))


def _share(right: int, of: int, confidence: float) -> Interval | None:
    return Interval(*wilson(np.repeat([1.0, 0.0], [right, of - right]), confidence)) if of else None


def of_numbers(true: Floats, said: Floats, confidence: float) -> Tested:
    """How far predictions (n,) are off, in the target's units."""
    residual = true - said
    off = np.sort(np.abs(residual))
    errors = Errors(
        half=_plain(_quantile(off, 0.5, confidence)),
        ninety=_plain(_quantile(off, 0.9, confidence)),
        bias=_plain(Interval(*two_way(residual[None], confidence))),
        points=tuple((float(said[i]), float(residual[i])) for i in _some(said, residual)),
    )
    return Tested(len(true), errors=errors)


def _plain(interval: Interval) -> Interval:
    """In six digits: predictions are float32, and the last bits follow the number of threads."""
    rounded = (None if x is None else float(f"{x:.6g}") for x in (interval.low, interval.high))
    return Interval(float(f"{interval.value:.6g}"), *rounded)


def _quantile(values: Floats, share: float, confidence: float) -> Interval:
    """A quantile of sorted values with the order statistics that bound it, without assumptions.

    The number of values below it is binomial (H. A. David 1981, Order Statistics, 2.5).

    >>> _quantile(np.arange(1.0, 101.0), 0.5, 0.95)
    Interval(value=50.5, low=40.0, high=61.0)
    >>> _quantile(np.arange(3.0), 0.9, 0.95).high is None
    True
    """
    n, tail = len(values), (1 - confidence) / 2
    low = math.ceil(float(special.bdtrik(tail, n, share)) - 1e-9) - 1
    high = math.ceil(float(special.bdtrik(1 - tail, n, share)) - 1e-9)
    value = float(np.quantile(values, share))
    if not 0 <= low < high < n:
        return Interval(value, None, None)
    return Interval(value, float(values[low]), float(values[high]))


def _some(said: Floats, residual: Floats) -> list[int]:
    """Rows for a picture: evenly by prediction, and those that are furthest off."""
    order = np.argsort(said, kind="stable")
    even = np.linspace(0, len(order) - 1, min(POINTS, len(order))).round().astype(int)
    far = np.argsort(-np.abs(residual), kind="stable")[:FARTHEST]
    return sorted({*order[even].tolist(), *far.tolist()}, key=lambda i: (said[i], i))
