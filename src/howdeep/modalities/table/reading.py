"""New cells as a trained net is to see them: one piece of code for `predict` and handed-over nets.

What is refused is a `NotRead`, and what is guessed a note; the one who reads says where the cells
came from. A handed-over net carries this file whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.data.matching import label, match
from howdeep.data.notation import PLAIN, Notation
from howdeep.data.number import is_gone
from howdeep.modalities.table.dates import DateColumn
from howdeep.modalities.table.typed import as_numbers

FEW = 3  # cells that a note or an error shows
SHOWN = 60  # characters of one


@dataclass(frozen=True)
class Reading:
    """How the cells of new tables are read, as the study read its own.

    `text_is_missing`: columns that were said to be of numbers, whose text is missing.
    `levels`: of every column of categories, in the order of their codes. `notations`: of columns of
    numbers, where they are not plain. `words_are_missing`: in columns of categories, too, as in
    studies from howdeep 0.5 on. `complete`: columns of which no cell was missing in training.
    `dates`: the columns that several columns of numbers were made of. `nameless`: how many columns
    there were, if they had no names. `grouped`: columns of whole numbers whose thousands were
    parted by a comma or a dot.
    """

    text_is_missing: tuple[str, ...]
    infinite_is_missing: bool
    levels: Mapping[str, tuple[str, ...]]
    notations: Mapping[str, Notation] = field(default_factory=dict)
    words_are_missing: bool = False
    complete: tuple[str, ...] = ()
    dates: tuple[DateColumn, ...] = ()
    nameless: int = 0
    grouped: tuple[str, ...] = ()


class NotRead(ValueError):
    """Cells of a column that the net cannot be given: `what`, said behind its name, and a `fix`."""

    def __init__(self, name: str, what: str, fix: str) -> None:
        self.name, self.what, self.fix = name, what, fix
        super().__init__(f"column {name!r}{what}; {fix}")


def read_numbers(
    name: str, cells: NDArray[np.object_] | NDArray[np.float64], how: Reading
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The numbers (n,) of a column, NaN where missing, and what is to be said of them.

    Raises:
        NotRead: a cell is no number in the notation of the column.
    """
    notation = how.notations.get(name, PLAIN)
    if name in how.grouped:
        _check_groups(name, cells, notation)
    out, odd = as_numbers(cells, how.infinite_is_missing, notation)
    notes: tuple[str, ...] = ()
    if len(odd) and name not in how.text_is_missing:
        row = int(odd[0])
        raise NotRead(
            name,
            f", row {row + 1}: {_shown(cells[row])} is no number{_written(notation)}",
            "the net was trained on numbers there; correct the cell or empty it",
        )
    if len(odd):
        notes = (f"column {_shown(name)}: {_cells(len(odd))} no number, taken as missing.",)
    return out, notes + gaps(name, int(np.isnan(out).sum()) - len(odd), how)


def _check_groups(name: str, cells: NDArray[Any], notation: Notation) -> None:
    """
    Raises:
        NotRead: text with groups of three digits behind what is a decimal sign, in a column of
            whole numbers whose thousands had the other sign: 83.897 where training had 83,897.
    """
    groups = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?:{re.escape(notation.decimal)}[0-9]{{3}})+")
    for row, cell in enumerate(cells.tolist()):
        if isinstance(cell, str) and groups.fullmatch(cell.strip()):
            plain = cell.strip().replace(notation.decimal, "")
            raise NotRead(
                name,
                f", row {row + 1}: {_shown(cell)} may be {plain}, where training had whole numbers"
                f" with {notation.thousands!r} between thousands",
                f"write it as {plain}, or with a decimal {_sign(notation)} and other digits behind",
            )


def read_codes(
    name: str, cells: NDArray[np.object_] | NDArray[np.float64], how: Reading
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The codes (n,) of a column of categories, and what is to be said of them.

    -1 where missing; past all levels where a cell is no level (`matching.match`): such a cell is
    none of the known ones, be there one of them or many.
    """
    levels = how.levels[name]
    texts, places = [label(c) for c in cells.tolist()], {one: i for i, one in enumerate(levels)}
    if how.words_are_missing:
        texts = ["" if is_gone(text) and text not in places else text for text in texts]
    new = len(levels)
    codes = match(texts, places, new)
    gone = gaps(name, codes.count(-1), how)
    strange = list(dict.fromkeys(t for t, code in zip(texts, codes, strict=True) if code == new))
    if not strange:
        return np.array(codes, dtype=np.int64), gone
    rows = codes.count(new)
    what = f"{_listed(strange, FEW)} {'was' if rows == 1 else 'were'}"
    many = f"{rows:,} {'row' if rows == 1 else 'rows'}"
    note = f"column {_shown(name)}: {what} not seen in training ({many})"
    if rows == sum(text != "" for text in texts):
        note += f", nor was any other of its cells; those of training: {_listed(levels, FEW)}"
    return np.array(codes, dtype=np.int64), (f"{note}.", *gone)


def gaps(name: str, gone: int, how: Reading) -> tuple[str, ...]:
    """A sentence on missing cells, where training had none in that column."""
    if not gone or name not in how.complete:
        return ()
    return (f"column {_shown(name)}: {_cells(gone)} missing, and none was in training.",)


def _cells(number: int) -> str:
    return f"{number:,} cell" + ("" if number == 1 else "s")


def _written(notation: Notation) -> str:
    """What is asked of a number beside its digits."""
    if notation == PLAIN:
        return ""
    parts = [f"a decimal {_sign(notation)}"]
    parts += [f"thousands parted by {notation.thousands!r}"] if notation.thousands else []
    parts += [f"the sign {notation.currency}"] if notation.currency else []
    parts += [f"{notation.unit} behind"] if notation.unit else []
    return f" as they are written there (with {', '.join(parts)})"


def _sign(notation: Notation) -> str:
    return "comma" if notation.decimal == "," else "point"


def _shown(text: object) -> str:
    cut = str(text)
    cut = cut if len(cut) <= SHOWN else cut[: SHOWN - 1] + "…"
    return f"'{cut}'" if cut.isprintable() else ascii(cut)


def _listed(texts: Sequence[str], most: int) -> str:
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(_shown(text) for text in texts[:most]) + more
