"""Tables with one column between two of numbers, and new rows for their tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.samples import dates_of, names_of, numbers_of
from howdeep.modalities.table.serve import Reading, reading, samples

N = 96
RNG = np.random.default_rng(0)
A = RNG.normal(size=N)
Y = A + RNG.normal(size=N)


def made(values: Any, **options: Any) -> Task:
    """The task of a table with this column between two of numbers."""
    return make_task(to_table({"a": A, "when": values, "y": Y}), "y", **options)


def notes(task: Task) -> str:
    return "\n".join(task.info.notes)


def of_file(path: Path, write: Callable[[Path], Any], **options: Any) -> Task:
    write(path)
    return make_task(read_table(path), "y", **options)


def parts(task: Task) -> dict[str, Any]:
    """The columns of numbers by name."""
    return dict(zip(names_of(task).numbers, numbers_of(task).T, strict=True))


def new(task: Task, data: Any) -> dict[str, Any]:
    """The columns of numbers of new rows, read as the stored task says."""
    stored = from_arrays(*to_arrays(task))
    assert dates_of(stored) == dates_of(task)
    how = reading(stored, {})
    assert isinstance(how, Reading)
    found, _ = samples(to_table(data), stored, how)
    return dict(zip(names_of(task).numbers, found["numbers"].T, strict=True))
