"""Cells of a category as text, and which known level a cell is; the same in training and after.

Frames and files write the same thing in several ways: `3` and `3.0`, `True` and `TRUE`, with and
without blanks around it. What is a level as it stands is that level; else its meaning decides,
where only one level has it. A handed-over net carries this file whole (`net.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from howdeep.data.number import EXACT, number


def label(cell: Any) -> str:
    """A cell as the text of a category; empty where it is missing.

    >>> [label(cell) for cell in (3.0, np.float64(1.5), float("nan"), None, " a", True)]
    ['3', '1.5', '', '', ' a', 'True']
    """
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(cell, (float, np.floating)):
        value = float(cell) + 0.0  # no minus zero: equal cells, equal labels
        whole = value % 1 == 0 and abs(value) <= EXACT
        return "" if value != value else f"{value:.0f}" if whole else repr(value)
    return str(cell)


def unmasked(values: Any) -> Any:
    """A masked array with None where it is masked; anything else as it is.

    >>> unmasked(np.ma.masked_equal([1, 2], 2)).tolist()
    [1, None]
    """
    if not isinstance(values, np.ma.MaskedArray) or values.dtype.names:
        return values
    if values.dtype.kind == "f":
        return np.asarray(values.filled(np.nan))
    out = values.data.astype(object)
    out[np.ma.getmaskarray(values)] = None
    return out


def meaning(text: str) -> object:
    """What a category says, however it is written.

    A number by `number.number`; but what is missing in a column of numbers may be a category.

    >>> meaning("TRUE") == meaning(" True"), meaning("01") == meaning("1.0"), meaning("?")
    (True, True, '?')
    """
    text = text.strip()
    if text.lower() in ("true", "false"):
        return text.lower()
    value = number(text)
    return text if value is None or value != value else value


def match(cells: Iterable[str], places: Mapping[str, int], unseen: int) -> list[int]:
    """Codes of cells, given those of the levels: -1 where empty, `unseen` where none is meant.

    >>> match(["1.0", "", "b", " a"], {"a": 0, "1": 1}, unseen=2)
    [1, -1, 2, 0]
    """
    meant: dict[object, list[int]] = {}
    for level, code in places.items():
        meant.setdefault(meaning(level), []).append(code)
    alone = {what: codes[0] for what, codes in meant.items() if len(codes) == 1}
    cells = list(cells)
    other = {cell: alone.get(meaning(cell), unseen) if cell.strip() else -1 for cell in set(cells)}
    return [places.get(cell, other[cell]) for cell in cells]


def index_of(values: Any) -> Any:
    """The index of a frame or a column of pandas; None of anything else."""
    index = getattr(values, "index", None)
    return index if hasattr(values, "iloc") and hasattr(index, "equals") else None


def reordered(one: Any, other: Any) -> bool:
    """Have two such indices the same labels in another order? By place and by label rows differ."""
    if one is None or other is None or len(one) != len(other) or one.equals(other):
        return False
    return set(one) == set(other)
