"""What a date, a time of day or a duration is, and the numbers that it becomes.

One rule for training, `predict` and handed-over nets. A date becomes the days since a start, so
that a later one is a larger number, and points on the circles of the year, the week and the day;
a time of day the seconds since midnight and the day's circle; a duration a number of seconds or
days. This file needs nothing but numpy, `data/number.py`, `dateforms.py` and `spans.py`: a net that
is handed over carries it whole.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.data.number import is_missing
from howdeep.modalities.table.dateforms import EXAMPLES, PERIODS, period, spelt
from howdeep.modalities.table.spans import worded

CLOCK = (
    r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<part>[0-9]{1,9}))?)?(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
# Names of time zones that mean one thing in all the world (CST, IST and BST do not), in minutes.
ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "EET": 120}
ZONES |= {"EEST": 180, "MSK": 180, "JST": 540, "EST": -300, "EDT": -240, "PST": -480, "PDT": -420}
BEHIND = (
    rf"(?:[ T]+{CLOCK})?\s*(?P<zone>{'|'.join(sorted(ZONES, key=len, reverse=True))}"
    r"|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
YEAR_FIRST = re.compile(
    rf"(?P<year>[0-9]{{4}})([-/.])(?P<month>[0-9]{{1,2}})(?:\2(?P<day>[0-9]{{1,2}}))?{BEHIND}"
)
YEAR_LAST = re.compile(
    rf"(?P<one>[0-9]{{1,2}})([-/.] ?| )(?P<two>[0-9]{{1,2}})\2 ?(?P<year>[0-9]{{4}}){BEHIND}"
)
TIME = re.compile(CLOCK)
ISO_DURATION = re.compile(
    r"(?P<sign>[+-]?)P(?=[0-9T])(?:(?P<weeks>[0-9]+)W)?(?:(?P<days>[0-9]+)D)?(?:T(?=[0-9])"
    r"(?:(?P<hours>[0-9]+)H)?(?:(?P<minutes>[0-9]+)M)?(?:(?P<seconds>[0-9]+)(?:[.,](?P<part>[0-9]+))?S)?)?"
)
DAYS_AND_TIME = re.compile(  # as pandas and Python write durations
    r"(?:(?P<days>-?[0-9]+) days?(?:,? |$))?"
    r"(?:\+?(?P<hours>[0-9]{1,2}):(?P<minutes>[0-9]{2}):(?P<seconds>[0-9]{2})(?:\.(?P<part>[0-9]+))?)?"
)
SECOND, DAY = 1_000_000, 86_400_000_000  # in microseconds, the unit of every point in time here
MONTHS = np.cumsum([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30])  # days before each of them
EPOCH = datetime(1970, 1, 1)
FARTHEST = 2**62
NO_DATES = frozenset({"NaT", "0000-00-00", "0000-00-00 00:00:00"})  # of pandas and of MySQL
PLAIN_DATE = re.compile(
    r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
)
DateKind = Literal["date", "time", "duration"]
# What stands first where the year stands last, or one of `dateforms.PERIODS`.
DateOrder = Literal[
    "", "day", "month", "months", "quarters", "weeks", "short", "short months", "short day",
    "short month", "short year",
]  # fmt: skip
WRITE = {
    "date": "write it year first, as 2019-03-31 or 2019-03-31 14:05",
    "time": "write it as 14:05 or 14:05:30",
    "duration": "write it as PT90S, P2DT3H or 2 days 03:00:00",
}


@dataclass(frozen=True)
class DateColumn:
    """A column of dates, of times of day or of durations, and the columns of numbers made of it.

    `order`: what stands first where the year stands last, or that all are months, ...; `zoned`: its
    dates say their time zone; `start`: microseconds since 1970 that count as 0; `unit`: those that
    count as 1.
    `columns`: the names of those made, each with its part ("number", "year, sin", ...).
    """

    name: str
    kind: DateKind
    order: DateOrder
    zoned: bool
    start: int
    unit: int
    columns: tuple[tuple[str, str], ...]


class NoDate(ValueError):
    """A cell that is no date of its column: `row` (from 0), `why` in words, and one `fix`."""

    def __init__(self, row: int, why: str, fix: str) -> None:
        super().__init__(f"{why}; {fix}")
        self.row, self.why, self.fix = row, why, fix


# ---- cells --------------------------------------------------------------------------------------
def hour_of(found: re.Match[str]) -> int:
    """The hour of a matched `CLOCK`, 0 where there is none.

    Raises:
        ValueError: an hour that no clock of twelve hours shows.
    """
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half}m")
    return hour % 12 + 12 * (half == "p") if half else hour


def minutes_of(zone: str) -> int:
    """How many minutes a time zone is ahead of UTC.

    >>> minutes_of("+05:30"), minutes_of("-08"), minutes_of("Z")
    (330, -480, 0)
    """
    if zone in ZONES:
        return ZONES[zone]
    digits = zone[1:].replace(":", "")
    ahead = int(digits[:2]) * 60 + int(digits[2:] or 0)
    if ahead >= 24 * 60:
        raise ValueError(f"zone {zone}")
    return -ahead if zone.startswith("-") else ahead


def read_date(cell: str, order: DateOrder = "") -> tuple[int, bool] | None:
    """Microseconds since 1970, in UTC where the cell says its time zone, and whether it does.

    None where it is no date; 03/04/2019 is one only where `order` says which number is the month.

    >>> read_date("1970-01-02"), read_date("1970-01-01 01:00+01:00"), read_date("2019-02-30")
    ((86400000000, False), (0, True), None)
    >>> read_date("03/01/1970"), read_date("03/01/1970", "day")
    (None, (172800000000, False))
    """
    found = YEAR_FIRST.fullmatch(year_first(cell, order))
    if found is None or not found["day"]:
        return None
    try:
        at = datetime(int(found["year"]), int(found["month"]), int(found["day"]))
        within, zone = _within_day(found), found["zone"]
        ahead = minutes_of(zone) if zone else 0
    except ValueError:
        return None
    return (at - EPOCH).days * DAY + within - ahead * 60 * SECOND, bool(zone)


def date_orders(cells: set[str]) -> list[tuple[DateOrder, str]]:
    """The orders in which all cells, their year last, are dates; each with a cell that decides it.

    >>> date_orders({"03/04/2019", "31/12/2019"}), len(date_orders({"03/04/2019"}))
    ([('day', '31/12/2019')], 2)
    """
    day = {cell for cell in cells if read_date(cell, "day")}
    month = {cell for cell in cells if read_date(cell, "month")}
    both: list[tuple[DateOrder, set[str], set[str]]] = [("day", day, month), ("month", month, day)]
    known = day | month
    return [(o, min(own - other, default="")) for o, own, other in both if known and own == known]


def year_first(cell: str, order: DateOrder) -> str:
    """A date that can be read with its year first; any other cell as it is.

    >>> year_first("31.1.2019 10:00", "day"), year_first("soon", "day")
    ('2019-1-31 10:00', 'soon')
    """
    if order in PERIODS:
        return period(cell, order)
    found = YEAR_LAST.fullmatch(cell) if order else None
    if found is None:
        return spelt(cell)
    day, month = ("one", "two") if order == "day" else ("two", "one")
    return f"{found['year']}-{found[month]}-{found[day]}{cell[found.end('year') :]}"


def _within_day(found: re.Match[str]) -> int:
    """Microseconds since midnight; what is smaller is cut off."""
    hour, minute, second = hour_of(found), int(found["minute"] or 0), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no time of a day")
    below = int((found["part"] or "0").ljust(6, "0")[:6])
    return (hour * 3600 + minute * 60 + second) * SECOND + below


def read_time(cell: str, order: DateOrder = "") -> tuple[int, bool] | None:
    """Microseconds since midnight; None where it is no time of day.

    >>> read_time("00:01"), read_time("12:00:00.5 AM"), read_time("24:00"), read_time("7")
    ((60000000, False), (500000, False), None, None)
    """
    found = TIME.fullmatch(cell)
    try:
        return None if found is None else (_within_day(found), False)
    except ValueError:
        return None


def read_duration(cell: str, order: DateOrder = "") -> tuple[int, bool] | None:
    """Microseconds of a duration in ISO 8601, or as pandas and Python write it; else None.

    Years and months have no one length, and are not read.

    >>> [read_duration(cell) for cell in ("-PT1.5S", "-1 days +23:00:00", "P1M", "2 days")]
    [(-1500000, False), (-3600000000, False), None, (172800000000, False)]
    """
    found = ISO_DURATION.fullmatch(cell) or (DAYS_AND_TIME.fullmatch(cell) if cell else None)
    if len(cell) > 40:
        return None
    if found is None:
        micro = worded(cell)
        return (micro, False) if micro is not None and abs(micro) < FARTHEST else None
    given = found.groupdict()
    days, hours, minutes, seconds = (
        int(given[unit] or 0) for unit in ("days", "hours", "minutes", "seconds")
    )
    days += 7 * int(given.get("weeks") or 0)
    below = int((given["part"] or "0").ljust(6, "0")[:6])
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    value = (whole * SECOND + below) * (-1 if given.get("sign") == "-" else 1)
    return (value, False) if abs(value) < FARTHEST else None


def duration_text(microseconds: int) -> str:
    """A duration as `read_duration` reads it.

    >>> duration_text(-1_500_000), duration_text(86_400_000_000)
    ('-PT1.5S', 'PT86400S')
    """
    seconds, below = divmod(abs(microseconds), SECOND)
    part = f".{below:06}".rstrip("0") if below else ""
    return f"{'-' if microseconds < 0 else ''}PT{seconds}{part}S"


def timedelta_text(value: timedelta) -> str:
    """Python's and pandas' durations, likewise."""
    return duration_text((value.days * 86_400 + value.seconds) * SECOND + value.microseconds)


READ: dict[str, Callable[[str, DateOrder], tuple[int, bool] | None]] = {
    "date": read_date,
    "time": read_time,
    "duration": read_duration,
}


# ---- columns ------------------------------------------------------------------------------------
@dataclass(frozen=True, eq=False)
class Instants:
    """What cells (N,) say: `at` in microseconds, `gone` where missing, `odd` where it is no date.

    `zoned` (N,): the cell says its time zone.
    """

    at: NDArray[np.int64]
    gone: NDArray[np.bool_]
    odd: NDArray[np.bool_]
    zoned: NDArray[np.bool_]


Read = tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]  # `at`, `odd`, `zoned`


def cell_text(cell: Any) -> str:
    """A cell as it is read here: without blanks around it, empty where it is missing."""
    text = "" if cell is None or cell != cell else str(cell).strip()
    return "" if is_missing(text) or text in NO_DATES else text


def instants(cells: Iterable[Any], kind: DateKind, order: DateOrder) -> Instants:
    """Cells (N,), each distinct one read once."""
    cells = list(cells)
    place = {cell: i for i, cell in enumerate(dict.fromkeys(cells))}
    texts = [cell_text(cell) for cell in place]
    plain = _plain_dates(texts) if kind == "date" else None
    at, odd, zoned = plain or _read_each(texts, kind, order)
    where = np.fromiter(map(place.__getitem__, cells), np.int64, len(cells))
    gone = np.array([not text for text in texts], dtype=bool)
    return Instants(at[where], gone[where], odd[where], zoned[where])


def _read_each(texts: Sequence[str], kind: DateKind, order: DateOrder) -> Read:
    read = READ[kind]
    found = [read(text, order) if text else None for text in texts]
    at = np.array([one[0] if one else 0 for one in found], dtype=np.int64)
    odd = np.array([bool(text) and not one for text, one in zip(texts, found, strict=True)], bool)
    return at, odd, np.array([bool(one and one[1]) for one in found], dtype=bool)


def _plain_dates(texts: Sequence[str]) -> Read | None:
    """Dates at once, as `read_date` reads each, where all are in the form that most have."""
    ends = {text[-1:] == "Z" for text in texts if text}
    zoned = ends == {True}
    plain = [text[:-1] if zoned else text for text in texts]
    if not all(map(PLAIN_DATE.fullmatch, filter(None, plain))):
        return None
    try:
        found = np.array([text or "NaT" for text in plain], dtype="datetime64[us]")
    except ValueError:  # the 30th of February
        return None
    at = np.where(np.isnat(found), 0, found.astype(np.int64))
    return at, np.zeros(len(at), dtype=bool), np.full(len(at), zoned) & ~np.isnat(found)


def date_parts(column: DateColumn, found: Instants) -> list[NDArray[np.float64]]:
    """The columns (N,) made of one, in the order of `column.columns`; missing cells are NaN."""
    none = found.gone | found.odd
    at = np.where(none, column.start, found.at)
    made = (part_of(column, part, at) for _, part in column.columns)
    return [np.where(none, np.nan, values) for values in made]


def part_of(column: DateColumn, part: str, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """One part of points in time (N,): their "number", or a circle's "sin" or "cos"."""
    if part == "number":
        return (at - column.start) / np.float64(column.unit)
    circle, _, wave = part.partition(", ")
    return _wave(_phase(circle, at), math.sin if wave == "sin" else math.cos)


