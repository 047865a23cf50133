"""The outcomes of reading a file by both readers of text tables, which are the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from howdeep.base.errors import InputError
from howdeep.data.column import Coded, Numerals
from howdeep.data.number import number
from howdeep.modalities.table.read import csv as reader
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.table import Table


@contextmanager
def strictly() -> Iterator[None]:
    """Read by the strict reader alone."""
    kept, reader.quick = reader.quick, lambda text, layout: None
    try:
        yield
    finally:
        reader.quick = kept


def said(table: Table) -> dict[str, Any]:
    """All of a table: cells as they are written, notes, and what its numbers say."""
    cells = {column.name: column.values.tolist() for column in table.columns}
    for column in table.columns:
        if isinstance(column.kept, Numerals):
            numbers = [number(cell) for cell in cells[column.name]]
            assert None not in numbers
            assert np.array(numbers, float).tobytes() == column.kept.numbers.tobytes()
            gone = {c for c, n in zip(cells[column.name], numbers, strict=True) if n != n}
            assert column.kept.missing == tuple(sorted(gone))
            there = {c for c in cells[column.name] if c not in gone}
            if column.kept.whole:
                assert all(str(int(cell)) == cell for cell in there)
        if isinstance(column.kept, Coded):
            assert list(column.kept.levels) == list(dict.fromkeys(cells[column.name]))
    return {"cells": cells, "notes": table.notes, "sha256": table.sha256}


def outcome(path: Path, **options: Any) -> Any:
    """What reading gives: a table, or an error with all its words."""
    try:
        return said(read_table(path, **options))
    except InputError as error:
        return type(error).__name__, str(error)


def both(path: Path, **options: Any) -> Any:
    """The outcome, which is the same whichever way the file is read."""
    fast = outcome(path, **options)
    with strictly():
        assert outcome(path, **options) == fast
    return fast
