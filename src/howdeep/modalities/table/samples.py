"""What a task of a table holds: its numbers and its category codes, and what they are called."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from howdeep.data.task import Task
from howdeep.modalities.table.dates import DateColumn

NUMBERS, CODES = "numbers", "codes"  # of `Task.samples`
OWN = "table"  # the encoding of a table, where its columns are of many kinds (`encode`)


class Names(NamedTuple):
    """`Task.names` of a table: of the p columns of numbers, of the q columns of categories, and the
    levels of each of these, all that were seen, in the order of their codes. Where numbers were
    made of dates, the fields of a `DateColumn` for each column of these."""

    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    dates: tuple[tuple[Any, ...], ...] = ()


def numbers_of(task: Task) -> NDArray[np.float64]:
    """Numbers (N, p), NaN where missing."""
    return task.samples[NUMBERS]


def codes_of(task: Task) -> NDArray[np.int64]:
    """Category codes (N, q), -1 where missing or unseen."""
    return task.samples[CODES]


def names_of(task: Task) -> Names:
    """What the columns are called."""
    return Names(*task.names)


def dates_of(task: Task) -> tuple[DateColumn, ...]:
    """The columns of dates that some of its numbers were made of."""
    return tuple(DateColumn(*fields) for fields in names_of(task).dates)
