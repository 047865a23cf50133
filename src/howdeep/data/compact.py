"""A task with fewer folds, or without the rows that no split uses, as a study stores it."""

from __future__ import annotations

import dataclasses

import numpy as np

from howdeep.data.identity import counted, stamped
from howdeep.data.task import Fold, RowIndex, Task, View


def compact(task: Task) -> Task:
    """The task with unused rows dropped and the others renumbered in their order.

    Its row counts still say how many rows there were; its fingerprint follows. Where every row is
    used the task is returned as it is.
    """
    used = used_rows(task)
    if len(used) == len(task.target):
        return task
    folds = tuple(
        Fold(
            _at(used, fold.train),
            tuple(View(_at(used, v.choose), _at(used, v.score)) for v in fold.views),
            _at(used, fold.tune_train),
            _at(used, fold.tune_val),
        )
        for fold in task.folds
    )
    return stamped(
        dataclasses.replace(
            task,
            samples={name: array[used] for name, array in task.samples.items()},
            target=task.target[used],
            weights=None if task.weights is None else task.weights[used],
            folds=folds,
            test=_at(used, task.test),
        )
    )


def first_folds(task: Task, count: int) -> Task:
    """The task compared on the held-out rows of its first `count` folds only.

    Row counts and fingerprint follow; every row is still trained on, or tested.
    """
    if count >= len(task.folds):
        return task
    fewer = dataclasses.replace(task, folds=task.folds[:count], encoders={})  # aligned over all
    return stamped(counted(fewer))


def used_rows(task: Task) -> RowIndex:
    """The rows that some split uses, in order."""
    parts = [task.test]
    for fold in task.folds:
        parts += [fold.train, fold.tune_train, fold.tune_val]
        parts += [rows for view in fold.views for rows in (view.choose, view.score)]
    used = np.zeros(len(task.target), bool)
    for part in parts:
        used[part] = True
    return np.flatnonzero(used).astype(np.int64)


def _at(used: RowIndex, rows: RowIndex) -> RowIndex:
    """Where `rows` stand among `used`."""
    return np.searchsorted(used, rows).astype(np.int64)
