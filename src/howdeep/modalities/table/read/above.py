"""What stands above the header of a text table: Excel's `sep=`, and lines of comment."""

from __future__ import annotations

import re
from typing import NamedTuple

from howdeep.base.errors import TableError
from howdeep.base.words import count, show
from howdeep.modalities.table.read.guess import (
    Layout,
    guess_header,
    guess_separator,
    over_numbers,
    sample,
)

SEP = re.compile(r'[ \t]*"?sep=(?:(.)"?[ \t]*|"?[ \t]*)(?:\r\n|\r|\n)', re.IGNORECASE)
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
DRAWN = re.compile(r"[ \t]*[+|\u2500-\u257f][-+=|\u2500-\u257f]{4,}[ \t]*(?:\r\n|\r|\n)")
COMMENT = "#"


class Above(NamedTuple):
    """Where the table begins in the text, the lines before, the separator they name, and notes."""

    start: int = 0
    lines: int = 0
    sep: str | None = None
    notes: tuple[str, ...] = ()


def above(text: str, sep: str | None, shown: str) -> Above:
    """What is no part of the table at the top of a text; `sep` is the separator, if it is known.

    Raises:
        TableError: a line drawn around the table, or a first line `sep=` that names none, or
            another than `sep`.
    """
    drawn = DRAWN.match(text)
    if drawn is not None:
        raise TableError(
            f"{shown}, line 1: {show(drawn[0].strip(), 40)} is a line drawn around a table",
            "export it as CSV, or remove these lines and the | at both ends of the others",
        )
    named = _named(text, sep, shown)
    start, lines = named.start, named.lines
    sep = named.sep or sep
    comments = _comments(text, start)
    kept = len(comments) > 1 and _is_header(text, comments, sep)
    gone = len(comments) - 1 - kept
    if gone < 1:
        return named
    first = text[comments[0] : comments[1]].strip()
    note = f"{count(gone, 'line')} of comment above the table left out (the first: {show(first)})."
    return Above(comments[gone], lines + gone, named.sep, (*named.notes, note))


def _named(text: str, sep: str | None, shown: str) -> Above:
    """The first line `sep=;` that spreadsheets write and obey."""
    found = SEP.match(text)
    if found is None:
        return Above()
    named = found[1]
    if named is None or named.isalnum() or named in "\"'.-":
        raise TableError(
            f"{shown}, line 1: {show(found[0].strip())} names no separator that can be used",
            "remove the line, and name the separator with --sep",
        )
    if sep is not None and sep != named:
        raise TableError(
            f"{shown}, line 1: {show(found[0].strip())} names another separator than --sep",
            "leave --sep out, or remove the line",
        )
    note = f"The first line, {show(found[0].strip())}, names the separator and was obeyed."
    return Above(found.end(), 1, named, (note,))


def _comments(text: str, start: int) -> list[int]:
    """Where each of the lines that begin with `#` begins, and the line behind the last."""
    places = [start]
    while text.startswith(COMMENT, places[-1]):
        found = LINE.match(text, places[-1])
        if found is None:  # the last line has no end: nothing stands below it
            break
        places.append(found.end())
    return places


def _is_header(text: str, comments: list[int], sep: str | None) -> bool:
    """Is the last line that begins with `#` the header, as numpy.savetxt and others write it?

    It is if it has as many cells as the lines below it, and these do not begin with a header of
    their own.
    """
    below = text[comments[-1] :][:300_000]
    sep = sep or guess_separator(below)
    if sep is None:
        return False
    layout = Layout(sep, "double")
    head = sample(text[comments[-2] : comments[-1]], layout)
    rows = sample(below, layout)
    if not head or not rows or len(head[0]) != len(rows[0]):
        return False
    texts, numbers = over_numbers(rows) if len(rows) > 1 else (0, 0)
    if texts or numbers:
        return not texts
    return guess_header([head[0], *rows]) == "yes"
