"""What a table looks like and nobody has said: columns that may be groups or times.

A hint changes nothing. It stands among the notes before anything trains, with the option that
follows from it.
"""

from __future__ import annotations

import shlex
from collections.abc import Container, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from howdeep.base.words import count, listed, show
from howdeep.data.column import Coded, Column, Kept, Numerals
from howdeep.data.target import Target
from howdeep.modalities.table.features import Feature
from howdeep.modalities.table.groupings import FIXED, Grouping, alike, fixed, grouping
from howdeep.modalities.table.sides import Sides
from howdeep.modalities.table.table import Table
from howdeep.modalities.table.when import NotTime, is_date, times

MANY = 20  # values: fewer are an ordinary category, unless they fix the other columns as well
DATES = 10  # different ones in order, below which rows are in their order by luck
CELLS = 20_000_000  # looked at: the columns of a wider table are signals or pixels


def hints(
    table: Table, target: str, y: Target, extra: Sides, features: Sequence[Feature]
) -> tuple[str, ...]:
    """Sentences on columns that look like groups, or like times, where none were named.

    `features`: what the columns became; rows of the table only are looked at.
    """
    columns = list(_columns(table, {target, *extra.used}))
    dates = {f.column for f in features if f.made_of is not None and f.made_of.kind == "date"}
    out: tuple[str, ...] = ()
    if extra.groups is None:
        undated = [(name, cells) for name, cells in columns if name not in dates]
        out += _group_hint(undated, y, features, table.rows)
    if extra.time is None:
        out += _time_hint(columns, dates)
    return out


def _columns(table: Table, skip: set[str]) -> Iterator[tuple[str, Kept]]:
    left = [column for column in table.columns if column.name not in skip]
    for column in left[: CELLS // max(table.rows, 1)]:
        known = column.numeric or isinstance(column.kept, Numerals)
        yield column.name, column.kept if known else column.coded


def _group_hint(
    columns: Sequence[tuple[str, Kept]], y: Target, features: Sequence[Feature], main: int
) -> tuple[str, ...]:
    """Of the column with the fewest values among those that look like groups."""
    classes = y.kind == "classification"
    found: list[tuple[int, str]] = []
    for name, cells in columns:
        made = grouping(cells)
        if made is not None and _are_groups(made, y.values[:main], classes, name, features):
            found.append((made.groups, name))
    if not found:
        return ()
    groups, name = min(found)
    others = [other for _, other in sorted(found) if other != name]
    likewise = f" (so do {listed(others, 3)})" if others else ""
    same = "the same" if classes else "nearly the same"
    return (
        f"Column {show(name, 40)} looks like what rows belong together by{likewise}: its"
        f" {groups:,} values repeat over {main:,} rows, and rows of one value mostly have"
        f" {same} {show(y.name, 40)}. If new rows will have other values,"
        f" --groups {_said(name)} compares and tests on groups that no net has seen.",
    )


def _are_groups(
    made: Grouping, y: NDArray[np.generic], classes: bool, name: str, features: Sequence[Feature]
) -> bool:
    """Do the values of a column fix the target, as an identifier's do and no measurement's?

    A number may fix it smoothly: then the values next to it tell as much, and it is a feature. So
    is an ordinary category of few values. Both are groups where they fix other columns as well.
    """
    found = fixed(made, y, classes)
    if found.share < FIXED or not found.sure:
        return False
    return (made.groups >= MANY and not found.smooth) or alike(made, features, name)


def _time_hint(columns: Sequence[tuple[str, Kept]], dates: Container[str]) -> tuple[str, ...]:
    """Of the first column of dates in whose order the rows stand; `dates`: known to be such."""
    for name, cells in columns:
        if name not in dates and not _all_dates(cells):
            continue
        try:
            found = times(Column(name, cells).values)
        except NotTime:
            continue
        steps = np.diff(found.ranks)
        if found.ranks.max() + 1 < DATES or not ((steps >= 0).all() or (steps <= 0).all()):
            continue
        dates = count(int(found.ranks.max()) + 1, "date")
        return (
            f"The rows stand in the order of {show(name, 40)} ({dates}, {found.span()}). If new"
            f" rows will be later ones, --time {_said(name)} compares and tests on the later rows.",
        )
    return ()


def _all_dates(cells: Kept) -> bool:
    """Those that are no feature, as they were left out or are categories."""
    return isinstance(cells, Coded) and all(map(is_date, cells.levels))


def _said(name: str) -> str:
    """A column's name as the command line takes it."""
    return shlex.quote(name) if name.isprintable() and len(name) <= 40 else show(name, 40)
