"""Intervals as measurements hold them: (value, low, high), 95 % unless told, over rows alone."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from howdeep.instruments._design import PLAIN, Design, effective, freedom, variance
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


def share(hits: Floats, level: float = LEVEL, by: Design = PLAIN) -> Three:
    """The share of ones among (N,) of 0 and 1, by Wilson's score interval (1927); with weights or
    groups by that of Clopper and Pearson (1934) of as many rows as they leave
    (`_design.effective`; Korn and Graubard 1998, Survey Methodology 24).

    >>> [round(v, 3) for v in share(np.ones(100))]
    [1.0, 0.963, 1.0]
    """
    if by.plain:
        value, low, high = intervals.wilson(hits, level)
        return value, float(low or 0.0), float(high if high is not None else 1.0)
    p, n, tail = by.mean(hits), effective(hits, by, level), (1 - level) / 2
    if n <= 0:
        return p, 0.0, 1.0
    ones, zeros = n * p, n * (1 - p)
    low = float(special.betaincinv(ones, zeros + 1, tail)) if p > 0 else 0.0
    high = float(special.betaincinv(ones + 1, zeros, 1 - tail)) if p < 1 else 1.0
    return p, min(low, p), max(high, p)


def mean(values: Floats, level: float = LEVEL, by: Design = PLAIN) -> Three:
    """The mean of numbers (N,), with Student's interval; shares of 0 and 1 have Wilson's.

    >>> [round(v, 2) for v in mean(np.array([1.0, 2.0, 3.0, 4.0]))]
    [2.5, 0.45, 4.55]
    """
    return share(values, level, by) if _binary(values) else student(values, level, by)


def student(values: Floats, level: float = LEVEL, by: Design = PLAIN) -> Three:
    """The mean of (N,) with Student's interval, of rows or of groups."""
    value = by.mean(values)
    spread, count = variance(values, by)
    if count < 2:
        return value, -math.inf, math.inf
    half = -float(special.stdtrit(freedom(values, by), (1 - level) / 2)) * math.sqrt(spread)
    return value, value - half, value + half


def paired(first: Floats, second: Floats, level: float = LEVEL, by: Design = PLAIN) -> Three:
    """The mean of first - second, both (N,) at the same rows.

    Of 0 and 1 by Bonett and Price (2012, Journal of Educational and Behavioral Statistics 37): a
    row is added to those lost and to those won, so that a width is kept where none differs; with
    weights or groups these are groups of their own. Else Student's.

    >>> [round(v, 3) for v in paired(np.ones(100), np.ones(100))]
    [0.0, -0.027, 0.027]
    """
    n = len(first)
    if not (_binary(first) and _binary(second)):
        return student(first - second, level, by)
    if not by.plain:
        return _added(first - second, level, by)
    lost = float(((first == 1) & (second == 0)).sum())
    won = float(((first == 0) & (second == 1)).sum())
    b, c, m = lost + 1.0, won + 1.0, n + 2.0
    centre = (b - c) / m
    half = normal(level) * math.sqrt(max(b + c - (b - c) ** 2 / m, 0.0)) / m
    return (lost - won) / n, max(centre - half, -1.0), min(centre + half, 1.0)


def _added(change: Floats, level: float, by: Design) -> Three:
    """Student's interval of the mean of -1, 0 and 1 (N,), a mean group added at either end."""
    sizes = by.sums(np.ones(len(change)))
    codes = np.arange(len(change)) if by.groups is None else np.unique(
        by.groups, return_inverse=True
    )[1]  # fmt: skip
    weights = np.ones(len(change)) if by.weights is None else by.weights
    more = Design(
        np.concatenate([weights, np.full(2, sizes.mean())]),
        np.concatenate([codes, [len(sizes), len(sizes) + 1]]).astype(np.int64),
    )
    _, low, high = student(np.concatenate([change, [1.0, -1.0]]), level, more)
    value = by.mean(change)
    return value, max(min(low, value), -1.0), min(max(high, value), 1.0)


def difference(
    first: Floats,
    second: Floats,
    level: float = LEVEL,
    designs: tuple[Design, Design] | None = None,
) -> Three:
    """The share of ones in `first` less that in `second`, of different rows.

    Newcombe (1998, Statistics in Medicine 17, method 10), from both Wilson intervals.

    >>> a, b = np.repeat([1.0, 0.0], [56, 14]), np.repeat([1.0, 0.0], [48, 32])
    >>> [round(v, 4) for v in difference(a, b)]
    [0.2, 0.0524, 0.3339]
    """
    one, other = designs or (PLAIN, PLAIN)
    p, p_low, p_high = share(first, level, one)
    q, q_low, q_high = share(second, level, other)
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
