"""Intervals outside the race: one mean, one paired difference, one share of rows.

The two-way model is that of `mcb`: seeds and rows are both samples, and an interval for "what a
retraining gives on new rows" must count both. Degrees of freedom after Satterthwaite (1946).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special  # not `scipy.stats`, which takes half a second to import

from howdeep.stats.mcb import PRIOR_DF
from howdeep.stats.streams import Stream, Summary, summary

Floats = NDArray[np.float64]
Parts = Sequence[tuple[float, float]]  # variances of a mean with their degrees of freedom


class Bounds(NamedTuple):
    """A value with bounds; `None` where nothing can be estimated."""

    value: float
    low: float | None
    high: float | None


def two_way(z: Stream, confidence: float, prior: float | None = None, shared: Parts = ()) -> Bounds:
    """The mean of `z` (n, N) over seeds and rows, two-sided t interval.

    v = s2/n + max(var(k_i) - MSR/n, 0)/N. One seed: the row part alone (that net, on new rows).
    `shared` is added: what all seeds have in common, as the learning rate that was found. It never
    narrows the interval, as its degrees of freedom could where there are few seeds.
    `prior`, for an early look at few seeds, where Satterthwaite's degrees of freedom are too many
    (docs/decision.md): the seed part's are taken. It is the seed variance of others (0: none is
    known); a smaller s2 is not believed, and theirs counts for `mcb.PRIOR_DF` more.

    >>> two_way(np.array([[1.0, 0.0, 1.0, 1.0]]), 0.95).value
    0.75
    """
    of = summary(z)
    n, rows = len(of.by_seed), len(of.by_row)
    if rows < 2:
        return Bounds(of.mean, None, None)
    k = float(of.by_row.var(ddof=1))
    if n < 2:
        return _around(of.mean, [(k / rows, rows - 1)], confidence)
    s2, df = float(of.by_seed.var(ddof=1)), n - 1
    if prior is not None and s2 < prior:
        s2, df = prior, df + PRIOR_DF
    parts = [(s2 / n, df), (max(k - of.rest / n, 0.0) / rows, rows - 1)]
    least = None if prior is None else min(df, rows - 1)
    return _around(of.mean, parts, confidence, least, shared)


def fresh(z: Stream, confidence: float) -> Bounds:
    """What one more seed would score on the population of rows, from `z` (n, N): t interval.

    v = s2 (1 + 1/n) + max(var(k_i) - MSR/n, 0)/N, the seed part with n - 1 and the row part with
    N - 1 degrees of freedom, together after Satterthwaite: `two_way` with the new seed's own
    variance. One seed says nothing of another.

    >>> z = np.array([[1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0]])
    >>> fresh(z, 0.95).low < two_way(z, 0.95).low
    True
    """
    of = summary(z)
    n, rows = len(of.by_seed), len(of.by_row)
    if rows < 2 or n < 2:
        return Bounds(of.mean, None, None)
    s2, k = float(of.by_seed.var(ddof=1)), float(of.by_row.var(ddof=1))
    parts = [(s2 * (1 + 1 / n), n - 1), (max(k - of.rest / n, 0.0) / rows, rows - 1)]
    return _around(of.mean, parts, confidence)


def paired(
    first: Stream,
    second: Stream,
    confidence: float,
    prior: float | None = None,
    shared: Parts = (),
) -> Bounds:
    """Mean of `first` - `second`, both (n, N) at the same seeds and rows; as `two_way`."""
    return two_way((a - b for a, b in zip(first, second, strict=True)), confidence, prior, shared)


def unpaired(first: Summary, second: Summary, confidence: float, shared: Parts = ()) -> Bounds:
    """Mean of `first` (n, N) minus `second` (m, N): the same rows, seeds of their own.

    The variance components of `two_way` for each side apart, as nothing pairs their seeds:
    v = s2_1/n + s2_2/m + max(var(k_i) - MSR_1/n - MSR_2/m, 0)/N, with k_i the difference of the
    sides' means over seeds. A side of one seed is a model without randomness: it adds rows only.
    `shared` is added, as in `two_way`.

    >>> sides = np.array([[1.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 1.0]])
    >>> unpaired(*map(summary, sides), 0.95).value
    0.3333333333333333
    """
    k = first.by_row - second.by_row
    value, rows = float(k.mean()), len(k)
    if rows < 2:
        return Bounds(value, None, None)
    parts, rest = [], 0.0
    for side in (first, second):
        n = len(side.by_seed)
        if n > 1:
            parts.append((float(side.by_seed.var(ddof=1)) / n, n - 1))
            rest += side.rest / n
    parts.append((max(float(k.var(ddof=1)) - rest, 0.0) / rows, rows - 1))
    return _around(value, parts, confidence, shared=shared)


def _around(
    value: float, parts: Parts, confidence: float, df: float | None = None, shared: Parts = ()
) -> Bounds:
    """The interval of a value whose variance has `parts`, each with its degrees of freedom."""
    every = [_half(some, confidence, df) for some in (parts, [*parts, *shared])]
    half = max(every)
    if half <= 0:
        return Bounds(value, None, None)  # all rows alike: no spread to estimate from
    return Bounds(value, value - half, value + half)


def _half(parts: Parts, confidence: float, df: float | None) -> float:
    v = sum(part for part, _ in parts)
    if v <= 0:
        return 0.0
    if df is None:
        df = v * v / sum(part * part / own for part, own in parts)
    return -float(special.stdtrit(df, (1 - confidence) / 2)) * math.sqrt(v)


def wilson(hits: Floats, confidence: float) -> Bounds:
    """The share of ones among N rows of 0 and 1, by the score interval of Wilson (1927, JASA 22).

    Unlike a t interval it keeps a width when every row is right.

    >>> [round(b, 3) for b in wilson(np.ones(100), 0.95)]
    [1.0, 0.963, 1.0]
    """
    n, p = len(hits), float(hits.mean())
    z = -float(special.ndtri((1 - confidence) / 2))
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Bounds(p, max(centre - half, 0.0), min(centre + half, 1.0))
