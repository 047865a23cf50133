"""What columns look like that were read as they are written: said, and nothing is changed.

Categories that may be numbers or days, numbers that may stand for a missing value or for a date,
and cells that stand for the empty ones below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from howdeep.base.words import count, listed, show
from howdeep.data import cells
from howdeep.data.column import END, Column, Numerals, Packed, floats
from howdeep.data.labels import spelling
from howdeep.modalities.table.dates import EPOCH
from howdeep.modalities.table.features import Feature
from howdeep.modalities.table.monthnames import MONTH, WEEKDAY
from howdeep.modalities.table.near import SUMS

MOSTLY = 0.9  # of the levels
ODD_BLANKS = re.compile(rf"\s\s|\s{END}|{END}\s|\A\s|\s\Z|[\x01-\x1f]")
FEW = 3  # levels, below which a sign is a name
FRONT = re.compile(r"[^\w]*[0-9]")  # signs and a digit: an amount, a range, a size
NAMED = re.compile(rf"(?:{WEEKDAY}|{MONTH})", re.IGNORECASE)
NINES = re.compile(r"-?9{2,}|-[12]00|-1000")  # what stands for "missing" by custom
DIFFERENT = 10  # other values, below which numbers are codes and none of them is far away
ROWS = 2  # that have a value which stands for something
GAPS = 0.9  # of the column is empty or stands above empty cells
BLOCKS = 3
AS_DATES = 10  # different numbers
CELLS = 20_000_000  # looked at: the columns of a wider table are signals or pixels
STAMP = re.compile(r"time|date|stamp|epoch|unix|_at$|_ts$|^ts$", re.IGNORECASE)
DIGITS = "Cells of digits with other signs were taken as categories, not as numbers"
DAYS = "Names of days or months were taken as categories"


def look_of(levels: Sequence[str]) -> str:
    """What is to be said of a column of these categories; empty where there is nothing.

    >>> look_of(["10+", "50+", "100+"]) == DIGITS, look_of(["Mon", "Tue"]) == DAYS, look_of(["a1"])
    (True, True, '')
    """
    most = MOSTLY * len(levels)
    if levels and all(map(NAMED.fullmatch, levels)):
        return DAYS
    plain = sum(cells.NUMBER.fullmatch(level) is not None for level in levels)
    if len(levels) < FEW or plain == len(levels):
        return ""
    if 2 * sum(cells.DATE.fullmatch(level) is not None for level in levels) > len(levels):
        return ""  # said already
    return DIGITS if sum(FRONT.match(level) is not None for level in levels) >= most else ""


def alike_note(name: str, levels: Sequence[str]) -> str:
    """Which categories look the same but for case, blanks or how a letter is composed.

    >>> alike_note("c", ["Red", "red", "blue"]) != "", alike_note("c", ["red", "blue"])
    (True, '')
    """
    text = END.join(levels)
    plain = text.isascii() and not ODD_BLANKS.search(text)
    if plain and len(set(text.lower().split(END))) == len(levels):  # at once, as mostly
        return ""
    groups: dict[str, list[str]] = {}
    for level in levels:
        groups.setdefault(spelling(level), []).append(level)
    twice = [group for group in groups.values() if len(group) > 1]
    if not twice:
        return ""
    more = f", and {count(len(twice) - 1, 'group')} more" if len(twice) > 1 else ""
    return (
        f"Categories of column {show(name, 40)} differ only in case, blanks or how a letter is"
        f" composed ({listed(twice[0], 4)}{more}) and were kept apart: write them alike where they"
        " mean the same."
    )


def several_note(name: str, classes: Sequence[str]) -> str:
    """What is said of labels that name several classes of the others at once.

    >>> several_note("y", ["a;b", "a", "b"]) != "", several_note("y", ["a-b", "a", "b"])
    (True, '')
    """
    for sign in ";|,/+":
        several = [one for one in classes if sign in one]
        parts = {part.strip() for one in several for part in one.split(sign)}
        known = parts & set(classes)
        if several and len(known) > 1 and 2 * len(known) >= len(parts):
            return (
                f"Labels of {show(name, 40)} name several classes at once ({show(several[0], 40)})"
                " and were taken as classes of their own: a study predicts one class for a row."
            )
    return ""


def look_notes(
    columns: Sequence[Column], features: Sequence[Feature], main: int
) -> tuple[str, ...]:
    """Notes on the first `main` rows of the `columns` as read, and of what they became."""
    looked = CELLS // max(main, 1)
    found = [*_of_numbers(features[:looked], main)]
    for column in columns[:looked]:
        found += [*_of_gaps(column), *_of_sums(column)]
    return tuple(found)


def _of_numbers(features: Sequence[Feature], main: int) -> Iterator[str]:
    for feature in features:
        if feature.numbers is None:
            continue
        values = feature.numbers[:main]
        there = values[~np.isnan(values)]
        if len(there) > DIFFERENT:
            yield from _of_far(feature, there)
            if feature.made_of is None:
                yield from _of_whole(feature.name, there)


def _of_far(feature: Feature, there: NDArray[np.float64]) -> Iterator[str]:
    """A value that several rows have and that lies far from all others, as 9999 does."""
    of = feature.made_of
    if of is not None and of.kind != "date":
        return
    for end in (float(there.min()), float(there.max())):
        others = there[there != end]
        rows = len(there) - len(others)
        if rows < ROWS or not len(others) or (of is None and not NINES.fullmatch(f"{end:.15g}")):
            continue
        low, high = float(others.min()), float(others.max())
        gap = low - end if end < low else end - high
        if gap > high - low and len(np.unique(others)) >= DIFFERENT:
            value, first, last = (_written(feature, at) for at in (end, low, high))
            yield (
                f"Column {show(feature.column, 40)} is {value} in {count(rows, 'row')}, far from"
                f" all others ({first} to {last}): if it stands for a missing value, empty these"
                " cells."
            )


def _written(feature: Feature, value: float) -> str:
    of = feature.made_of
    if of is None:
        return f"{value:.6g}"
    at = EPOCH + timedelta(microseconds=of.start + value * of.unit)
    return at.date().isoformat()


def _of_whole(name: str, there: NDArray[np.float64]) -> Iterator[str]:
    """Whole numbers that are dates without signs, as 20190331, or seconds since 1970."""
    low, high = float(there.min()), float(there.max())
    unit = {10: "seconds", 13: "milliseconds"}.get(len(f"{low:.0f}"), "")
    days = low >= 1800_01_01 and high <= 2199_12_31
    stamps = bool(unit) and len(f"{high:.0f}") == len(f"{low:.0f}") and STAMP.search(name)
    if not (days or stamps) or (there % 1).any():
        return
    different = np.unique(there).astype(np.int64).tolist()
    if len(different) < AS_DATES:
        return
    if days and all(map(_is_date, different)):
        yield (
            f"Column {show(name, 40)} holds whole numbers that look like dates"
            f" ({different[0]}) and was taken as numbers: written as 2019-03-31 they are read as"
            " dates."
        )
    if stamps:
        yield (
            f"Column {show(name, 40)} may hold {unit} since 1970 and was taken as numbers: written"
            " as 2019-03-31 14:05 they are read as dates."
        )


def _is_date(value: int) -> bool:
    try:
        datetime(value // 10_000, value // 100 % 100, value % 100)
    except ValueError:
        return False
    return True


def _of_gaps(column: Column) -> Iterator[str]:
    """Cells with empty ones below each, as merged cells of a spreadsheet leave them."""
    there = _filled(column)
    if there is None:
        return
    blocks = int(there.sum())
    if not len(there) or not there[0] or blocks < BLOCKS or 2 * blocks > len(there):
        return
    if (there[1:] & there[:-1]).sum() > (1 - GAPS) * blocks:
        return
    yield (
        f"Column {show(column.name, 40)} has {count(blocks, 'cell')} with empty ones below each, as"
        " merged cells of a spreadsheet leave them: if each stands for the rows below it, fill it"
        " down."
    )


def _filled(column: Column) -> NDArray[np.bool_] | None:
    """Which cells (N,) are not empty; None where a glance says that there are no gaps."""
    kept = column.kept
    if isinstance(kept, Numerals) and all(map(cells.is_gone, kept.missing)):
        return ~np.isnan(kept.numbers) if kept.missing else None
    if isinstance(kept, Packed) and (
        kept.text.startswith(END) or not (END + END in kept.text or kept.text.endswith(END))
    ):
        return None
    numbers = floats(kept)
    if numbers is not None:
        return ~np.isnan(numbers)
    text = column.coded
    return np.array([not cells.is_gone(level) for level in text.levels], dtype=bool)[text.codes]


def _of_sums(column: Column) -> Iterator[str]:
    """A last row that sums up those above it, by a word that no other row has."""
    if column.numeric or isinstance(column.kept, Numerals) or not column.rows:
        return
    kept = column.kept
    if isinstance(kept, Packed):
        last = kept.text[kept.text.rfind(END) + 1 :]
    else:
        last = column.coded.levels[column.coded.codes[-1]]
    if SUMS.fullmatch(last) and len(column.coded.rows_of((last,))) == 1:
        yield (
            f"Row {column.rows:,}, the last, is {show(last)} in column {show(column.name, 40)}: if"
            " it sums up the rows above it, remove it."
        )
