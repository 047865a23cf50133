"""Which metric nets are scored by, and what its rarest class lets it tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from howdeep import metrics
from howdeep.base.errors import ConfigError, TargetError
from howdeep.base.words import listed, show
from howdeep.data.scoring import unit
from howdeep.data.target import Target
from howdeep.data.task import Task
from howdeep.metrics import Counts

LEAST = 3  # rows of a class, below which none can be trained, chosen and compared on each time


def choose_metric(task: Task, y: Target, metric: str | None) -> tuple[str, tuple[str, ...]]:
    """The metric asked for, or else the first that suggests itself, or the default; with notes.

    Raises:
        ConfigError: a metric that does not score this kind of target.
        TargetError: one that counts classes alike, of which one has next to no rows.
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


def _check_rare(task: Task, y: Target, metric: str) -> None:
    """Refuse classes of which no row can be there to train, to choose and to compare on."""
    if metrics.metric(metric).weigh is None:
        return
    here = np.unique(np.concatenate([task.select, *(fold.train for fold in task.folds)]))
    sizes = np.bincount(y.values[here].astype(np.int64), minlength=len(y.classes))
    rare = [y.classes[j] for j in np.flatnonzero(sizes < LEAST)]
    if rare:
        merge = ", or --merge-rare to merge rare classes" if len(y.classes) > 2 else ""
        raise TargetError(
            f"target {show(y.name)}: {listed(rare, 4)} {'has' if len(rare) == 1 else 'have'} fewer"
            f" than {LEAST} rows to train and compare on (the fewest: {int(sizes.min())}), and"
            f" {metrics.metric(metric).printed} counts them as much as any other class",
            f"give more such rows, or say --metric accuracy{merge}",
        )


def _warned(task: Task, y: Target, metric: str) -> tuple[str, ...]:
    """A note where one row counts so much that the metric tells little."""
    _check_rare(task, y, metric)
    warn = metrics.metric(metric).warn
    if warn is None:
        return ()
    scored = replace(task, info=replace(task.info, metric=metric))
    note = warn(_counts(task, y), unit(scored) / len(task.select))
    return (note,) if note else ()
