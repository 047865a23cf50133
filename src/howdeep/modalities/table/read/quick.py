"""Tables whose cells end where separators and lines do: cut at once, to the cells `parse` finds.

What is odd about a text - records of several widths, blank lines, quotation marks inside a cell,
bare carriage returns - is left to `parse`, which says what is wrong where.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from howdeep.base.limits import MAX_CELL_CHARS, MAX_CELLS, MAX_COLUMNS
from howdeep.data import cells
from howdeep.data.column import Coded, Numerals
from howdeep.modalities.table.read.dense import LARGEST, Places, Raw, dense
from howdeep.modalities.table.read.guess import Layout, dialect
from howdeep.modalities.table.read.strays import same_line

AT_ONCE = 1 << 20  # bytes
HEAD = 100_000  # characters of the first line
FEW = 1_000  # rows that may be the header once more
LINE, RETURN, QUOTE = 10, 13, 34


@dataclass(frozen=True, eq=False)
class Quick:
    """A text as it was cut: `ends` (N, p) of the cells of all records, the first among them.

    `wide`: characters of a line's end; `quoted`: some cells stand in quotation marks.
    """

    raw: bytes
    sep: str
    ends: Places
    wide: int
    quoted: bool
    first: list[str]
    blank = 0
    trailing = False

    @property
    def rows(self) -> int:
        """Behind the first."""
        return len(self.ends) - 1

    @property
    def repeats(self) -> bool:
        """May some record say the same as the first?"""
        head = self.first[0].strip().casefold()
        found = self.column(0, True)
        if isinstance(found, Numerals) and not (
            cells.NUMBER.fullmatch(head) or cells.is_missing(head)
        ):
            return False
        every = found if isinstance(found, Coded) else Coded.of(_texts(found))
        like = [level for level in every.levels if level.strip().casefold() == head]
        rows = every.rows_of(like)
        wanted = same_line(self.first)
        return len(rows) > FEW or any(
            same_line(self.record(row + 1)) == wanted for row in rows.tolist()
        )

    def take(self, header: bool) -> Iterator[Raw]:
        """The cells of column after column, without the first if it is a header."""
        for j in range(self.ends.shape[1]):
            yield self.column(j, header)

    def column(self, j: int, header: bool) -> Raw:
        """The cells of one column."""
        starts, ends = self.places(j, header)
        written = partial(_written, self.raw, self.wide, self.sep, self.quoted, j, header)
        return dense(self.raw, starts, ends, written) or self.texts(starts, ends)

    def places(self, j: int, header: bool) -> tuple[Places, Places]:
        """Where the cells of a column begin and end (N,)."""
        last = self.ends.shape[1] - 1
        starts = np.empty(len(self.ends), np.int32)
        if j:
            starts[:] = self.ends[:, j - 1] + 1
        else:
            starts[0], starts[1:] = 0, self.ends[:-1, last] + self.wide
        ends = self.ends[:, j].copy()
        if self.quoted:
            data = np.frombuffer(self.raw, np.uint8)
            inside = (data[starts] == QUOTE) & (starts < ends)
            starts += inside
            ends -= inside
        return starts[header:], ends[header:]

    def texts(self, starts: Places, ends: Places) -> list[str]:
        """The cells between these places."""
        raw = self.raw
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        return [raw[start:end].decode() for start, end in pairs]

    def record(self, row: int) -> list[str]:
        """The cells of a record, the first being 0."""
        ends = self.ends[row].tolist()
        begin = int(self.ends[row - 1, -1]) + self.wide if row else 0
        texts = [
            self.raw[start:end].decode()
            for start, end in zip([begin, *(e + 1 for e in ends[:-1])], ends, strict=True)
        ]
        marks = self.quoted
        return [c[1:-1] if marks and len(c) > 1 and c[0] == c[-1] == '"' else c for c in texts]


def _written(raw: bytes, wide: int, sep: str, quoted: bool, j: int, header: bool) -> list[str]:
    """The cells of one column without the blanks around them: cut again, as few are asked for."""
    places = _cut(raw, ord(sep))
    width = int(np.searchsorted(places, raw.index(b"\n"))) + 1
    made = _framed(raw, sep, places, width, wide, quoted)
    return [cell.strip() for cell in made.texts(*made.places(j, header))]


def _framed(raw: bytes, sep: str, places: Places, width: int, wide: int, quoted: bool) -> Quick:
    """Records of one width, but for the first one's cells."""
    ends = places.reshape(-1, width)
    ends[:, -1] -= wide - 1
    return Quick(raw, sep, ends, wide, quoted, [])


