"""Cells as they are kept: blanks stripped, infinite numbers refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from howdeep.base.errors import TableError
from howdeep.base.words import count, listed, show
from howdeep.data import cells
from howdeep.data.column import Coded, Numerals, Packed
from howdeep.modalities.table.read.dense import Raw, unpacked

FEW = 4  # cells of each kind, on average: codes take less than text
Notes = tuple[str, ...]
Inf = Literal["missing"]


def clean_columns(
    names: tuple[str, ...],
    cells_of: Iterable[Packed | Raw],
    shown: str,
    inf: Inf | None,
) -> tuple[list[Packed | Coded | Numerals], Notes]:
    """The columns, from the cells of one after another, and what was changed in them.

    Distinct cells are cleaned once.
    """
    columns: list[Packed | Coded | Numerals] = []
    blanks, infinite = 0, []
    for name, given in zip(names, cells_of, strict=True):
        column = unpacked(given) if isinstance(given, Packed) else given
        if isinstance(column, Numerals):  # finite, and without blanks around
            blanks += column.stripped
            columns.append(column)
            continue
        different = column.levels if isinstance(column, Coded) else set(column)
        kept = {cell: cell.strip() for cell in different}
        blanks += any(len(old) != len(new) for old, new in kept.items())
        if bad := _infinite_cells(kept):
            infinite.append(name)
            if inf is None:
                raw = column.cells() if isinstance(column, Coded) else column
                _refuse_infinite(name, raw, bad, shown)
            kept |= dict.fromkeys(bad, "")
        columns.append(_kept(column, kept))
    return columns, _notes(blanks, infinite)


def _kept(column: list[str] | Coded, new: Mapping[str, str]) -> Packed | Coded:
    """A column's cells written in another way, in the form that takes least."""
    if not isinstance(column, Coded) and FEW * len(new) > len(column):
        return Packed.of([new[cell] for cell in column])
    coded = column if isinstance(column, Coded) else Coded.of(column)
    return coded.rewritten(new.__getitem__)


def _infinite_cells(kept: dict[str, str]) -> set[str]:
    """The raw cells that are infinite, if all others are numbers or missing."""
    suspects = {
        raw
        for raw, cell in kept.items()
        if ("n" in cell or "e" in cell or "E" in cell or "N" in cell or len(cell) > 300)
        and cells.is_infinite(cell)
    }
    if not suspects:
        return set()
    others = [cell for raw, cell in kept.items() if raw not in suspects]
    numbers = sum(map(cells.is_number, others))
    missing = sum(map(cells.is_missing, others))
    return suspects if numbers and numbers + missing == len(others) else set()


def _refuse_infinite(name: str, column: list[str], bad: set[str], shown: str) -> None:
    rows = [i for i, cell in enumerate(column, 1) if cell in bad]
    shows = ", ".join(f"{row:,}" for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
    raise TableError(
        f"{shown}, column {show(name)}: {show(column[rows[0] - 1])} is infinite"
        f" ({len(rows):,} such cells; rows {shows})",
        "correct them, or say --inf missing to take them as missing",
    )


def _notes(blanks: int, infinite: list[str]) -> Notes:
    notes: Notes = ()
    if blanks:
        notes += (f"Blanks around cells were removed in {count(blanks, 'column')}.",)
    if infinite:
        notes += (f"Infinite numbers were taken as missing in {listed(infinite)}.",)
    return notes
