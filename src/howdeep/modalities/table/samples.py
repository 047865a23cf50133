"""What a task of a table holds: its numbers and its category codes, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from howdeep.data.notation import Notation
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


class Written(NamedTuple):
    """`Task.reading` of a table: how its numbers were written (`data.notation`).

    The signs of all columns, and of those with other signs around or between their digits name,
    thousands, currency, unit, and "yes" if brackets are a minus.
    """

    decimal: str
    thousands: str
    columns: tuple[tuple[str, str, str, str, str], ...]

    @staticmethod
    def of(notation: Notation, notations: Mapping[str, Notation]) -> Written:
        """Of a table."""
        own = (
            (name, how.thousands, how.currency, how.unit, "yes" * how.brackets)
            for name, how in notations.items()
        )
        return Written(notation.decimal, notation.thousands, tuple(own))

    def notation(self, name: str) -> Notation:
        """By which a column of numbers is read."""
        for own, thousands, currency, unit, brackets in self.columns:
            if own == name:
                return Notation(self.decimal, thousands, currency, unit, bool(brackets))
        return Notation(self.decimal, self.thousands)


def written_of(task: Task) -> Written | None:
    """How its numbers were written; None of studies before howdeep 0.5."""
    return Written(*task.reading) if task.reading else None


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
