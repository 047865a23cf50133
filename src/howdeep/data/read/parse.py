"""Text to records of equal width, strictly; complaints name the line where the record begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NoReturn

from howdeep.base.errors import LimitError, TableError
from howdeep.base.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS
from howdeep.data.cells import count
from howdeep.data.read.guess import Layout, dialect

Records = list[list[str]]
EXTRA = "remove the extra separator, or quote the cells that contain one"
SHORT = "complete the line, or remove it"


def parse(text: str, layout: Layout, shown: str) -> tuple[Records, int]:
    """All records, and how many blank lines between them were left out."""
    limit = csv.field_size_limit(MAX_CELL_CHARS)  # a global of the csv module: put back below
    rows: Records = []
    try:
        blank = _collect(_reader(text, layout), rows, shown)
    except csv.Error as error:
        _broken(str(error), text, layout, shown)
    finally:
        csv.field_size_limit(limit)
    if not rows:
        raise TableError(f"{shown} is empty", "give a file with a header line and rows")
    return rows, blank


def _reader(text: str, layout: Layout):  # type: ignore[no-untyped-def]  # csv has no public type
    return csv.reader(io.StringIO(text, newline=""), **dialect(layout))  # type: ignore[arg-type]


def _collect(reader: Iterator[list[str]], rows: Records, shown: str) -> int:
    cells = blank = pending = 0
    for row in reader:
        if not row or (len(row) == 1 and not row[0].strip()):
            pending += 1
            continue
        blank, pending = blank + pending, 0
        rows.append(row)
        cells += len(row)
        if cells > MAX_CELLS or len(row) > MAX_COLUMNS:
            _too_many(len(row), shown)
    return blank


def _too_many(width: int, shown: str) -> NoReturn:
    if width > MAX_COLUMNS:
        raise LimitError(
            f"{shown} has {width:,} columns; the limit is {MAX_COLUMNS:,}", "leave some out"
        )
    raise LimitError(f"{shown} has more than {MAX_CELLS:,} cells", "give a sample of the rows")


def check_width(
    rows: Records, width: int, against: str, text: str, layout: Layout, shown: str
) -> None:
    """Every record has `width` fields.

    Raises:
        TableError: the line of the first that has not.
    """
    if set(map(len, rows)) == {width}:
        return
    for line, row in _numbered(text, layout):
        if len(row) != width:
            raise TableError(
                f"{shown}, line {line:,}: {count(len(row), 'field')}, {against} {width:,}",
                EXTRA if len(row) > width else SHORT,
            )


def _numbered(text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each begins."""
    limit = csv.field_size_limit(MAX_CELL_CHARS)
    try:
        reader, line = _reader(text, layout), 1
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield line, row
            line = reader.line_num + 1
    finally:
        csv.field_size_limit(limit)


def _broken(error: str, text: str, layout: Layout, shown: str) -> NoReturn:
    """The csv module's complaint, with the line where the broken record begins."""
    reader, line = _reader(text, layout), 1
    try:
        for _ in reader:
            line = reader.line_num + 1
    except csv.Error:
        pass
    where = f"{shown}, line {line:,}"
    if "field larger" in error:
        raise LimitError(
            f"{where}: a cell of more than {MAX_CELL_CHARS:,} characters",
            "shorten it, or close a quotation mark left open before it",
        )
    if "unexpected end" in error:
        raise TableError(
            f"{where}: a quotation mark is opened and never closed",
            "close it, or say --quotes none if quotation marks are ordinary characters",
        )
    raise TableError(
        f"{where}: text follows a closing quotation mark",
        "double the quotation marks inside the cell, or say --quotes none",
    )
