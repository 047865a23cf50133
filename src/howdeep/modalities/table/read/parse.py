"""Text to records of equal width, strictly; complaints name the line where the record begins."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from howdeep.base.errors import LimitError, TableError
from howdeep.base.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS
from howdeep.base.words import count, show
from howdeep.data.column import END, Packed
from howdeep.modalities.table.read.guess import Layout, dialect
from howdeep.modalities.table.read.strays import same_line

Records = list[list[str]]
EXTRA = "remove the extra separator, or quote the cells that contain one"
NAMELESS = "give the first column a name in the header, or take the last cell off every row"
SHORT = "complete the line, or remove it"
LINE = re.compile(r"[^\r\n]+(?:\r\n|\r|\n)?|\r\n|\r|\n")
ABOVE = 30  # lines, above which narrow ones are no title
RUN_CELLS = 100_000  # cells as separate strings at a time


@dataclass
class Parsed:
    """The first record; the columns of those that follow, packed run by run; what was left out."""

    first: list[str] = field(default_factory=list)
    columns: list[list[str]] = field(default_factory=list)
    rows: int = 0  # behind the first
    blank: int = 0  # lines between records
    ragged: bool = False  # some record is not as wide as the first: no columns
    trailing: bool = False  # every record behind the first ends in an empty cell too much
    repeats: int = 0  # records that say the same as the first

    def add(self, run: Records) -> None:
        """Put records behind those that are there."""
        if not self.first and run:
            self.first, run = run[0], run[1:]
            self.columns = [[] for _ in self.first]
        if not self.rows and run:
            self.trailing = _is_trailing(run[0], len(self.first))
        if self.trailing and all(_is_trailing(row, len(self.first)) for row in run):
            run = [row[:-1] for row in run]
        head = self.first[0].strip().casefold() if self.first else ""
        self.repeats += sum(
            row[0].strip().casefold() == head and same_line(row) == same_line(self.first)
            for row in run
        )
        self.rows += len(run)
        self.ragged |= bool(run) and set(map(len, run)) != {len(self.first)}
        if not self.ragged:
            for column, cells in zip(self.columns, zip(*run, strict=True), strict=bool(run)):
                column.append(END.join(cells))

    def take(self, header: bool) -> Iterator[Packed]:
        """The cells of column after column, which are forgotten here; without the first, if asked.

        One column's cells are in memory at a time: as strings they take ten times their text.
        """
        for top, column in zip(self.first, self.columns, strict=True):
            text, rows = END.join(column if header else [top, *column]), self.rows + (not header)
            column.clear()
            yield Packed(text, rows)


def _is_trailing(row: list[str], width: int) -> bool:
    return len(row) == width + 1 and not row[-1].strip()


def parse(text: str, layout: Layout, shown: str) -> Parsed:
    """All records, strictly.

    Raises:
        TableError: none, or the line of the first that is broken or not as wide as line 1.
        LimitError: too many cells or columns, or too long a cell.
    """
    limit = csv.field_size_limit(MAX_CELL_CHARS)  # a global of the csv module: put back below
    out = Parsed()
    try:
        _collect(_reader(text, layout), out, shown)
    except csv.Error as error:
        _broken(str(error), text, layout, shown)
    finally:
        csv.field_size_limit(limit)
    if not out.first:
        raise TableError(f"{shown} is empty", "give a file with a header line and rows")
    if out.ragged:
        _uneven(len(out.first), text, layout, shown)
    return out


def _reader(text: str, layout: Layout):  # type: ignore[no-untyped-def]  # csv has no public type
    return csv.reader(_lines(text), **dialect(layout))  # type: ignore[arg-type]


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, as `io.StringIO(text, newline="")` gives them, in a quarter of it.

    >>> list(_lines("a\\r\\nb\\rc\\n\\nd"))
    ['a\\r\\n', 'b\\r', 'c\\n', '\\n', 'd']
    """
    return (found[0] for found in LINE.finditer(text))


