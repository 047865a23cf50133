"""Cells separated by runs of blanks, as old instruments and statistics programs write them, or by
several signs at once."""

from __future__ import annotations

import re

from howdeep.data import cells
from howdeep.data.notation import is_written
from howdeep.modalities.table.read.guess import SAMPLE_CHARS, Layout, Quotes, guess_quotes, sample

BLANKS = "blanks"  # what --sep calls them
RUNS = re.compile(r'"(?:[^"]|"")*"|[ \t]+')
ENDS = re.compile(r"^\t+|\t+(?=\r|\n|\Z)", re.MULTILINE)
THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+")
UNITS = "\x1f\x1e\x1d\x1c"  # that ASCII has as separators, and no text has
MANY = 3  # lines, below which widths agree by luck


def cut_at_blanks(text: str, quotes: Quotes | None) -> str:
    """The text with a tab for each run of blanks outside quotation marks, and none at the ends.

    >>> cut_at_blanks('  1   2.5 "a  b" \\n', None)
    '1\\t2.5\\t"a  b"\\n'
    """
    if quotes == "none":
        cut = re.sub(r"[ \t]+", "\t", text)
    else:
        cut = RUNS.sub(lambda found: found[0] if found[0][0] == '"' else "\t", text)
    return ENDS.sub("", cut)


def cut_at_signs(text: str, sep: str, quotes: Quotes | None) -> tuple[str, str]:
    """The text with one character for each `sep` of several, outside quotation marks, and which.

    >>> cut_at_signs('a||"b||c"||d', "||", None)[0].split("\\x1f")
    ['a', '"b||c"', 'd']
    """
    one = next((sign for sign in UNITS if sign not in text), UNITS[0])
    if quotes == "none":
        return text.replace(sep, one), one
    sign = re.escape(sep)
    quoted = rf'(?:\A|(?<=[\r\n])|(?<={sign}))"(?:[^"]|"")*"(?={sign}|[\r\n]|\Z)'
    return re.sub(rf"{quoted}|{sign}", lambda m: one if m[0] == sep else m[0], text), one


def is_cut_by_blanks(text: str, sep: str | None) -> bool:
    """Do runs of blanks separate the cells, rather than `sep`, the best of the usual separators?

    They do if all lines have as many cells that way, and `sep` cuts them unevenly or leaves several
    numbers in a cell.

    >>> is_cut_by_blanks("a b\\n 1  2\\n 3 4\\n", None), is_cut_by_blanks("a,b\\n1 2,3\\n", ",")
    (True, False)
    """
    part = text[:SAMPLE_CHARS]
    if len(part) < len(text):
        part = part[: part.rfind("\n") + 1]
    rows = sample(cut_at_blanks(part, None), Layout("\t", "double"))
    if len(rows) < MANY or len(rows[1]) < 2 or len({len(row) for row in rows[1:]}) > 1:
        return False
    if len(rows[0]) not in (len(rows[1]), len(rows[1]) - 1):  # R names no column of row names
        return False
    every = [cell for row in rows for cell in row]
    if sep is None:
        return True
    other = (cell for cell in every if sep in cell)
    if sep != "\t" and not all(map(is_written, other)):
        return False
    left = sample(part, Layout(sep, guess_quotes(part, sep)))
    if len({len(row) for row in left}) > 1:
        return True
    if sep == "\t" and 2 * sum(any("  " in cell for cell in row) for row in left) > len(left):
        return True
    several = [cell for row in left for cell in row if _are_numbers(cell)]
    return len(several) > len(left) / 2 and not all(map(THOUSANDS.fullmatch, several))


def _are_numbers(cell: str) -> bool:
    parts = cell.split()
    return len(parts) > 1 and all(cells.is_number(part) or is_written(part) for part in parts)
