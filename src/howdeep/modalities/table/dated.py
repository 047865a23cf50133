"""Columns of dates, times of day and durations: found among columns of text, and made numbers.

What they are is decided on the table's own rows; rows of a test file only follow. `dates` says what
each cell is, for training and after.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

import numpy as np

from howdeep.base.errors import ConfigError, TableError, TargetError
from howdeep.base.words import count, show
from howdeep.data.cells import is_number
from howdeep.data.column import Coded, Column, Kept, Numerals, coded, floats
from howdeep.modalities.table.datechecks import are_names, check_clocks, check_zones, named_zone
from howdeep.modalities.table.dateforms import FIRST, PERIODS, UNSURE, doubt, form_of, period
from howdeep.modalities.table.dates import (
    DAY,
    READ,
    SECOND,
    WRITE,
    YEAR_LAST,
    DateColumn,
    DateKind,
    DateOrder,
    Instants,
    cell_text,
    date_orders,
    date_parts,
    instants,
)
from howdeep.modalities.table.features import Feature, Remarks

MOSTLY = (
    0.5  # of the distinct cells are dates: then the column is one of dates, and another an error
)
MIDNIGHT = "T00:00:00.000000"
MANY = 20  # different cells, above which a few odd ones among times are errors
LOOKED_AT = 200  # rows, to see whether a column may be one of dates
CIRCLES = {"date": ("year", "week", "day"), "time": ("day",), "duration": ()}
WHAT = {"date": "dates", "time": "times of day", "duration": "durations"}
PERIOD = {"months": "months", "quarters": "quarters", "weeks": "weeks", "short months": "months"}
PERIOD |= dict.fromkeys(("short", *FIRST), "dates")
FIRST_DAYS = frozenset(form for form, what in PERIOD.items() if what != "dates")  # no weekdays
AS_DATES = (
    "Dates are numbers: days since the earliest, and the circles of year, week and day that vary"
)
AS_TIMES = "Times of day are numbers: seconds since midnight, and the day's circle"


@dataclass(frozen=True)
class Judged:
    """What the cells of a column are; `decided`: the cell that says what stands first."""

    kind: DateKind
    order: DateOrder = ""
    decided: str = ""


@dataclass(frozen=True, eq=False)
class Rows:
    """Cells (N,) of a column of text: `main` of the table, then those of its test file."""

    name: str
    text: Coded
    main: int

    def cell(self, row: int) -> str:
        """The cell of a row (from 0)."""
        return self.text.levels[self.text.codes[row]]

    def present(self) -> set[str]:
        """The different cells of the table that are not missing."""
        return {cell_text(cell) for cell in self.text.first(self.main)} - {""}

    def row_of(self, texts: Container[str]) -> int:
        """The first row whose cell is among some texts."""
        return int(self.text.rows_of(c for c in self.text.levels if cell_text(c) in texts)[0])

    def read(self, kind: DateKind, order: DateOrder) -> Instants:
        """What the cells say."""
        found, codes = instants(self.text.levels, kind, order), self.text.codes
        return Instants(found.at[codes], found.gone[codes], found.odd[codes], found.zoned[codes])

    def place(self, row: int) -> str:
        """Where a row (from 0) stands."""
        if row < self.main:
            return f"row {row + 1:,}"
        return f"row {row - self.main + 1:,} of the test file"


def dated(
    name: str, values: Kept, main: int, choice: str | None, taken: Iterable[str], remarks: Remarks
) -> list[Feature] | None:
    """The features made of a column of dates, or None where it is no such column.

    None at all are made where it says nothing. `choice`: what --types says of it; `taken`: names
    that the columns made may not have.

    Raises:
        TableError: a cell that is no date among dates, dates with a time zone and without.
        ConfigError: `choice` says what cannot be.
    """
    if choice in ("drop", "category"):
        return None
    numbers = values.numbers if isinstance(values, Numerals) else floats(values)
    if numbers is not None:  # a number is no date, neither in a frame nor in a file
        read, some = None, not np.isnan(numbers[:main]).all()
    else:
        rows = Rows(name, coded(values), main)
        read = _read(rows, choice, remarks)
        some = read is None and choice == "date" and bool(rows.present())
    if read is None:
        if choice == "date" and some:
            raise ConfigError(
                f"--types: column {show(name)} holds no dates",
                "write them year first, as 2019-03-31, or leave it out of --types",
            )
        return None
    judged, found = read
    _check_choice(name, judged, choice)
    _check(rows, found, judged, choice, remarks)
    column = _column(rows, judged, found, taken)
    if column is None:
        gone = (found.gone | found.odd)[:main].all()
        remarks.of(f"Left out, as all cells are {'missing' if gone else 'equal'}", name)
        return []
    _remark(rows, column, judged, found, remarks)
    there = np.flatnonzero(~(found.gone | found.odd)[:main])
    made = [
        (pair, numbers)
        for pair, numbers in zip(column.columns, date_parts(column, found), strict=True)
        if pair[1] == "number" or (numbers[there] != numbers[there[0]]).any()
    ]
    column = replace(column, columns=tuple(pair for pair, _ in made))
    return [Feature(own, "number", numbers=n, made_of=column) for (own, _), n in made]


def check_dates(column: Column) -> None:
    """Is the target no column of dates, times of day or durations?

    Raises:
        TargetError: it is; they are neither classes nor numbers.
    """
    if column.numeric or isinstance(column.kept, Numerals):
        return
    present = {cell_text(cell) for cell in column.coded.levels} - {""}
    if len(present) < 2 or are_names(present) or any(map(is_number, islice(present, 20))):
        return
    form, odd = form_of(present)
    found = next((k for k, read in READ.items() if all(read(cell, "") for cell in present)), None)
    last = all(map(YEAR_LAST.fullmatch, present)) and date_orders(present)
    if found or last or (form and not odd):
        what, shown = WHAT[found or "date"], min(present).removesuffix(MIDNIGHT)
        raise TargetError(
            f"target {show(column.name)} holds {what} ({show(shown, 40)}), which are neither"
            " classes nor numbers",
            "give the days, hours or seconds since a start as a column of numbers, or say --kind"
            " classification",
        )


# ---- what the cells are -------------------------------------------------------------------------
def _read(rows: Rows, choice: str | None, remarks: Remarks) -> tuple[Judged, Instants] | None:
    """What the cells are, and what they say; None where they are no dates."""
    if choice is None and not _may_be(rows):
        return None
    found = rows.read("date", "")
    if not found.odd.any() and not found.gone[: rows.main].all():
        return Judged("date"), found
    judged = _judged(rows, choice, remarks)
    if judged is None:
        return None
    return judged, rows.read(judged.kind, judged.order)


def _judged(rows: Rows, choice: str | None, remarks: Remarks) -> Judged | None:
    present = rows.present()
    if not present:
        return None
    kind, odd = _times_or_durations(present)
    if kind and odd and choice is None and (len(present) <= MANY or 10 * len(odd) > len(present)):
        _say_mixed(rows, WHAT[kind], odd, "date" if kind == "time" else "number", remarks)
        return None
    if kind:
        return Judged(kind)
    cells = sorted(present)
    form, others = form_of(cells)
    if form:
        return _period(rows, form, cells, others, choice, remarks)
    found = instants(cells, "date", "")
    first = {cell for cell, odd in zip(cells, found.odd.tolist(), strict=True) if not odd}
    last = {cell for cell in present - first if YEAR_LAST.fullmatch(cell)}
    orders = date_orders(last)
    if last and len(orders) != 1:
        if len(first) + len(last) > MOSTLY * len(present):
            _refuse_or_say(rows, last, orders, choice, remarks)
        return None
    order, decided = orders[0] if last else ("", "")
    dates = len(first) + len(last)
    if not dates or (choice is None and dates <= MOSTLY * len(present)):
        check_zones(rows.name, cells)
        check_clocks(rows.name, cells)
        return None
    return Judged("date", order, decided)


def _period(
    rows: Rows, form: str, cells: list[str], odd: list[str], choice: str | None, remarks: Remarks
) -> Judged | None:
    """Months, quarters or weeks, where nothing else can be meant."""
    name, order = show(rows.name, 40), cast("DateOrder", form)
    if odd and choice is None:
        _say_mixed(rows, PERIOD[form], set(odd), "date", remarks)
        return None
    why = doubt((cell for cell in cells if cell not in odd), form)
    fix, unsure = "write them as 2019-03-31", why.startswith(UNSURE)
    if unsure and choice is not None:
        raise TableError(f"column {name}: its dates {why} ({show(cells[0], 20)})", fix)
    if why and choice is None:
        what = f"Column {name} was not read as dates: its cells {why} ({show(cells[0], 20)});"
        remarks.say(f"{what}{'' if unsure else ' --types NAME=date reads them, or'} {fix}.")
        return None
    return Judged("date", order)


def _times_or_durations(present: set[str]) -> tuple[DateKind | None, set[str]]:
    """Which of the two more than half of the cells are, and those that are not."""
    kinds: tuple[DateKind, ...] = ("time", "duration")
    for kind in kinds:
        odd = {cell for cell in present if READ[kind](cell, "") is None}
        if len(odd) < (1 - MOSTLY) * len(present):
            return kind, odd
    return None, set()


def _say_mixed(rows: Rows, what: str, odd: set[str], choice: str, remarks: Remarks) -> None:
    """They may be words of their own, as 1 day, 2 days and unknown are."""
    row = rows.row_of(odd)
    remarks.say(
        f"Column {show(rows.name, 40)} mixes {what} and text (the first:"
        f" {show(rows.cell(row), 40)} in {rows.place(row)}) and was taken as a category"
        f" (--types NAME={choice} takes its text as missing)."
    )


def _may_be(rows: Rows) -> bool:
    """Is any of some cells a date? Most columns are none, and so need not be read as a whole."""
    codes = rows.text.codes[: rows.main : max(rows.main // LOOKED_AT, 1)]
    present = {cell_text(rows.text.levels[code]) for code in set(codes.tolist())} - {""}
    return not present or any(
        YEAR_LAST.fullmatch(cell)
        or named_zone(cell)
        or any(read(cell, "") for read in READ.values())
        or any(period(cell, form) for form in PERIODS)
        for cell in present
    )


def _refuse_or_say(
    rows: Rows,
    last: set[str],
    orders: list[tuple[DateOrder, str]],
    choice: str | None,
    remarks: Remarks,
) -> None:
    """Dates of which nothing says which number is the month are not guessed."""
    row = rows.row_of(last)
    cell = cell_text(rows.cell(row))
    both = f"{show(cell, 40)} in {rows.place(row)}"
    why = f"may be read day first or month first ({both})"
    if not orders:
        why = f"are written day first and month first, or are on no calendar (as {both})"
    fix = "write them year first, as 2019-03-31"
    if choice is not None:
        raise TableError(f"column {show(rows.name)}: its dates {why}", fix)
    remarks.say(f"Column {show(rows.name, 40)} was not read as dates: they {why}; {fix}.")


def _check_choice(name: str, judged: Judged, choice: str | None) -> None:
    fits = (None, "number") if judged.kind == "duration" else (None, "date")
    if choice not in fits:
        raise ConfigError(
            f"--types: column {show(name)} holds {WHAT[judged.kind]}, and cannot be {show(choice)}",
            f"say {name}={fits[1]}, or leave it out of --types",
        )


def _check(
    rows: Rows, found: Instants, judged: Judged, choice: str | None, remarks: Remarks
) -> None:
    """Every cell is a date or missing, and all have a time zone or none."""
    odd = np.flatnonzero(found.odd)
    if len(odd):
        first = next((row for row in odd.tolist() if row >= rows.main), int(odd[0]))
        cell = f"{show(rows.cell(first), 40)}"
        if choice is None or first >= rows.main:
            raise TableError(
                f"column {show(rows.name)} holds {WHAT[judged.kind]}, but {rows.place(first)} is"
                f" {cell}",
                f"correct the cell or empty it ({WRITE[judged.kind]}), or say --types with"
                " NAME=category",
            )
        remarks.say(
            f"Text in column {show(rows.name, 40)} was taken as missing (the first: {cell} in"
            f" {rows.place(first)})."
        )
    there = np.flatnonzero(~found.gone & ~found.odd)
    zoned = found.zoned[there]
    if zoned.any() and not zoned.all():
        one, other = int(there[zoned.argmax()]), int(there[zoned.argmin()])
        raise TableError(
            f"column {show(rows.name)} holds dates with a time zone"
            f" ({show(rows.cell(one), 40)} in {rows.place(one)}) and without one"
            f" ({show(rows.cell(other), 40)} in {rows.place(other)})",
            "write all of them with their time zone, as 2019-03-31T14:05Z, or none",
        )


# ---- what is made of them -----------------------------------------------------------------------
def _column(rows: Rows, judged: Judged, found: Instants, taken: Iterable[str]) -> DateColumn | None:
    """The column with all parts that it may have; None where it does not vary in the table."""
    name, main = rows.name, rows.main
    there = ~(found.gone | found.odd)[:main]
    at = found.at[:main][there]
    if not len(at) or (there.all() and (at == at[0]).all()):
        return None
    zoned, start, unit = bool(found.zoned[:main].any()), 0, SECOND
    if judged.kind == "date":
        start, unit = int(at.min()) // DAY * DAY, DAY
    elif judged.kind == "duration" and not (at % DAY).any():
        unit = DAY
    circles = ("year",) if judged.order in FIRST_DAYS else CIRCLES[judged.kind]
    parts = [f"{circle}, {wave}" for circle in circles for wave in ("sin", "cos")]
    every = tuple(_named(name, ("number", *parts), unit, judged.kind, set(taken)))
    return DateColumn(name, judged.kind, judged.order, zoned, start, unit, every)


def _named(
    name: str, parts: Iterable[str], unit: int, kind: DateKind, taken: set[str]
) -> Iterator[tuple[str, str]]:
    """A name of its own for each part; a duration keeps the column's."""
    size = "days" if unit == DAY else "seconds"
    for part in parts:
        made = f"{name} ({size if part == 'number' else part})"
        while made in taken:
            made += "'"
        yield (name if kind == "duration" else made, part)


