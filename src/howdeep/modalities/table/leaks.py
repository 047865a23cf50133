"""Columns that give the target away: equal to it, a relabelling of it, or a multiple of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import TargetError
from howdeep.base.words import listed, show
from howdeep.data.distinct import different, has_more
from howdeep.data.target import Target
from howdeep.modalities.table.features import Feature

CORRELATION = 0.9999
MIN_PRESENT = 0.5  # of the rows, for a correlation to mean anything
DENSE = 2  # times the rows: what row numbers span, also where rows were taken out
SORTED = 0.1  # of the changes of class that rows in no order have


def check_leaks(
    features: Sequence[Feature], target: Target, main: int, allow: bool
) -> tuple[str, ...]:
    """A note on the columns that give the target away, where that is allowed.

    Raises:
        TargetError: there are such columns, and they are not allowed.
    """
    y = target.values[:main]
    numbers = target.kind == "regression"
    sorted_by = [f.column for f in features if target.classes and _numbers_classes(f, y, main)]
    if sorted_by and not allow:
        raise TargetError(
            f"the target {show(target.name)} can be read off {listed(sorted_by)}: its numbers run"
            " through the classes one after another, as rows sorted by class do",
            "remove the column (--types NAME=drop), or say --allow-leak if it is known beforehand",
        )
    classes = np.unique(y)
    leaking = [f.column for f in features if _gives_away(f, y, classes, numbers, main)]
    leaking = [*dict.fromkeys(f.column for f in features if f.column in (*sorted_by, *leaking))]
    if not leaking:
        return ()
    if allow:
        return (f"Give the target away, and were kept as asked: {listed(leaking)}.",)
    raise TargetError(
        f"the target {show(target.name)} can be read off {listed(leaking)}: equal to it, or a"
        " relabelling of it",
        "remove the column (--types NAME=drop), or say --allow-leak if it is known beforehand",
    )


def _gives_away(
    feature: Feature,
    y: NDArray[np.generic],
    classes: NDArray[np.generic],
    numbers: bool,
    main: int,
) -> bool:
    """`classes`: the different values of `y` (n,)."""
    x = feature.values[:main]
    if numbers and feature.kind == "number":
        return _correlation(x, y.astype(np.float64)) > CORRELATION
    return _one_to_one(x, y, classes)


def _numbers_classes(feature: Feature, y: NDArray[np.generic], main: int) -> bool:
    """Do whole numbers, one a row, run through one class after another, as those of sorted rows do?

    Numbers as close as those of rows may do so nearly; others that rise evenly, or row by row, are
    measurements, as a dose, unless they do so exactly.
    """
    x = feature.values[:main]
    if feature.kind != "number" or np.isnan(x).any() or (x != np.floor(x)).any():
        return False
    if x.max() - x.min() < len(x) - 1 or np.diff(np.sort(x)).min() <= 0:  # some are equal
        return False
    order = np.argsort(x, kind="stable")
    steps, by_row = np.diff(x[order]), np.diff(x)
    classes, sizes = np.unique(y, return_counts=True)
    changes = int((y[order][1:] != y[order][:-1]).sum())
    if x.max() - x.min() < DENSE * len(x):
        by_luck = len(x) * (1 - float(((sizes / len(x)) ** 2).sum()))
        return changes <= max(len(classes) - 1, SORTED * by_luck)
    in_steps = steps.max() == steps.min() or (by_row > 0).all() or (by_row < 0).all()
    return bool(in_steps) and changes == len(classes) - 1


def _one_to_one(
    x: NDArray[np.float64], y: NDArray[np.generic], classes: NDArray[np.generic]
) -> bool:
    """Does each value of `x` (missing is one) go with one value of `y`, and the reverse?"""
    if has_more(x, len(classes)):
        return False
    groups = different(x)
    if groups != len(classes) or groups == len(y):
        return False
    where = np.unique(x, return_inverse=True, equal_nan=True)[1].astype(np.int64)
    pairs = where * len(classes) + np.searchsorted(classes, y)
    return different(pairs) == groups


def _correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """The size of the correlation over rows where `x` is present; 0 where it says nothing."""
    present = ~np.isnan(x)
    if present.sum() < max(3, MIN_PRESENT * len(x)):
        return 0.0
    a, b = (_standard(values[present]) for values in (x, y))
    return float(abs((a * b).mean()))


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and variance 1, or zeros; scaled first, as squares of 1e300 would overflow."""
    values = values / max(float(np.abs(values).max()), np.finfo(float).tiny)
    values = values - values.mean()
    spread = values.std()
    return values / spread if spread > 0 else np.zeros_like(values)
