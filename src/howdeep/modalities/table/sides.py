"""What stands next to the features: sample weights, groups to keep whole, times to keep in order.

Each is a column of the table, by its name, or one value per row given from Python. None of them is
learnt from, and `predict` asks for none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, TableError
from howdeep.base.words import count, listed, show
from howdeep.data.cells import is_missing, is_number
from howdeep.data.column import Column, Numerals
from howdeep.data.matching import label
from howdeep.modalities.table.features import Values
from howdeep.modalities.table.find import find_column
from howdeep.modalities.table.frames import cells_of
from howdeep.modalities.table.table import Table
from howdeep.modalities.table.when import NotTime, times

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Notes = tuple[str, ...]
Given = str | Sequence[object] | NDArray[np.generic] | None  # a column's name, or N values
LARGEST = 1e100  # size of a weight whose squares still add up; the least is one by this
KNOWN = 5  # groups of both files that are named


@dataclass(frozen=True, eq=False)
class Sides:
    """Columns that are no features: `weights`, `groups` and `time`, or None.

    weights (N,): of all rows, those of a test file last; groups (n,): of the n rows that are not of
    it; time (N,), or (n,) where values were given. `used`: names of the columns that they came
    from; `notes`: what is said.
    """

    weights: Floats | None = None
    groups: Ints | None = None
    time: Floats | None = None
    used: tuple[str, ...] = ()
    notes: Notes = ()


@dataclass(frozen=True, eq=False)
class Side:
    """One of them as it was given: cells (N,), of the table and then of the test file.

    Where values were given instead of a `column`'s name they are the table's alone.
    """

    option: str  # "weights", "groups" or "time"
    table: Table
    test: Table | None
    column: str  # "" where values were given
    cells: Values

    @property
    def main(self) -> int:
        return self.table.rows

    @property
    def it(self) -> str:
        """How a sentence on it begins."""
        if self.column:
            return f"Column {show(self.column, 40)} is no feature: it"
        return f"What was given as {self.option}"

    @property
    def where(self) -> str:
        """The column, before what is wrong with all of it."""
        return f"{self.table.name}, column {show(self.column)}: " if self.column else ""

    @property
    def rows(self) -> int:
        return self.main + (self.test.rows if self.test is not None else 0)

    def wrong(self, row: int, why: str, fix: str) -> TableError:
        """What is wrong with the cell of a row (from 0): file, column, row, rule and fix."""
        file, at = self.table.name, row
        if self.test is not None and row >= self.main:
            file, at = self.test.name, row - self.main
        where = f"column {show(self.column)} (--{self.option})" if self.column else self.option
        return TableError(f"{file}, {where}, row {at + 1:,}: {why}", fix)


def sides(
    table: Table,
    test: Table | None,
    target: str,
    given: Mapping[str, Given],
) -> Sides:
    """The columns or values `given` as "weights", "groups" and "time"; `target`: that column.

    Raises:
        ConfigError: no such column, the target, or one column for two of them; groups or values
            that cannot serve.
        TableError: a cell that is missing, or is no weight or no time.
    """
    found: dict[str, Side] = {}
    for option, value in given.items():
        if value is not None:
            found[option] = _side(option, value, table, test)
            _check_column(found[option], target, found)
    weights, weighed = _weights(found["weights"]) if "weights" in found else (None, ())
    groups, grouped = _groups(found["groups"]) if "groups" in found else (None, ())
    time, timed = _time(found["time"]) if "time" in found else (None, ())
    used = tuple(side.column for side in found.values() if side.column)
    return Sides(weights, groups, time, used, (*weighed, *grouped, *timed))


def _side(option: str, given: Given, table: Table, test: Table | None) -> Side:
    """The cells of a column by its name, or values given."""
    if isinstance(given, str):
        place = find_column(table, given, f"--{option}", ConfigError)
        column = table.columns[place]
        cells = joined(column, test.columns[place] if test is not None else None)
        return Side(option, table, test, column.name, cells.values)
    values = cells_of(option, given)
    if values.shape != (table.rows,):
        raise ConfigError(
            f"{option} has {count(len(values), 'value')}, the table {count(table.rows, 'row')}",
            "give one value per row, or a column's name",
        )
    return Side(option, table, test, "", values)


def _check_column(side: Side, target: str, found: Mapping[str, Side]) -> None:
    if not side.column:
        return
    if side.column == target:
        what = f"--{side.option}: {show(target)} is the column to predict"
        raise ConfigError(what, "name another column, or leave the option out")
    twice = [other.option for other in found.values() if other.column == side.column]
    if len(twice) > 1:
        what = f"--{twice[0]} and --{twice[1]} both name the column {show(side.column)}"
        raise ConfigError(what, "name it once: equal times stay in one part as they are")


# ---- weights ------------------------------------------------------------------------------------
WEIGH = "give finite numbers above 0; leave out rows that are not to count"


def _weights(side: Side) -> tuple[Floats, Notes]:
    values = side.cells
    numbers = values.astype(np.float64) if values.dtype == np.float64 else _numbers(side)
    bad = ~((numbers >= 1 / LARGEST) & (numbers <= LARGEST))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise side.wrong(row, _no_weight(float(numbers[row])), WEIGH)
    notes: Notes = (f"{side.it} says how much each row counts.",)
    beyond = side.rows - len(numbers)  # test rows next to weights that were given
    if beyond:
        notes += ("The test rows weigh alike: the weights given are those of the other rows.",)
        numbers = np.concatenate([numbers, np.full(beyond, numbers.mean())])
    return numbers, notes


def _numbers(side: Side) -> Floats:
    """Cells of text as numbers.

    Raises:
        TableError: the first that is missing or is none.
    """
    parsed: dict[object, float] = {}
    cells = side.cells.tolist()
    for row, cell in enumerate(cells):
        if cell not in parsed:
            text = "" if cell is None else str(cell).strip()
            if not is_number(text):
                why = (
                    _no_weight(np.nan) if is_missing(text) else f"{show(text)} is no finite number"
                )
                raise side.wrong(row, why, WEIGH)
            parsed[cell] = float(text)
    return np.fromiter(map(parsed.__getitem__, cells), np.float64, len(cells))


def _no_weight(number: float) -> str:
    if number != number:
        return "the weight is missing"
    if number <= 0:
        return f"the weight {number:g} is not above 0"
    return f"the weight {number:g} is not between {1 / LARGEST:g} and {LARGEST:g}"


# ---- groups -------------------------------------------------------------------------------------
def _groups(side: Side) -> tuple[Ints, Notes]:
    names = [label(cell).strip() for cell in side.cells.tolist()]
    row = next((row for row, name in enumerate(names) if is_missing(name)), None)
    if row is not None:
        what = f"{show(names[row])} is a missing value" if names[row] else "the group is missing"
        raise side.wrong(row, what, "name every row's group")
    main = names[: side.main]
    place = {name: i for i, name in enumerate(dict.fromkeys(main))}
    if len(place) in (1, len(main)):
        what = "all rows are of one group: they cannot be parted"
        if len(place) > 1:
            what = "every row is a group by itself: nothing is kept together"
        raise ConfigError(
            f"--groups: {side.where}{what}",
            "name a column whose values repeat over rows that belong together, or leave it out",
        )
    notes: Notes = (f"{side.it} names {len(place):,} groups, whose rows stay in one part.",)
    later = names[side.main :]
    known = [name for name in dict.fromkeys(later) if name in place]
    if known:
        rows = sum(name in place for name in later)
        notes += (
            f"In the test file and in the training file: {count(len(known), 'group')} of"
            f" {len(set(later)):,}, with {count(rows, 'test row')} ({listed(known, KNOWN)}): the"
            " test score is partly one of groups that the nets have seen.",
        )
    return np.array([place[name] for name in main], np.int64), notes


# ---- time ---------------------------------------------------------------------------------------
def _time(side: Side) -> tuple[Floats, Notes]:
    try:
        found = times(side.cells)
    except NotTime as error:
        raise side.wrong(error.row, error.why, error.fix) from None
    main = slice(side.main)
    when = found.ranks[main]
    if (when == when[0]).all():
        raise ConfigError(
            f"--time: {side.where}all times are equal, so that no row is later than another",
            "name a column that orders the rows, or leave it out",
        )
    notes: Notes = (
        f"{side.it} puts the rows in order ({found.span(main)}): the later ones are compared and"
        " tested.",
    )
    if found.decided:
        notes += (
            f"Its dates were read {found.order} first, as {show(found.decided, 40)} can be read in"
            " no other way.",
        )
    early = int((found.ranks[side.main :] < when.max()).sum())
    if early:
        notes += (
            f"Earlier than the last of the training file: {early:,} of"
            f" {count(len(found.ranks) - side.main, 'test row')}"
            f" ({found.span(slice(side.main, None))}): the test score is not one of later rows"
            " only.",
        )
    return found.ranks, notes


def joined(column: Column, test: Column | None) -> Column:
    """The cells of a column (N,), those of the same column of a test file last.

    Raises:
        TableError: one is of numbers, the other of text.
    """
    if test is None:
        return column
    if column.numeric != test.numeric:
        raise TableError(
            f"column {show(column.name)} holds numbers in one table and text in the other",
            "give both tables the same column types",
        )
    one, other = column.kept, test.kept
    if isinstance(one, Numerals) and isinstance(other, Numerals):
        numbers = np.concatenate([one.numbers, other.numbers])
        both = replace(one, numbers=numbers, parts=(*one.parts, *other.parts))
        return replace(column, kept=replace(both, whole=one.whole and other.whole))
    return replace(column, kept=np.concatenate([column.values, test.values]))
