"""Cells as points in time: numbers, ISO dates and date-times, put in order and nothing else.

Only forms that say which number is the month are read: the year stands first, or another cell of
the column decides, as 31/12/2019 does. 03/04/2019 alone is the third of April to some and the
fourth of March to others, and is refused with the form to write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from howdeep.base.words import show
from howdeep.data.cells import is_missing, is_number
from howdeep.modalities.table.dateforms import period
from howdeep.modalities.table.dates import (
    YEAR_FIRST,
    YEAR_LAST,
    DateOrder,
    date_orders,
    hour_of,
    minutes_of,
    year_first,
)

FORMS = "2019-03-31, 2019-03-31 14:05 or a plain number"
WITH_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})(?!\d).*")
TimeKind = str  # "number", "date", or "zoned": what one column may hold
Key = tuple[TimeKind, tuple[object, ...]]


class NotTime(ValueError):
    """A cell that is no point in time: `row` (from 0), `why` in words, and what to write."""

    def __init__(self, row: int, why: str, fix: str) -> None:
        super().__init__(why)
        self.row, self.why, self.fix = row, why, fix


@dataclass(frozen=True, eq=False)
class Times:
    """Points in time: `ranks` (N,) whole numbers in their order, equal where times are equal.

    `written` (N,): the cells; `dates`: they are dates, not bare numbers. `order`: what stands first
    in those whose year stands last, as the cell `decided` says.
    """

    ranks: NDArray[np.float64]
    written: tuple[str, ...]
    dates: bool
    order: DateOrder = ""
    decided: str = ""

    def span(self, rows: slice = slice(None)) -> str:
        """From when to when, as written."""
        ranks = self.ranks[rows]
        places = np.arange(len(self.ranks))[rows]
        return " to ".join(
            show(self.written[places[at]], 40).strip("'") for at in (ranks.argmin(), ranks.argmax())
        )


def times(values: NDArray[np.object_] | NDArray[np.float64]) -> Times:
    """The order of cells of text (N,), or of numbers.

    Raises:
        NotTime: the first cell that is missing, is no time, or is of another kind than the first.

    >>> times(np.array(["2019-12-01", "2019-03-31 14:05", "2019-12-01T00:00"], dtype=object)).ranks
    array([1., 0., 1.])
    >>> times(np.array(["03/04/2019"], dtype=object))
    Traceback (most recent call last):
    ...
    howdeep.modalities.table.when.NotTime: '03/04/2019' may be read day first or month first
    """
    cells = values.tolist()
    known: dict[object, Key] = {}
    first, decided = _order(cells)
    for row, cell in enumerate(cells):
        if cell not in known:
            known[cell] = _key(row, cell, first)
            kind = known[cells[0]][0]
            if known[cell][0] != kind:
                raise _mixed(row, cell, cells[0])
    order = {key: i for i, key in enumerate(sorted(set(known.values())))}  # type: ignore[type-var]
    ranks = np.fromiter((order[known[cell]] for cell in cells), np.float64, len(cells))
    dates = bool(cells) and known[cells[0]][0] != "number"
    return Times(ranks, tuple(map(_written, cells)), dates, first, decided)


def _written(cell: object) -> str:
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)


def _order(cells: Sequence[object]) -> tuple[DateOrder, str]:
    """What stands first in dates whose year stands last, and the cell that decides it."""
    last = {str(cell).strip() for cell in set(cells) if YEAR_LAST.fullmatch(str(cell).strip())}
    found = date_orders(last)
    return found[0] if len(found) == 1 else ("", "")


def _key(row: int, cell: object, order: DateOrder) -> Key:
    """What orders a cell, behind the kind of time that it is."""
    if isinstance(cell, float):
        if not np.isfinite(cell):
            raise NotTime(row, "the time is missing", "fill it in, or leave the row out")
        return "number", (Decimal(cell),)
    text = "" if cell is None else str(cell).strip()
    if is_missing(text):
        raise NotTime(row, "the time is missing", "fill it in, or leave the row out")
    if is_number(text):
        return "number", (Decimal(text),)
    found = YEAR_FIRST.fullmatch(_iso(text, order))
    if found is None:
        raise _unread(row, text)
    try:
        return _moment(found)
    except (ValueError, OverflowError):
        raise NotTime(row, f"{show(text)} is on no calendar", f"write it as {FORMS}") from None


def _iso(text: str, order: DateOrder) -> str:
    """A date, a quarter or a week with the year first; anything else as it is."""
    first = year_first(text, order)
    if YEAR_FIRST.fullmatch(first):
        return first
    return next(
        (day for form in ("months", "quarters", "weeks") if (day := period(text, form))), text
    )


def _moment(found: re.Match[str]) -> Key:
    """A date-time's key: seconds, then what is below a second; zoned ones in UTC."""
    part = {name: int(found[name] or least) for name, least in _LEAST.items()}
    part["hour"] = hour_of(found)
    below = int((found["part"] or "0").ljust(9, "0"))
    at = datetime(*(part[name] for name in _LEAST))  # type: ignore[arg-type]
    zone = found["zone"]
    if zone is None:
        return "date", (at, below)
    ahead = timezone(timedelta(minutes=minutes_of(zone)))
    return "zoned", (at.replace(tzinfo=ahead).astimezone(UTC), below)


_LEAST = {"year": 1, "month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0}


def _unread(row: int, text: str) -> NotTime:
    found = WITH_YEAR_LAST.fullmatch(text)
    if found is None:
        return NotTime(row, f"{show(text)} is neither a number nor a date", f"write it as {FORMS}")
    one, two, year = int(found[1]), int(found[2]), found[3]
    if len(year) == 2:
        return NotTime(
            row, f"{show(text)} does not say its century", "write it year first, as 2019-03-31"
        )
    day_first, month_first = f"{year}-{two:02}-{one:02}", f"{year}-{one:02}-{two:02}"
    if one > 12 or two > 12:
        right = day_first if one > 12 else month_first
        return NotTime(row, f"{show(text)} has its year last", f"write it year first, as {right}")
    return NotTime(
        row,
        f"{show(text)} may be read day first or month first",
        f"write it year first, as {day_first} (day first) or {month_first} (month first)",
    )


def _mixed(row: int, cell: object, first: object) -> NotTime:
    return NotTime(
        row,
        f"{show(_written(cell))} is of another kind than {show(_written(first))}: numbers, dates,"
        " and dates with a time zone have no common order",
        "write all cells in one form",
    )


def is_date(cell: str) -> bool:
    """Is the cell a date or a date-time that can be put in order, with its day?

    >>> [is_date(c) for c in ("2019-03-31", "31.03.2019", "2019-02-30", "2019", "1001-2")]
    [True, False, False, False, False]
    """
    found = YEAR_FIRST.fullmatch(cell.strip())
    if found is None or not found["day"]:
        return False
    try:
        _moment(found)
    except (ValueError, OverflowError):
        return False
    return True
