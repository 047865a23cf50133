"""Which metric nets are scored by, and what its rarest class lets it tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Metric
from howdeep.data.cells import count, listed, show
from howdeep.data.metrics import unit
from howdeep.data.target import METRICS, Target
from howdeep.data.task import Task

RARE = 0.2  # of an equal share of the training rows: a class below it asks for balanced accuracy
APART = 6  # half-widths of studies by what a row of the rarest class counts (docs/decision.md)
LEAST = 5  # rows of it to compare on, less than one a fold: of many classes one then says nothing
MUCH = 0.01  # that a row counts, from which on it is said


def choose_metric(task: Task, y: Target, metric: Metric | None) -> tuple[Metric, tuple[str, ...]]:
    """The metric asked for, or else what the kind and the rarest class suggest, with a note.

    Raises:
        ConfigError: a metric that does not score this kind of target.
    """
    allowed = METRICS[y.kind]
    if metric is not None:
        if metric not in allowed:
            raise ConfigError(
                f"--metric {metric} does not score {y.kind}", f"say one of {listed(allowed)}"
            )
        return metric, _told(task, y, metric)
    if y.kind == "regression":
        return "mse", ()
    train = np.concatenate([fold.train for fold in task.folds])
    counts = np.bincount(y.values[train].astype(np.int64), minlength=len(y.classes))
    share = counts.min() / counts.sum()
    if share >= RARE / len(y.classes):
        return "accuracy", ()
    rarest = y.classes[int(counts.argmin())]
    compared = int((y.values[task.select] == counts.argmin()).sum())
    if len(y.classes) > 2 and compared < LEAST:
        return "accuracy", (
            f"The rarest class, {show(rarest, 40)}, has {count(compared, 'row')} to compare on, too"
            " few for balanced accuracy, which counts it as much as any other: accuracy (guessed;"
            " --metric balanced_accuracy overrides).",
        )
    return "balanced_accuracy", (
        f"The rarest class, {show(rarest, 40)}, has {share:.1%} of the training rows, less than a"
        f" fifth of an equal share among {len(y.classes)}: balanced accuracy (guessed; --metric"
        " accuracy overrides).",
        *_told(task, y, "balanced_accuracy"),
    )


def _told(task: Task, y: Target, metric: Metric) -> tuple[str, ...]:
    """A note where the rarest class has so few rows that balanced accuracy tells little."""
    if metric != "balanced_accuracy":
        return ()
    scored = replace(task, info=replace(task.info, metric=metric))
    each = unit(scored) / len(task.select)
    if each < MUCH:
        return ()
    counts = np.bincount(y.values[task.select].astype(np.int64), minlength=len(y.classes))
    present = np.flatnonzero(counts)
    rarest = int(present[counts[present].argmin()])
    merge = ", merge classes" if len(y.classes) > 2 else ""
    return (
        f"Of {show(y.classes[rarest], 40)} {count(int(counts[rarest]), 'row')} are compared on,"
        f" each worth {100 * each:.1f} points of balanced accuracy: depths less than about"
        f" {min(100 * APART * each, 100):.0f} points apart can hardly be told from each other."
        f" Bring more such rows{merge}, or say --metric accuracy.",
    )
