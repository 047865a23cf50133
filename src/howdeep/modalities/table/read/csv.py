"""Text tables (CSV, TSV and relatives), strictly: every row as wide as the header, nothing shifted.

The standard `csv` module in strict mode cuts the text, or numpy does, to the same cells, where
nothing is odd about it (`quick`); libraries that also guess types turn a class called NA into a
missing value and shift the columns of rows that are one field too long.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from howdeep.base.errors import TableError
from howdeep.base.words import count, show, show_path
from howdeep.data.column import Column
from howdeep.modalities.table.read.above import above
from howdeep.modalities.table.read.blanks import (
    BLANKS,
    cut_at_blanks,
    cut_at_signs,
    is_cut_by_blanks,
)
from howdeep.modalities.table.read.clean import Inf, clean_columns
from howdeep.modalities.table.read.decode import decode
from howdeep.modalities.table.read.guess import (
    SEPARATORS,
    Layout,
    Quotes,
    guess_header,
    guess_quotes,
    guess_separator,
    has_blank_quotes,
    over_numbers,
    sample,
)
from howdeep.modalities.table.read.names import Notes, check_names, header_names, numbered_names
from howdeep.modalities.table.read.packed import unpacked
from howdeep.modalities.table.read.parse import Parsed, numbered_records, parse
from howdeep.modalities.table.read.quick import Quick, quick
from howdeep.modalities.table.read.strays import (
    one_column,
    refuse_repeats,
    refuse_units,
    same_line,
)
from howdeep.modalities.table.table import Table

TRAILING = "Every row ends in a separator too much, which was left out."


def read_text_table(
    path: str | os.PathLike[str],
    *,
    sep: str | None = None,
    header: bool | None = None,
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    inf: Inf | None = None,
    quotes: Quotes | None = None,
) -> Table:
    """Read a text table; what is `None` is guessed, and every guess is a sentence in its notes.

    `header`: whether the first line holds column names; `names` gives them instead. `inf`: what
    to do with infinite numbers; without it they are refused.

    Raises:
        TableError: no such file, not a regular file, not text, ragged rows, unclosed quotes,
            duplicate names, no rows, or a first line that does not look like a header.
        LimitError: more bytes, columns or cells than `base.limits` allows.
        UnsafeFile: a pickle.
    """
    shown = show_path(os.fspath(path))
    data, sha256, packed = unpacked(path)
    text, decoded = decode(data, shown, encoding)
    del data  # what is not needed any more would double what a large table takes
    if sep is not None and sep != BLANKS and len(sep) > 1:
        text, sep = cut_at_signs(text, sep, quotes)
    top = above(text, None if sep == BLANKS else sep, shown)
    text = text[top.start :] if top.start else text
    text, layout, guessed = _layout(text, shown, sep or top.sep, quotes, top.lines)
    records = sample(text, layout)
    has_header, title = _header(records, shown, header, names, top.lines + 1)
    parsed = _parsed(text, layout, shown, has_header)
    if has_header:
        _check_strays(parsed, records, text, layout, shown)
    del text
    found, named = _names(parsed.first, has_header, names, shown)
    if has_header and not parsed.rows:
        raise TableError(f"{shown} has a header and 0 rows", "give a file with rows of data")
    columns, cleaned = clean_columns(found, parsed.take(has_header), shown, inf)
    skipped: Notes = (f"{count(parsed.blank, 'blank line')} left out.",) if parsed.blank else ()
    skipped += (TRAILING,) if parsed.trailing else ()
    return Table(
        name="/".join(Path(path).parts[-2:]),
        path=os.fspath(path),
        sha256=sha256,
        columns=tuple(Column(name, column) for name, column in zip(found, columns, strict=True)),
        notes=packed + decoded + top.notes + guessed + title + named + skipped + cleaned,
    )


def _parsed(text: str, layout: Layout, shown: str, has_header: bool) -> Parsed | Quick:
    """The records, at once where nothing is odd about them."""
    found = quick(text, layout)
    if found is None or not found.rows or (has_header and found.repeats):
        return parse(text, layout, shown)
    return found


def _check_strays(
    parsed: Parsed | Quick, records: Sequence[Sequence[str]], text: str, layout: Layout, shown: str
) -> None:
    """Refuse the header once more, and a row of units below it."""
    if isinstance(parsed, Parsed) and parsed.repeats:
        numbered = list(numbered_records(text, layout))
        first, header = numbered[0][0], same_line(numbered[0][1])
        again = (line for line, row in numbered[1:] if same_line(row[: len(header)]) == header)
        refuse_repeats(tuple(again), first, shown)
    if len(records) > 1:
        empty = next((i for i, row in enumerate(records[1:]) if any(row)), 0)
        few = islice(numbered_records(text, layout), 2 + empty)
        refuse_units(records[0], records[1 + empty :], [line for line, _ in few][-1], shown)


def _layout(
    text: str, shown: str, sep: str | None, quotes: Quotes | None, lines: int
) -> tuple[str, Layout, Notes]:
    """The text as it is to be cut, how, and what was guessed; `lines` of the file stand before."""
    notes: Notes = ()
    if sep is None:
        sep = guess_separator(text)
        if is_cut_by_blanks(text, sep):
            notes += ("Runs of blanks separate the cells (guessed; --sep overrides).",)
            sep = BLANKS
        elif sep is None:
            raise one_column(text, shown)
        else:
            notes += (f"The separator is the {SEPARATORS[sep]} (guessed; --sep overrides).",)
    if sep == BLANKS:
        text, sep, quotes = cut_at_blanks(text, quotes), "\t", quotes or "double"
    if quotes is None:
        quotes = guess_quotes(text, sep)
        if quotes == "none":
            notes += (
                "Quotation marks were taken as ordinary characters, because they do not pair up"
                " (guessed; --quotes double overrides).",
            )
    blanks = has_blank_quotes(text, sep)
    if blanks:
        notes += ("Blanks after separators were removed.",)
    return text, Layout(sep, quotes, blanks, lines), notes


def _header(
    first: list[list[str]],
    shown: str,
    header: bool | None,
    names: Sequence[str] | None,
    line: int,
) -> tuple[bool, Notes]:
    """Whether the first record is a header; asks, by an error, where that is not clear."""
    if names is not None and header is None:
        same = bool(first) and first[0] == list(names)
        texts, numbers = over_numbers(first) if first else (0, 0)
        if texts and not numbers and not same:
            raise TableError(
                f"{shown}, line {line}: {show(','.join(first[0]), 60)} looks like a header, and"
                " names were given",
                "if it is one, say --header (your names replace it); if it is data, --no-header",
            )
        note = "The first line repeats the names given and was taken as the header."
        return same, (note,) if same else ()
    if header is not None or not first:
        return header is not False, ()
    guess = guess_header(first)
    if guess == "yes":
        note = "The first line is the header (guessed; --no-header or --names overrides)."
        return True, (note,)
    says = "looks like data" if guess == "no" else "may be a header or data"
    raise TableError(
        f"{shown}, line {line}: {show(','.join(first[0]), 60)} {says}",
        "if there is no header, say --no-header (columns become column_1, column_2, ..., and"
        " --target -1 is the last) or --names a,b,c; if this is the header, say --header",
    )


def _names(
    first: list[str], has_header: bool, names: Sequence[str] | None, shown: str
) -> tuple[tuple[str, ...], Notes]:
    notes: Notes = ()
    if names is not None and len(names) != len(first):
        raise TableError(
            f"{shown} has {count(len(first), 'column')}, but {count(len(names), 'name')} came",
            f"give {count(len(first), 'name')}",
        )
    if names is not None:
        found = tuple(names)
    elif has_header:
        found, notes = header_names(first)
    else:
        found = numbered_names(len(first))
    check_names(found, shown)
    return found, notes
