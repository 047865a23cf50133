"""Columns whose every number is plain but for a decimal comma, read as a whole.

What `apart` finds out cell by cell is the same for all cells of such a column, but for which of
them may be thousands: a few cells stand for all, and its numbers are read at once.
"""

from __future__ import annotations

import re
from dataclasses import replace

from howdeep.data.column import Column, Numerals, Packed
from howdeep.data.notation import LONGEST, Pieces
from howdeep.modalities.table.apart import Marked, decimals
from howdeep.modalities.table.read.dense import unpacked

EXPONENT = re.compile(r"[0-9][eE]")
COMMA = re.compile(r"[^\0]*,[^\0]*")
GROUP = re.compile(r"(?<![^\0])-?[1-9][0-9]{0,2},[0-9]{3}(?![^\0])")  # may be thousands
LONG = re.compile(rf"[^\0]{{{LONGEST + 1}}}")
WITHIN = re.compile(r"[0-9],(?=[0-9])")


def read_whole(column: Column) -> tuple[Marked, Column] | None:
    """Cells that stand for all of a column, and it with points for commas; None of other columns.

    Of cells with a comma: the first, and the first that may be thousands, and that may not.
    """
    kept = column.kept
    if not isinstance(kept, Packed) or "," not in kept.text or not kept.text.isascii():
        return None
    text = kept.text
    if "." in text or "+" in text or EXPONENT.search(text) or LONG.search(text):
        return None
    if WITHIN.sub("", text).count(",") or kept.rows < 2:
        return None
    numbers = unpacked(Packed(text.replace(",", "."), kept.rows))
    if not isinstance(numbers, Numerals) or numbers.stripped:
        return None
    return Marked(column.name, _standing(text), ()), replace(column, kept=numbers)


def _standing(text: str) -> dict[str, Pieces]:
    """Cells of each kind, taken apart, in the order of the rows."""
    cells = (found[0] for found in COMMA.finditer(text))
    out: dict[str, Pieces] = {}
    kinds: set[str] = set()
    for cell in cells:
        parts = _plain(cell)
        kind = decimals(parts.core, None)
        if kind not in kinds:
            kinds.add(kind)
            out[cell] = parts
        if kind == ",":
            break
    if len(kinds) == 1 and (group := GROUP.search(text)):
        out.setdefault(group[0], _plain(group[0]))
    return out


def _plain(cell: str) -> Pieces:
    return Pieces(cell.lstrip("-"), cell.startswith("-"), "", "", False)
