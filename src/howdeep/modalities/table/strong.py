"""Columns that tell the target almost alone: another target, or something known only afterwards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from howdeep.base.words import listed, show
from howdeep.data.distinct import has_more, ranked
from howdeep.data.target import Target
from howdeep.modalities.table.features import Feature

STRONG = 0.95  # correlation with a target of numbers, ...
STRONG_RANKS = 0.98  # ... and of ranks, which many honest features have
AGREE = 0.97  # of the rows have the class that the feature tells ...
CHANCE = 0.8  # ... where guessing has no more
MIN_PRESENT = 0.5  # of the rows
MAX_LEVELS = 0.1  # of the rows: with more levels each tells its own few rows
SOME = 10  # every tenth row tells most columns that do not
CELLS = 20_000_000  # looked at: the columns of a wider table are signals or pixels


def strong_notes(features: Sequence[Feature], target: Target, main: int) -> tuple[str, ...]:
    """A note on the features that tell the target almost alone, by the first `main` rows."""
    y = target.values[:main]
    ranks = rankdata(y) if target.kind == "regression" else None
    looked = features[: CELLS // max(main, 1)]
    found = [f.name for f in looked if _tells(f, y, ranks, main)]
    if not found or 2 * len(found) > max(2, len(features)):
        return ()  # where most features do, they measure one thing, and so does the target
    each = "" if len(found) == 1 else " each"
    drop = ",".join(f"{name}=drop" for name in found[:4])
    return (
        f"Tells the target {show(target.name, 40)} almost alone{each}: {listed(found)}. If it is"
        f" another target, or not known when the rows are, leave it out: --types {drop}.",
    )


def _tells(
    feature: Feature, y: NDArray[np.generic], ranks: NDArray[np.float64] | None, main: int
) -> bool:
    """`ranks` (n,): those of a target of numbers."""
    x = feature.values[:main]
    there = ~np.isnan(x) if feature.kind == "number" else x >= 0
    if there.sum() < max(20, MIN_PRESENT * len(x)):
        return False
    every, number = bool(there.all()), feature.kind == "number"
    if ranks is not None and number:
        a, b = x[there], y[there].astype(np.float64)
        return _correlation(a, b) > STRONG or (
            _correlation(rankdata(a), ranks if every else rankdata(b)) > STRONG_RANKS
        )
    return ranks is None and _agrees(x[there], y[there], number)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = (values / max(float(np.abs(values).max()), 1e-300) for values in (a, b))
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return abs(float((a * b).sum())) / size if size > 0 else 0.0


def _agrees(x: NDArray[np.float64], y: NDArray[np.generic], ordered: bool) -> bool:
    """Does the value tell the class: of equal values, or of neighbours where they are numbers?"""
    codes = y.astype(np.int64)
    classes, n = int(codes.max()) + 1, len(codes)
    if np.bincount(codes).max() / n > CHANCE:
        return False
    if not has_more(x, MAX_LEVELS * n):
        levels, where = ranked(x)
        if len(levels) <= MAX_LEVELS * n:
            pairs = np.bincount(where * classes + codes, minlength=len(levels) * classes)
            return float(pairs.reshape(len(levels), -1).max(axis=1).sum()) > AGREE * n
    if not ordered:
        return False
    return all((n - 1 - _changes(x[::by], codes[::by])) / (n - 1) > AGREE for by in (SOME, 1))


def _changes(x: NDArray[np.float64], codes: NDArray[np.int64]) -> int:
    """How often neighbours, by `x` and then by row, are of two classes.

    Between two of some rows that are not of one class at least one change lies among all rows.
    """
    near = codes[np.argsort(x, kind="stable")]
    return int((near[1:] != near[:-1]).sum())
