"""Intervals as measurements hold them: (value, low, high), 95 % unless told, over rows alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from howdeep.instruments._values import number
from howdeep.stats import intervals

Floats = NDArray[np.float64]
Three = tuple[float, float, float]
LEVEL = 0.95


def normal(level: float = LEVEL) -> float:
    """The normal quantile of a two-sided interval.

    >>> round(normal(0.95), 2)
    1.96
    """
    return -float(special.ndtri((1 - level) / 2))


def share(hits: Floats, level: float = LEVEL) -> Three:
    """The share of ones among (N,) of 0 and 1, by Wilson's score interval (1927).

    >>> [round(v, 3) for v in share(np.ones(100))]
    [1.0, 0.963, 1.0]
    """
    value, low, high = intervals.wilson(hits, level)
    return value, float(low or 0.0), float(high if high is not None else 1.0)


def mean(values: Floats, level: float = LEVEL) -> Three:
    """The mean of numbers (N,), with Student's interval; shares of 0 and 1 have Wilson's.

    >>> [round(v, 2) for v in mean(np.array([1.0, 2.0, 3.0, 4.0]))]
    [2.5, 0.45, 4.55]
    """
    return share(values, level) if _binary(values) else _student(values, level)


def _student(values: Floats, level: float) -> Three:
    n, value = len(values), float(values.mean())
    if n < 2:
        return value, -math.inf, math.inf
    half = -float(special.stdtrit(n - 1, (1 - level) / 2)) * float(values.std(ddof=1)) / n**0.5
    return value, value - half, value + half


def paired(first: Floats, second: Floats, level: float = LEVEL) -> Three:
    """The mean of first - second, both (N,) at the same rows.

    Of 0 and 1 by Bonett and Price (2012, Journal of Educational and Behavioral Statistics 37): a
    row is added to those lost and to those won, so that a width is kept where none differs. Else
    Student's.

    >>> [round(v, 3) for v in paired(np.ones(100), np.ones(100))]
    [0.0, -0.027, 0.027]
    """
    n = len(first)
    if not (_binary(first) and _binary(second)):
        return _student(first - second, level)
    lost = float(((first == 1) & (second == 0)).sum())
    won = float(((first == 0) & (second == 1)).sum())
    b, c, m = lost + 1.0, won + 1.0, n + 2.0
    centre = (b - c) / m
    half = normal(level) * math.sqrt(max(b + c - (b - c) ** 2 / m, 0.0)) / m
    return (lost - won) / n, max(centre - half, -1.0), min(centre + half, 1.0)


def difference(first: Floats, second: Floats, level: float = LEVEL) -> Three:
    """The share of ones in `first` less that in `second`, of different rows.

    Newcombe (1998, Statistics in Medicine 17, method 10), from both Wilson intervals.

    >>> a, b = np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32])
    >>> [round(v, 4) for v in difference(a, b)]
    [0.2, 0.0524, 0.3339]
    """
    p, p_low, p_high = share(first, level)
    q, q_low, q_high = share(second, level)
    low = p - q - math.hypot(p - p_low, q_high - q)
    high = p - q + math.hypot(p_high - p, q - q_low)
    return p - q, low, high


def apart(pairs: list[Three]) -> Three:
    """The largest absolute difference of several, and bounds of it, from intervals that hold at
    once: below by the pair that is surely most apart, above by the one that may be.

    >>> apart([(0.1, 0.02, 0.2), (-0.3, -0.5, 0.1)])
    (0.3, 0.02, 0.5)
    """
    value = max(abs(v) for v, _, _ in pairs)
    low = max(max(low, -high, 0.0) for _, low, high in pairs)
    return value, low, max(max(abs(low), abs(high)) for _, low, high in pairs)


def three(bounds: Three) -> list[float | None]:
    """As JSON holds it."""
    return [number(value) for value in bounds]


def _binary(values: Floats) -> bool:
    return bool(np.isin(values, (0.0, 1.0)).all())
