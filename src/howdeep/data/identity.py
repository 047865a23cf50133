"""A task's row counts, spread and fingerprint: what its info takes from its arrays."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np

from howdeep.base import keys
from howdeep.data import scoring
from howdeep.data.distinct import different
from howdeep.data.task import GROUPS, RowIndex, Task, to_arrays
from howdeep.data.units import alike


def counted(task: Task, units: RowIndex | None = None) -> Task:
    """The task with the row counts of its info, and its target's spread, taken from its splits.

    `units` (N,): equal numbers where rows are alike; worked out where they are not given.
    """
    parts = _parts(task)
    rows = tuple((name, len(part)) for name, part in parts.items())
    info = dataclasses.replace(
        task.info,
        rows=rows,
        distinct=_distinct(task, parts, units),
        select_rows=len(task.select),
        test_rows=len(task.test),
        spread=_spread(task),
        class_rows=_class_rows(task),
    )
    return dataclasses.replace(task, info=info)


def _parts(task: Task) -> dict[str, RowIndex]:
    every, fold = np.arange(len(task.target)), task.folds[0]
    if task.info.scheme == "folds":
        return {"all": every, "folds": task.select, "test": task.test}
    view = fold.views[0]
    held = {"val": view.choose, "select": view.score, "test": task.test}
    return {"all": every, "train": fold.train} | held


def _distinct(
    task: Task, parts: dict[str, RowIndex], units: RowIndex | None
) -> tuple[tuple[str, int], ...]:
    n = len(task.target)
    if units is None:
        known = dict(task.info.distinct).get("all") == n  # no rows alike: nothing to work out
        units = parts["all"] if known else alike(task.samples)
    return tuple((name, different(units[part])) for name, part in parts.items())


def _class_rows(task: Task) -> tuple[int, ...]:
    if not task.info.classes:
        return ()
    rows = np.bincount(task.target.astype(np.int64), minlength=len(task.info.classes))
    return tuple(rows.tolist())


def _spread(task: Task) -> float:
    """Standard deviation of a regression target over all rows that some net trains on."""
    if task.info.kind == "classification":
        return 0.0
    rows = np.unique(np.concatenate([fold.train for fold in task.folds]))
    return float(task.target[rows].astype(np.float64).std())


def _yards(task: Task) -> tuple[tuple[str, float], ...]:
    """What errors of each part are measured by, in the target's unit (squared for mse)."""
    name = scoring.metric_of(task).yard
    if name is None:
        return ()
    parts = {"select": task.select, "test": task.test}
    return tuple((part, getattr(scoring.yard(task, rows), name)) for part, rows in parts.items())


def stamped(task: Task) -> Task:
    """The task with the fingerprint of its content, and the yards of its parts.

    Arrays, splits and meaning are its content, never its path.
    """
    arrays, _ = to_arrays(task)
    info = dataclasses.replace(task.info, yards=_yards(task), weighted=task.weights is not None)
    content = {
        "arrays": {
            name: (str(a.dtype), a.shape, hashlib.sha256(np.ascontiguousarray(a).data).hexdigest())
            for name, a in arrays.items()
            if name != GROUPS  # the splits follow from them
        },
        "names": task.names,
        "meaning": (info.kind, info.metric, info.scheme, info.classes, info.target, info.features),
        "encoding": task.encodings if task.others else task.encoding,
    }
    info = dataclasses.replace(info, fingerprint=keys.digest(content))
    return dataclasses.replace(task, info=info)
