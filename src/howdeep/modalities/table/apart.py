"""Columns of text that are mostly numbers in some notation, their cells taken apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from howdeep.base.words import show
from howdeep.data import cells
from howdeep.data.column import END, Column, Numerals, Packed
from howdeep.data.notation import ALIKE, Pieces, digits, pieces, singular
from howdeep.modalities.table.spans import is_time_unit
from howdeep.modalities.table.table import Table
from howdeep.modalities.table.typed import objects

MARKS = {"comma": ",", "dot": ".", "blank": " ", "apostrophe": "'", "none": ""}
MOSTLY = 0.9  # of the different cells are numbers: a column of numbers
SAMPLE = 200  # different cells that tell whether a column may be one
UNITS = 3  # different ones in a column, above which it is text
ODD = re.compile(r"[^0-9.eE+\-\0]|\.[0-9]+\.|[0-9.]-")  # in no column of plain numbers
NINES = str.maketrans("12345678", "99999999")
DIGITS = str.maketrans("012345678", "999999999")
Place = tuple[str, str]  # a column's name and a cell


@dataclass(frozen=True)
class Said:
    """What the user said: signs; columns kept as they are written, and columns of numbers."""

    decimal: str | None = None
    thousands: str | None = None  # one of `MARKS`
    infinite: bool = False  # are missing
    kept: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Marked:
    """A column that is mostly numbers in some notation: its cells taken apart, and the others."""

    name: str
    found: Mapping[str, Pieces]
    odd: tuple[str, ...]


def distinct(column: Column) -> list[str]:
    """The different cells in the order of their first rows."""
    return list(column.coded.levels)


def text_of(column: Column) -> str:
    """Its cells, or the different ones, with NUL between them."""
    kept = column.kept
    if isinstance(kept, Numerals):
        return END.join(kept.cells())
    return kept.text if isinstance(kept, Packed) else END.join(distinct(column))


def is_marked(column: Column) -> bool:
    """Does a column of text hold other cells than plain numbers and missing ones?"""
    if isinstance(column.kept, Numerals) or ODD.search(text_of(column)) is None:
        return False
    return not all(cells.NUMBER.fullmatch(c) or cells.is_missing(c) for c in distinct(column))


def with_cells(column: Column, new: Mapping[str, str]) -> Column:
    """The column with some cells written in another way."""
    written = column.coded.rewritten(lambda cell: new.get(cell, cell))
    if isinstance(column.kept, np.ndarray):
        return replace(column, kept=objects(written.cells()))
    return replace(column, kept=written)


def taken_apart(column: Column, said: Said) -> Marked | None:
    """The cells of a column that is mostly numbers, or was said to be of numbers; else None."""
    different = [c for c in distinct(column) if not cells.is_missing(c.strip())]
    wanted = column.name in said.numbers
    sample = different[:SAMPLE]
    if not wanted and 2 * sum(_number(cell) is not None for cell in sample) < len(sample):
        return None
    read = {cell: _number(cell) for cell in different}
    found = {cell: parts for cell, parts in read.items() if parts is not None}
    few = len(found) < MOSTLY * len(different) and not wanted
    if few or not found or any(cells.CODE.fullmatch(cell.translate(ALIKE)) for cell in found):
        return None
    if sum(parts.brackets for parts in found.values()) == len(found):
        return None  # (1), (2): notes, not amounts
    units = Counter(singular(parts.unit) for parts in found.values())
    if len({parts.unit for parts in found.values()}) > 1 and all(map(is_time_unit, units)):
        return None  # durations, as 2 h and 45 min
    if len(units) > UNITS and max(units.values()) < MOSTLY * len(found):
        return None
    return Marked(column.name, found, tuple(c for c in different if c not in found))


def _number(cell: str) -> Pieces | None:
    parts = pieces(cell)
    return parts if parts is not None and decimals(parts.core, None) else None


def decimals(core: str, thousands: str | None) -> str:
    """The decimal signs by which these digits are a number; None: thousands parted by any sign.

    >>> decimals("1.234,5", None), decimals("12,736", None), decimals("1,391,688", None)
    (',', '.,', '.')
    """
    return _decimals(core[:1].translate(NINES) + core[1:].translate(DIGITS), thousands)


@lru_cache(maxsize=4096)
def _decimals(shape: str, thousands: str | None) -> str:
    """By the lengths of the groups, and whether the first digit is 0: no other digit matters."""
    marks = (",", ".", " ", "'", "") if thousands is None else (thousands,)
    return "".join(d for d in ".," if any(digits(shape, d, t) for t in marks if t != d))


def where(table: Table, place: Place) -> str:
    name, cell = place
    column = next(c for c in table.columns if c.name == name)
    row = int(column.coded.rows_of([cell])[0]) + 1
    return f"column {show(name)}, row {row:,}: {show(cell)}"
