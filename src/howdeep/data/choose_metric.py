"""Which metric nets are scored by, and what its rarest class lets it tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.base.words import listed
from howdeep.data.scoring import unit
from howdeep.data.target import Target
from howdeep.data.task import Task
from howdeep.metrics import Counts


def choose_metric(task: Task, y: Target, metric: str | None) -> tuple[str, tuple[str, ...]]:
    """The metric asked for, or else the first that suggests itself, or the default; with notes.

    Raises:
        ConfigError: a metric that does not score this kind of target.
    """
    allowed = metrics.of_kind(y.kind)
    if metric is not None:
        if metric not in allowed:
            raise ConfigError(
                f"--metric {metric} does not score {y.kind}", f"say one of {listed(allowed)}"
            )
        return metric, _warned(task, y, metric)
    for name in allowed if y.classes else ():
        asks = metrics.metric(name).suggest
        found = asks(_counts(task, y)) if asks else None
        if found is not None and found.take:
            return name, (found.note, *_warned(task, y, name))
        if found is not None:
            return allowed[0], (found.note,)
    return allowed[0], ()


def _counts(task: Task, y: Target) -> Counts:
    train = np.concatenate([fold.train for fold in task.folds])
    trained, compared = (
        np.bincount(y.values[rows].astype(np.int64), minlength=len(y.classes)).tolist()
        for rows in (train, task.select)
    )
    return Counts(y.classes, tuple(trained), tuple(compared))


def _warned(task: Task, y: Target, metric: str) -> tuple[str, ...]:
    """A note where one row counts so much that the metric tells little."""
    warn = metrics.metric(metric).warn
    if warn is None:
        return ()
    scored = replace(task, info=replace(task.info, metric=metric))
    note = warn(_counts(task, y), unit(scored) / len(task.select))
    return (note,) if note else ()