def _texts(found: Raw) -> Sequence[str]:
    return found if isinstance(found, list) else found.cells()


def quick(text: str, layout: Layout) -> Quick | None:
    """The text cut at once, if it has at least two columns and nothing odd; else None."""
    if layout.blank_quotes or not layout.sep.isascii() or len(text) >= LARGEST:
        return None
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return None
    wide = _line_ends(raw)
    if not wide or len(raw) >= LARGEST:
        return None
    raw = _ended(raw, wide)
    quoted = layout.quotes != "none" and b'"' in raw
    places = _cut(raw, ord(layout.sep))
    head = raw[: raw.index(b"\n") + 1 - wide].decode()
    width = head.count(layout.sep) + 1
    rows, over = divmod(len(places), width)
    if over or width < 2 or width > MAX_COLUMNS or len(places) > MAX_CELLS or len(head) > HEAD:
        return None
    last = np.frombuffer(raw, np.uint8)[places[width - 1 :: width]]
    if raw.count(b"\n") != rows or not (last == LINE).all() or _longest(places) > MAX_CELL_CHARS:
        return None
    made = _framed(raw, layout.sep, places, width, wide, quoted)
    if quoted and not _is_simple(made):
        return None
    first = next(csv.reader([head], **dialect(layout)))  # type: ignore[arg-type]
    return replace(made, first=first) if len(first) == width else None


def _line_ends(raw: bytes) -> int:
    """Characters of every line's end; 0 where lines end in several ways."""
    returns = raw.count(b"\r")
    if not returns:
        return 1
    both = raw.count(b"\r\n")
    return 2 if returns == both == raw.count(b"\n") else 0


def _ended(raw: bytes, wide: int) -> bytes:
    """The text with one end behind its last line."""
    end = b"\r\n" if wide == 2 else b"\n"
    if not raw.endswith(end):
        return raw + end
    size = len(raw)
    while raw.endswith(end, 0, size - wide) and size > wide:
        size -= wide
    return raw if size == len(raw) else raw[:size]


def _cut(raw: bytes, sep: int) -> Places:
    """Where separators and lines' ends stand."""
    data = np.frombuffer(raw, np.uint8)
    found = []
    for at in range(0, len(data), AT_ONCE):
        part = data[at : at + AT_ONCE]
        here = np.flatnonzero((part == sep) | (part == LINE))
        found.append((here + at).astype(np.int32))
    return np.concatenate(found)


def _longest(places: Places) -> int:
    """The characters of the longest cell, or a few more."""
    parts = (places[at : at + AT_ONCE + 1] for at in range(0, len(places), AT_ONCE))
    return max(int(places[0]), *(int(np.diff(part).max(initial=0)) for part in parts))


def _is_simple(made: Quick) -> bool:
    """Do quotation marks stand around whole cells, and nowhere else?

    Then no cell holds one, or a separator: as many marks as two for each cell that begins and ends
    with one.
    """
    data = np.frombuffer(made.raw, np.uint8)
    marked = 0
    for j in range(made.ends.shape[1]):
        starts, ends = replace(made, quoted=False).places(j, False)
        opens = (data[starts] == QUOTE) & (ends - starts > 1)
        marked += int((opens & (data[ends - 1] == QUOTE)).sum())
    return 2 * marked == made.raw.count(b'"')
