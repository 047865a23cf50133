"""Balanced accuracy: the mean over classes of the share of their rows that are right.

A row weighs n / (C n_class), so that the mean over rows is the mean over the C classes present.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.base.words import count, show
from howdeep.metrics._metric import Counts, Floats, Metric, Suggestion, right, shares, tensor_right
from howdeep.metrics._unit import FREQUENT, Unit

RARE = 0.2  # of an equal share of the training rows: a class below it asks for this metric
LEAST = 5  # rows of it to compare on, less than one a fold: of many classes one then says nothing
APART = 6  # half-widths of studies by what a row of the rarest class counts (docs/decision.md)
MUCH = 0.01  # that a row counts, from which on it is said


def weigh(target: NDArray[np.int64], among: NDArray[np.int64], classes: int) -> Floats:
    """Weights (n,) of rows with these classes, by the classes of the whole part `among`.

    >>> weigh(np.array([0, 1]), np.array([0, 0, 0, 1]), 2).round(2).tolist()
    [0.67, 2.0]
    """
    counts = np.bincount(among, minlength=classes)
    present = max(int((counts > 0).sum()), 1)
    return np.asarray(len(among) / (present * np.maximum(counts, 1)[target]))


def suggest(counts: Counts) -> Suggestion | None:
    """Taken where the rarest class has less than a fifth of an equal share of the training rows.

    Not of many classes where it has next to no rows to compare on: it counts as much as any other.
    """
    trained = np.asarray(counts.trained)
    share = trained.min() / trained.sum()
    if share >= RARE / len(trained):
        return None
    rarest = int(trained.argmin())
    name, compared = counts.classes[rarest], counts.compared[rarest]
    if len(trained) > 2 and compared < LEAST:
        return Suggestion(
            False,
            f"The rarest class, {show(name, 40)}, has {count(compared, 'row')} to compare on, too"
            " few for balanced accuracy, which counts it as much as any other: accuracy (guessed;"
            " --metric balanced_accuracy overrides).",
        )
    return Suggestion(
        True,
        f"The rarest class, {show(name, 40)}, has {share:.1%} of the training rows, less than a"
        f" fifth of an equal share among {len(trained)}: balanced accuracy (guessed; --metric"
        " accuracy overrides).",
    )


def warn(counts: Counts, each: float) -> str:
    """Where the rarest class has so few rows that balanced accuracy tells little."""
    if each < MUCH:
        return ""
    compared = np.asarray(counts.compared)
    present = np.flatnonzero(compared)
    rarest = int(present[compared[present].argmin()])
    merge = ", merge classes" if len(compared) > 2 else ""
    return (
        f"Of {show(counts.classes[rarest], 40)} {count(int(compared[rarest]), 'row')} are compared"
        f" on, each worth {100 * each:.1f} points of balanced accuracy: depths less than about"
        f" {min(100 * APART * each, 100):.0f} points apart can hardly be told from each other."
        f" Bring more such rows{merge}, or say --metric accuracy."
    )


METRIC = Metric(
    name="balanced_accuracy",
    kind="classification",
    rank=1,
    unit=Unit("balanced accuracy", 100, 0, 1, 2, " %", "points", FREQUENT, widest=1.0),
    printed="balanced accuracy",
    rows=right,
    tensor_rows=tensor_right,
    loss="cross_entropy",
    tie="log_loss",
    least=0.0,
    most=1.0,
    constant=shares,
    hits=True,
    unseen=1.0,
    by_error=2.0,
    weigh=weigh,
    by_class=True,
    suggest=suggest,
    warn=warn,
)
