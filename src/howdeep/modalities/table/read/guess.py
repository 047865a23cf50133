"""What a text table does not say itself: separator, quoting, header. Each guess can be overridden.

Guesses look at the first records only; the strict parse afterwards looks at all of them.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Literal

from howdeep.base.limits import MAX_CELL_CHARS
from howdeep.data import cells
from howdeep.data.notation import is_written

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE_CHARS = 200_000
SAMPLE_RECORDS = 200
MOSTLY = 0.9  # of the cells are numbers: a column of numbers, for the purpose of guessing

Quotes = Literal["double", "none"]
Header = Literal["yes", "no", "unclear"]


@dataclass(frozen=True)
class Layout:
    """How the text is cut into cells."""

    sep: str
    quotes: Quotes
    blank_quotes: bool = False  # blanks stand between a separator and a quotation mark
    above: int = 0  # lines of the file before the text


def dialect(layout: Layout) -> dict[str, object]:
    """Keyword arguments for `csv.reader`, strict."""
    quoting = csv.QUOTE_NONE if layout.quotes == "none" else csv.QUOTE_MINIMAL
    return {
        "delimiter": layout.sep,
        "quoting": quoting,
        "strict": True,
        "skipinitialspace": layout.blank_quotes,
    }


def sample(text: str, layout: Layout) -> list[list[str]]:
    """The first records, blanks stripped; stops quietly where the strict parse will complain."""
    part = text[:SAMPLE_CHARS]
    cut = len(part) < len(text)
    limit = csv.field_size_limit(MAX_CELL_CHARS)
    records: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(part, newline=""), **dialect(layout)):  # type: ignore[arg-type]
            if row:
                records.append([cell.strip() for cell in row])
            if len(records) == SAMPLE_RECORDS:
                return records
    except csv.Error:
        return records
    finally:
        csv.field_size_limit(limit)
    return records[:-1] if cut and len(records) > 1 else records


def guess_separator(text: str) -> str | None:
    """The separator whose cells are most alike in number and cleanest; None = one column.

    >>> guess_separator("a;b\\n1,5;2\\n2,5;3\\n"), guess_separator("a\\n1\\n2\\n")
    (';', None)
    """
    scored, seen = [], 0
    for order, sep in enumerate(SEPARATORS):
        records = sample(text, Layout(sep, guess_quotes(text, sep)))
        widths = [len(row) for row in records]
        seen += len(records)
        common = max(set(widths), key=lambda w: (widths.count(w), w)) if widths else 0
        if common > 1:
            share = widths.count(common) / len(widths)
            scored.append((round(share, 2) + _clean(records, sep), common, -order, sep))
    if not seen:
        return ","  # the first record is broken: the strict parse will say how
    return max(scored)[-1] if scored else None


def _clean(records: list[list[str]], sep: str) -> float:
    """Share of cells that no other separator would cut; numbers with signs count as clean."""
    others = [other for other in SEPARATORS if other != sep]
    every = [cell for row in records for cell in row]
    good = sum(not any(other in cell for other in others) or is_written(cell) for cell in every)
    return good / max(len(every), 1)


def guess_quotes(text: str, sep: str) -> Quotes:
    """Tab-separated files often hold bare quotation marks; all others quote.

    A tab-separated file quotes if every field that begins with a quotation mark also ends with one
    on its own line.
    """
    if sep != "\t" or '"' not in text:
        return "double"
    for line in text.splitlines():
        if '"' in line:
            for cell in line.split("\t"):
                if cell.startswith('"') and (len(cell) < 2 or not cell.endswith('"')):
                    return "none"
    return "double"


def has_blank_quotes(text: str, sep: str) -> bool:
    """Do blanks stand between separators and opening quotation marks, as in `a, "b, c"`?"""
    return '"' in text and sep not in ' "' and re.search(re.escape(sep) + ' +"', text) is not None


def guess_header(records: list[list[str]]) -> Header:
    """Is the first record a header? By what distinguishes it from the column below.

    "no": it holds a number where the column holds numbers, or a value that the column holds again.
    "yes": it holds text in every column of numbers. "unclear": some of each, or no evidence.

    >>> guess_header([["age", "y"], ["31", "a"]]), guess_header([["31", "a"], ["32", "b"]])
    ('yes', 'no')
    """
    texts, numbers = over_numbers(records)
    if texts and numbers:
        return "unclear"
    if texts or numbers:
        return "yes" if texts else "no"
    return _header_of_texts(records[0], records[1:])


def over_numbers(records: list[list[str]]) -> tuple[int, int]:
    """Texts, and numbers, that the first record has in columns of numbers."""
    first, rest = records[0], records[1:]
    texts = numbers = 0
    for j, name in enumerate(first):
        if not is_mostly_numbers([row[j] for row in rest if len(row) > j]):
            continue
        numbers += is_numeric(name) or (name != "" and cells.is_missing(name))
        texts += not is_numeric(name) and not cells.is_missing(name)
    return texts, numbers


def is_mostly_numbers(column: list[str]) -> bool:
    """Are nearly all cells that are there numbers?"""
    there = [cell for cell in column if not cells.is_missing(cell)]
    return bool(there) and sum(map(is_numeric, there)) >= MOSTLY * len(there)


def _header_of_texts(first: list[str], rest: list[list[str]]) -> Header:
    """No column of numbers to compare with: a name is not one of the values below it."""
    if any(is_numeric(name) for name in first):
        return "unclear"
    again = any(name and name == row[j] for row in rest for j, name in enumerate(first[: len(row)]))
    return "no" if again else "yes"


def is_numeric(cell: str) -> bool:
    """Is the cell a number, plain or in another notation?"""
    return cells.is_number(cell) or is_written(cell)
