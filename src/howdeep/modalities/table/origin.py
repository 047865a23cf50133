"""How the rows of a table belong together, and what is said of it."""

from __future__ import annotations

from howdeep.base.errors import TableError
from howdeep.base.limits import MIN_ROWS
from howdeep.base.words import count
from howdeep.data.distinct import different
from howdeep.data.origin import Origin
from howdeep.data.units import Ints, group_units, pair_units
from howdeep.modalities.table.sides import Sides
from howdeep.modalities.table.table import Table


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
    distinct = different(copies[:main])
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
    return notes