def _phase(circle: str, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of the year, week or day is over, in [0, 1): year and week by whole days.

    Every year is one of 366 days, so that the fourth of July is at one point in all of them.
    """
    if circle == "day":
        return (at % DAY) / np.float64(DAY)
    days = at // DAY
    if circle == "week":
        return ((days + 3) % 7) / 7.0  # 1970 began on a Thursday; weeks begin on Mondays
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    within = days - months.astype("datetime64[D]").astype(np.int64)
    return (MONTHS[months.astype(np.int64) % 12] + within) / 366.0


def _wave(phase: NDArray[np.float64], wave: Callable[[float], float]) -> NDArray[np.float64]:
    """Sine or cosine by the C library, one distinct phase at a time, so that no row's bits depend
    on the rows next to it; sin(pi) is 0."""
    distinct, where = np.unique(phase, return_inverse=True)
    values = [round(wave(2 * math.pi * at), 15) + 0.0 for at in distinct.tolist()]
    return np.array(values, dtype=np.float64)[where.reshape(-1)]


def read_dates(
    column: DateColumn, cells: Sequence[Any] | NDArray[Any], text_is_missing: bool
) -> tuple[list[NDArray[np.float64]], int]:
    """New cells (N,) as the numbers that training's became, and how many cells were no dates.

    Raises:
        NoDate: a cell that is none, unless these are missing; a time zone where training had none,
            or the other way round.
    """
    cells = cells.tolist() if isinstance(cells, np.ndarray) else cells
    found = instants(cells, column.kind, column.order)
    if found.odd.any() and not text_is_missing:
        row = int(np.flatnonzero(found.odd)[0])
        what = {"date": "date", "time": "time of day", "duration": "duration"}[column.kind]
        why = f"{str(cells[row])[:40]!r} is no {what} as training had them"
        write = f"write it as {EXAMPLES[column.order]}" if column.order in EXAMPLES else ""
        raise NoDate(row, why, write or WRITE[column.kind])
    strange = ~found.gone & ~found.odd & (found.zoned != column.zoned)
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        had, fix = "no time zones", "write the time without its zone"
        if column.zoned:
            had, fix = "dates with a time zone", "add it, as 2019-03-31T14:05Z"
        raise NoDate(row, f"{str(cells[row])[:40]!r} stands where training had {had}", fix)
    return date_parts(column, found), int(found.odd.sum())
