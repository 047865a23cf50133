"""How rows belong together: which are alike, of one group, or at one time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import TableError
from howdeep.base.limits import MIN_ROWS
from howdeep.data.cells import count
from howdeep.data.sides import Sides
from howdeep.data.table import Table
from howdeep.data.units import Ints, group_units, pair_units


@dataclass(frozen=True, eq=False)
class Origin:
    """How rows belong together, and what the user has said of it.

    `alike` (N,): equal numbers where rows, or images, are; `units` (n,): those of the n rows that
    are not of a test file, with groups joined. `copies` (N,): rows alike and, in the order of time,
    at the same time (n where that of test rows is not known); `tied`: they stay in one part.
    """

    alike: Ints
    units: Ints
    grouped: bool = False
    time: NDArray[np.float64] | None = None
    test_given: bool = False
    merged: bool = False  # rare classes
    copies: Ints | None = None
    tied: bool = True

    @property
    def main(self) -> int:
        return len(self.units)

    @property
    def timed(self) -> bool:
        return self.time is not None


def origin_of(alike: Ints, extra: Sides, main: int, test_given: bool, merged: bool) -> Origin:
    """The origin of a table's rows, of which `main` are not of the test file.

    In the order of time a row like an earlier one is another row, as what comes later will be.
    """
    time = extra.time
    copies = alike if time is None else pair_units(alike[: len(time)], time)
    units, tied = copies[:main], True
    if extra.groups is not None:
        units, tied = group_units(extra.groups, units)
    return Origin(
        alike=alike,
        units=units,
        grouped=extra.groups is not None,
        time=None if time is None else time[:main],
        test_given=test_given,
        merged=merged,
        copies=copies,
        tied=tied,
    )


def duplicate_notes(table: Table, origin: Origin) -> tuple[str, ...]:
    """What is to be said of rows that are alike.

    Raises:
        TableError: too few different rows.
    """
    main, copies = table.rows, origin.alike if origin.copies is None else origin.copies
    distinct = len(np.unique(copies[:main]))
    if distinct < MIN_ROWS:
        raise TableError(
            f"{table.name} has {distinct} different rows among {main:,} (without the target);"
            f" at least {MIN_ROWS} are needed",
            "add columns that tell the rows apart",
        )
    notes: tuple[str, ...] = ()
    if distinct < main:
        which = "Cells and time" if origin.timed else "Cells"
        kept = "rows alike were kept in one part"
        if not origin.tied:
            kept = "groups were kept whole, and not rows alike, which would tie them together"
        notes += (f"{which} as in an earlier row: {count(main - distinct, 'row')}; {kept}.",)
    again = int(np.isin(copies[main:], copies[:main]).sum())
    if again:
        notes += (f"In the test file and in the training file: {count(again, 'row')}.",)
    return notes
