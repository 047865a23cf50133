"""A task's row counts and its fingerprint, both taken from its arrays."""

from __future__ import annotations

import dataclasses
import hashlib

from howdeep.base import keys
from howdeep.data.task import Task, to_arrays


def counted(task: Task) -> Task:
    """The task with the row counts of its info taken from its splits."""
    n, fold = len(task.target), task.folds[0]
    rows: tuple[tuple[str, int], ...]
    if task.info.scheme == "folds":
        rows = (("all", n), ("folds", len(task.select)), ("test", len(task.test)))
    else:
        view = fold.views[0]
        parts = {"train": fold.train, "val": view.choose, "select": view.score, "test": task.test}
        rows = (("all", n), *((name, len(part)) for name, part in parts.items()))
    info = dataclasses.replace(
        task.info, rows=rows, select_rows=len(task.select), test_rows=len(task.test)
    )
    return dataclasses.replace(task, info=info)


def stamped(task: Task) -> Task:
    """The task with the fingerprint of its content: arrays, splits and meaning, never its path."""
    arrays, _ = to_arrays(task)
    info = task.info
    content = {
        "arrays": {
            name: (str(a.dtype), a.shape, hashlib.sha256(a.tobytes()).hexdigest())
            for name, a in arrays.items()
        },
        "names": (task.number_names, task.code_names, task.levels),
        "meaning": (info.kind, info.metric, info.scheme, info.classes, info.target, info.features),
        "encoding": task.encoding,
    }
    info = dataclasses.replace(info, fingerprint=keys.digest(content))
    return dataclasses.replace(task, info=info)
