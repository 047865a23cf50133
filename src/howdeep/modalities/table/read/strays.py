"""Lines that are no rows: the header once more, and a row of units below it."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.base.errors import TableError
from howdeep.base.words import count, listed
from howdeep.data import cells
from howdeep.modalities.table.read.guess import (
    Layout,
    guess_separator,
    is_mostly_numbers,
    is_numeric,
    sample,
)

Where = tuple[int, ...]  # line numbers
LINES = 200  # of which it is told whether columns stand at fixed places
OTHERS = ":^~!&"  # signs that may separate, and are not looked for


def same_line(one: Sequence[str]) -> tuple[str, ...]:
    """What a header has in common with its repetition: case and blanks around do not count."""
    return tuple(cell.strip().casefold() for cell in one)


def refuse_repeats(lines: Where, first: int, shown: str) -> None:
    """
    Raises:
        TableError: the header, on line `first`, stands on other `lines` as well.
    """
    if not lines:
        return
    more = f" (and {count(len(lines) - 1, 'other line')})" if len(lines) > 1 else ""
    raise TableError(
        f"{shown}, line {lines[0]:,} repeats the header of line {first:,}{more}: files were"
        " joined with their headers",
        f"remove {'the line' if len(lines) == 1 else 'these lines'}",
    )


def refuse_units(
    header: Sequence[str], records: Sequence[Sequence[str]], line: int, shown: str
) -> None:
    """
    Raises:
        TableError: the first of the `records`, on `line`, is no row but tells units or has a
            second header: text in all columns of numbers.
    """
    if len(records) < 3:
        return
    first, rest = records[0], records[1:]
    texts: list[str] = []
    for j, cell in enumerate(first):
        below = [row[j] for row in rest if len(row) > j]
        if not is_mostly_numbers(below):
            continue
        if is_numeric(cell) or (cell in below and not cells.is_missing(cell)):
            return  # what stands there again marks a missing value
        texts += [] if cells.is_missing(cell) else [cell]
    others = [cell for cell in first if not cells.is_missing(cell)]
    if len(texts) < 2 and (not texts or len(others) > 1):
        return  # one odd cell in a row of text is a typing error, and is told as one
    names = listed(header, 4)
    there = [cell for cell in map(str.strip, header) if cell]
    if (
        len(set(there)) < len(header) == len(set(first) - {""})
    ):  # a title, or headings over several columns
        raise TableError(
            f"{shown}, line {line:,} has names ({listed(first, 4)}) below another line of names"
            f" ({listed(there, 4)})",
            "keep one line of names, with one for each column, and remove what stands above it",
        )
    raise TableError(
        f"{shown}, line {line:,} has text ({listed(texts, 4)}) in all columns of numbers: it is"
        f" no row, but units or a second header below {names}",
        "remove the line",
    )


def one_column(text: str, shown: str) -> TableError:
    """Why none of the usual separators cuts the text, as far as it can be told."""
    what = f"{shown} has one column: no comma, semicolon, tab, pipe or blanks cut its lines alike"
    records = sample(text, Layout("\0", "double"))
    lines = [row[0] for row in records if row]
    quoted = all(line.startswith('"') for line in text.splitlines()[: len(lines)] if line.strip())
    inside = guess_separator("\n".join(lines)) if quoted else None
    if inside is not None:
        return TableError(
            f"{shown} has quotation marks around each whole line, so that it has one column",
            "remove them at both ends of each line",
        )
    for sign in OTHERS:
        widths = {line.count(sign) for line in lines}
        if len(lines) > 1 and len(widths) == 1 and widths != {0}:
            return TableError(what, f"name the separator: --sep '{sign}' cuts them alike")
    if _stand_apart(text):
        return TableError(
            f"{shown} has columns at fixed places, with blanks inside cells or with empty cells,"
            " which nothing separates",
            "export it as CSV, or put one separator between the columns of every line",
        )
    fix = "name the separator with --sep; a table has a column to predict and others to learn from"
    return TableError(what, fix)


def _stand_apart(text: str) -> bool:
    """Are some places, with text on both sides, blank in all of the first lines?"""
    lines = [line.rstrip() for line in text.splitlines()[:LINES] if line.strip()]
    if len(lines) < 3:
        return False
    wide = max(map(len, lines))
    blank = [all(line[i : i + 1] in ("", " ") for line in lines) for i in range(min(wide, 5_000))]
    inside = "".join(" " if one else "x" for one in blank).strip()
    return " " in inside