def _remark(
    rows: Rows, column: DateColumn, judged: Judged, found: Instants, remarks: Remarks
) -> None:
    name, main = column.name, rows.main
    if judged.kind == "duration":
        size = "days" if column.unit == DAY else "seconds"
        remarks.of(f"Durations are numbers of {size}", name)
    else:
        remarks.of(AS_DATES if judged.kind == "date" else AS_TIMES, name)
        if judged.order in FIRST_DAYS:
            remarks.of(f"{PERIOD[judged.order].capitalize()} stand for their first day", name)
        if judged.order.startswith("short"):
            remarks.of("Years of two digits were read as 1950 to 2049", name)
    if column.zoned:
        remarks.of("Dates with a time zone were taken in UTC", name)
    if judged.decided:
        row = rows.row_of({judged.decided})
        remarks.say(
            f"The dates of column {show(name, 40)} were read {judged.order} first, as"
            f" {show(judged.decided, 40)} in {rows.place(row)} can be read in no other way."
        )
    gone = int(found.gone[:main].sum())
    if gone:
        missing = count(gone, "missing cell")
        remarks.say(f"Column {show(name, 40)} has {missing} of {main:,}.")


def source_kinds(features: Iterable[Feature]) -> tuple[tuple[str, str], ...]:
    """Each column once, by the name that it has in the table, with what it is."""
    return tuple(dict.fromkeys((feature.column, _kind(feature)) for feature in features))


def _kind(feature: Feature) -> str:
    of = feature.made_of
    return "date" if of is not None and of.kind != "duration" else feature.kind


def leading(features: Iterable[Feature]) -> list[Feature]:
    """The first feature of each column, which tells rows apart as well as all of them do."""
    return [f for f in features if f.made_of is None or f.made_of.columns[0][0] == f.name]


def made_of(features: Iterable[Feature]) -> tuple[DateColumn, ...]:
    """The columns of dates among what features were made of."""
    return tuple(dict.fromkeys(f.made_of for f in features if f.made_of is not None))
