"""Groups of a study's rows: by a column of categories, or of few different numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError
from howdeep.base.words import listed, nearest, show
from howdeep.data.task import Task
from howdeep.instruments._subject import Rows, Subject

USUAL = 8  # values of a column that is looked at unless columns are named
MOST = 60  # values of a column that is named
MISSING = "(missing)"


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it was read. `values[i]` is what `levels[i]` is in `samples[where]`, of which it
    is column `at`; `named`: the user named it.
    """

    name: str
    where: str
    at: int
    levels: tuple[str, ...]
    values: NDArray[np.float64] | NDArray[np.int64]
    named: bool

    def of(self, task: Task, rows: Rows) -> NDArray[np.int64]:
        """Of each row the number of its level (N,); -1 where it is missing or has none."""
        cells = task.samples[self.where][:, self.at]
        cells = cells if rows.index is None else cells[rows.index]
        found = np.full(len(cells), -1, dtype=np.int64)
        for i, value in enumerate(self.values):
            found[cells == value] = i
        return found


def columns(task: Task, wanted: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns that make groups: those wanted, else those of 2 to 8 categories.

    Raises:
        ConfigError: a wanted column is not there, or has one value, or too many to be groups.
    """
    known = _known(task)
    if not wanted:
        usual = (one for one in known.values() if one.where == "codes")
        return tuple(one for one in usual if 2 <= len(one.levels) <= USUAL)
    found = []
    for name in wanted:
        if name not in known:
            near = listed(nearest(name, sorted(known)))
            raise ConfigError(f"--groups-by: there is no column {show(name)}", f"say one of {near}")
        count = len(known[name].levels)
        if not 2 <= count <= MOST:
            what = f"--groups-by: {show(name)} has {count:,} values"
            raise ConfigError(what, f"name a column of 2 to {MOST} values")
        one = known[name]
        found.append(Column(one.name, one.where, one.at, one.levels, one.values, named=True))
    return tuple(found)


def why_none(subject: Subject) -> str:
    """ "", or why its rows have no groups."""
    if subject.task is None or not subject.task.names:
        return "its rows have no columns with names"
    return "" if set(subject.task.samples) == {"numbers", "codes"} else "its rows are no table"


def _known(task: Task) -> dict[str, Column]:
    numbers, codes, levels, *_ = task.names
    found: dict[str, Column] = {}
    for at, name in enumerate(numbers):
        cells = task.samples["numbers"][:, at]
        values = np.unique(cells[np.isfinite(cells)])
        texts = tuple(f"{v:g}" for v in values[: MOST + 1])
        found[name] = Column(name, "numbers", at, texts if len(values) <= MOST else (
            *texts, *("",) * (len(values) - len(texts))), values, named=False)  # fmt: skip
    for at, name in enumerate(codes):
        own = np.unique(task.samples["codes"][:, at])
        own = own[(own >= 0) & (own < len(levels[at]))]
        found[name] = Column(name, "codes", at, tuple(levels[at][v] for v in own), own, named=False)
    return found
