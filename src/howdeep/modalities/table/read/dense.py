"""Cells of a column in the smallest form that says what they are: numbers, codes, or text."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from howdeep.data.column import END, Coded, Numerals, Packed
from howdeep.modalities.table.read.levels import coded
from howdeep.modalities.table.read.numerals import numerals

LARGEST = 2**31 - 64  # bytes whose places fit 32 bits
Places = NDArray[np.int32]
Raw = list[str] | Coded | Numerals  # cells, with the blanks around them, but for `Numerals`


def dense(
    raw: bytes, starts: Places, ends: Places, written: Callable[[], list[str]]
) -> Numerals | Coded | None:
    """The cells (N,) from `starts` to `ends`, as numbers or codes; None where neither will do.

    `written`: gives the cells without the blanks around them.
    """
    found = numerals(raw, starts, ends) if len(starts) else None
    if found is None:
        return coded(raw, starts, ends)
    missing = tuple(sorted(found.missing))
    return Numerals(found.numbers, missing, found.whole, (written,), found.blanks)


def unpacked(cells: Packed) -> Raw:
    """Packed cells, likewise, or one by one."""
    try:
        raw = (cells.text + END).encode() if cells.rows else b""
    except UnicodeEncodeError:
        return cells.cells()
    if not raw or len(raw) >= LARGEST:
        return cells.cells()
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == 0).astype(np.int32)
    starts = np.append(np.int32(0), ends[:-1] + 1).astype(np.int32)
    return dense(raw, starts, ends, partial(_stripped, cells)) or cells.cells()


def _stripped(cells: Packed) -> list[str]:
    return [cell.strip() for cell in cells.cells()]
