"""Which sign parts whole numbers from fractions: one for all columns of a table, from its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from howdeep.base.errors import TableError
from howdeep.base.words import show
from howdeep.data import cells
from howdeep.data.column import END, Column
from howdeep.modalities.table.apart import (
    ODD,
    Marked,
    Place,
    Said,
    decimals,
    distinct,
    is_marked,
    taken_apart,
    text_of,
    where,
)
from howdeep.modalities.table.table import Table

# A point that parts no thousands: behind nothing, a zero or four digits, or not before just three.
POINT = re.compile(
    r"(?<![^\0])[+-]?(?:0[0-9]*|[0-9]{4,}|(?=\.)|[0-9]*(?=\.(?![0-9]{3}(?![^\0]))))\.[^\0]*"
)


def decimal_sign(
    table: Table, free: Sequence[Column], marked: Sequence[Marked], said: Said, mark: str | None
) -> str:
    """The decimal sign of all columns."""
    if said.decimal is not None:
        return said.decimal
    if mark in (",", "."):
        return "." if mark == "," else ","
    comma, point, either = _evidence(marked, mark)
    frame = table.typed or not table.path
    if comma or either or frame:  # points matter only where they may be no decimal ones
        point = point or _point(free)
    if frame and not (comma or point or either):
        either = _bare(free, said)
    if comma and point:
        _refuse_both(table, comma, point)
    if comma:
        _check_floats(table, comma)
    if comma or point or either is None:
        return "," if comma else "."
    if mark is not None and "," in either[1]:
        return ","  # commas part no thousands
    if "." in either[1] or not _has_fractions(table):
        _refuse_either(table, either)
    return "."


def _evidence(
    marked: Sequence[Marked], mark: str | None
) -> tuple[Place | None, Place | None, Place | None]:
    """The first cells that only a decimal comma, only a point, and either of them explains."""
    first: dict[str, Place] = {}
    for one in marked:
        for cell, parts in one.found.items():
            signs = decimals(parts.core, mark)
            if signs != ".," or "," in parts.core or (parts.currency and "." in parts.core):
                first.setdefault(signs, (one.name, cell))
    return first.get(","), first.get("."), first.get(".,")


def _point(free: Sequence[Column]) -> Place | None:
    """The first cell of a column of plain numbers whose point is no separator of thousands."""
    for column in free:
        text = text_of(column)
        if "." in text and ODD.search(text):
            there = [cell for cell in distinct(column) if not cells.is_missing(cell)]
            plain = [cell for cell in there if cells.NUMBER.fullmatch(cell)]
            text = END.join(plain) if len(plain) == len(there) else ""  # of words for missing
        if "." in text and (found := POINT.search(text)):
            return column.name, found[0]
    return None


def _bare(free: Sequence[Column], said: Said) -> Place | None:
    """The first cell, in a column of text of a frame, that whoever read it took for no number.

    A file's 14.457 has a decimal point; who leaves it as text may have said that it has none.
    """
    for column in free:
        if "." in text_of(column) and not is_marked(column) and (one := taken_apart(column, said)):
            return next((one.name, cell) for cell, parts in one.found.items() if "." in parts.core)
    return None


def _has_fractions(table: Table) -> bool:
    """Were numbers with decimal points read before: are there columns of such numbers?"""
    floats = (c.values.astype(np.float64) for c in table.columns if c.numeric)
    return any(bool((values % 1 > 0).any()) for values in floats)


def _check_floats(table: Table, comma: Place) -> None:
    """Beside decimal commas, numbers such as 14.457 were thousands before a frame was read."""
    for column in table.columns:
        values = column.values.astype(np.float64) if column.numeric else np.empty(0)
        values = np.abs(values[np.isfinite(values)])
        parts = values[values % 1 > 0]
        if len(parts) and ((values == 0) | ((values >= 1) & (values < 1000))).all():
            thousands = parts * 1000
            if (np.abs(thousands - thousands.round()) < 1e-6).all():
                raise TableError(
                    f"{table.name}, {where(table, comma)} has a decimal comma, and column"
                    f" {show(column.name)} was read with decimal points ({parts[0]:g}), which may"
                    " have separated thousands",
                    "read the file again with decimal=',' and thousands='.', or give its path, or"
                    " say decimal=',' if these numbers are right",
                )


def _refuse_both(table: Table, comma: Place, point: Place) -> NoReturn:
    raise TableError(
        f"{table.name}, {where(table, comma)} has a decimal comma, and {where(table, point)} a"
        " decimal point: a table has one decimal sign",
        f"write both alike, or keep one as text, with --types {comma[0]}=category",
    )


def _refuse_either(table: Table, place: Place) -> NoReturn:
    sign = "point" if "." in place[1] else "comma"
    mark = "dot" if sign == "point" else sign
    raise TableError(
        f"{table.name}, {where(table, place)} may have a decimal {sign} or separate thousands, and"
        " no other column tells which",
        f"say --decimal {'.' if mark == 'dot' else ','} if it has a decimal {sign}, or"
        f" --thousands {mark} if it separates thousands",
    )