def _collect(reader: Iterator[list[str]], out: Parsed, shown: str) -> None:
    cells = flushed = pending = 0
    run: Records = []
    for row in reader:
        if not row or (len(row) == 1 and not row[0].strip()):
            pending += 1
            continue
        out.blank, pending = out.blank + pending, 0
        run.append(row)
        cells += len(row)
        if cells > MAX_CELLS or len(row) > MAX_COLUMNS:
            _too_many(len(row), shown)
        if cells - flushed > RUN_CELLS:
            out.add(run)
            run, flushed = [], cells
    out.add(run)


def _too_many(width: int, shown: str) -> NoReturn:
    if width > MAX_COLUMNS:
        raise LimitError(
            f"{shown} has {width:,} columns; the limit is {MAX_COLUMNS:,}", "leave some out"
        )
    raise LimitError(f"{shown} has more than {MAX_CELLS:,} cells", "give a sample of the rows")


def _uneven(width: int, text: str, layout: Layout, shown: str) -> None:
    """The line of the first record that has not `width` fields, as an error."""
    numbered = numbered_records(text, layout)
    top = next(numbered)[0]
    rows = list(numbered)
    if all(len(row) == width + 1 for _, row in rows):
        comma = " decimal commas that cut numbers in two," if layout.sep == "," else ""
        raise TableError(
            f"{shown}: every row has {width + 1:,} fields, the header on line {top:,} has"
            f" {width:,}: row names without a name,{comma} or a cell too much",
            NAMELESS,
        )
    _refuse_above(top, rows, text, layout, shown)
    line, row = next((line, row) for line, row in rows if len(row) != width)
    what = f"{shown}, line {line:,}: {count(len(row), 'field')}, line {top:,} has {width:,}"
    if row[0].lstrip().startswith("#"):
        raise TableError(f"{what}; it looks like a comment", "remove the line")
    what += f" ({show(row[0], 40)})" if len(row) == 1 else ""
    raise TableError(what, EXTRA if len(row) > width else SHORT)


def _refuse_above(
    top: int, rows: Sequence[tuple[int, list[str]]], text: str, layout: Layout, shown: str
) -> None:
    """
    Raises:
        TableError: the first lines have a cell or none, or are several and narrower, and all below
            are alike.
    """
    wide = len(rows[-1][1])
    title = next(numbered_records(text, layout))[1]
    every = [(top, title), *rows]
    first = next(i for i, (_, row) in enumerate(every) if len(row) == wide)
    over = [sum(map(bool, map(str.strip, row))) < 2 for _, row in every[:first]]
    narrow = 1 < first < ABOVE and all(len(row) < wide for _, row in every[:first])
    if (
        wide < 3
        or not over
        or not (all(over) or narrow)
        or any(len(row) != wide for _, row in rows[first:])
    ):
        return
    last = every[first - 1][0]
    where = f"line {top:,}" if first == 1 else f"lines {top:,} to {last:,}"
    stand = "stands" if first == 1 else "stand"
    raise TableError(
        f"{shown}, {where} {stand} above the table (the first: {show(title[0], 40)}): all lines"
        f" below have {wide:,} fields",
        f"remove {'the line' if first == 1 else 'these lines'}",
    )


def numbered_records(text: str, layout: Layout) -> Iterator[tuple[int, list[str]]]:
    """Records with the line on which each begins."""
    limit = csv.field_size_limit(MAX_CELL_CHARS)
    try:
        reader, line = _reader(text, layout), 1 + layout.above
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield line, row
            line = reader.line_num + 1 + layout.above
    finally:
        csv.field_size_limit(limit)


def _broken(error: str, text: str, layout: Layout, shown: str) -> NoReturn:
    """The csv module's complaint, with the line where the broken record begins."""
    reader, line = _reader(text, layout), 1 + layout.above
    try:
        for _ in reader:
            line = reader.line_num + 1 + layout.above
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
