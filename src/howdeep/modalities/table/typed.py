"""One column of a frame, an array or a list: its type is kept, and its cells are read as numbers.

Numbers are numbers; strings, categories and booleans are text; None and NaN are missing. No frame
library is imported. A handed-over net carries this file whole, so that it reads what it is given
as `predict` does.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.data.matching import label
from howdeep.data.notation import PLAIN, Notation, number_in
from howdeep.data.number import EXACT, is_infinite


class NoColumn(ValueError):
    """What is given is no column: `what` it has, said after the column's name, and one `fix`."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(f"{what}; {fix}")


def typed(values: Any) -> NDArray[np.object_] | NDArray[np.float64]:
    """The column (N,) as float64 with NaN, infinite numbers among them, or as text with None.

    Raises:
        NoColumn: nested values, or values that are neither numbers nor text.

    >>> typed([1, None]).tolist(), typed(["1", None]).tolist(), typed(np.array([True])).tolist()
    ([1.0, nan], ['1', None], ['True'])
    """
    array = _array(values)
    if array.ndim != 1:
        raise NoColumn(f"has shape {array.shape}", "give one value per row")
    kind = array.dtype.kind
    if kind == "f" or (kind in "iu" and not _inexact(array)):
        return array.astype(np.float64)
    if kind in "iubUMm":
        text = array.astype(str).astype(object)
        if kind in "Mm":
            text[np.isnat(array)] = None
        return text
    if kind == "O":
        return _from_objects(array)
    raise NoColumn(
        f"has the type {array.dtype}, which is neither numbers nor text",
        "turn it into numbers or strings",
    )


def as_numbers(
    values: NDArray[np.object_] | NDArray[np.float64] | Sequence[str],
    infinite: bool = False,
    how: Notation = PLAIN,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Cells (N,) that `typed` or a file gives, in a notation: missing ones and none are NaN.

    With them the places of the cells that are no numbers. `infinite`: infinite numbers are missing.

    >>> as_numbers(["1", "?", "one", "inf"])
    (array([ 1., nan, nan, nan]), array([2, 3]))
    """
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        bad = np.isinf(values)
        odd = np.flatnonzero(bad & (not infinite)).astype(np.int64)
        return np.where(bad, np.nan, values).astype(np.float64) + 0.0, odd
    cells = ["" if cell is None else str(cell) for cell in values]
    read = {cell: number_in(cell, how) for cell in set(cells)}
    none = {
        cell
        for cell, value in read.items()
        if value is None and not (infinite and is_infinite(cell))
    }
    known = {cell: np.nan if value is None else value for cell, value in read.items()}
    found = np.fromiter(map(known.__getitem__, cells), np.float64, len(cells))
    places = [i for i, cell in enumerate(cells) if cell in none] if none else []
    return found, np.array(places, dtype=np.int64)


def objects(values: Sequence[Any]) -> NDArray[np.object_]:
    """The values as an array (N,) of objects, whatever they are."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _array(values: Any) -> NDArray[Any]:
    """The column as an array that loses nothing: whole numbers with gaps stay whole."""
    if hasattr(values, "to_list") and hasattr(values, "null_count"):  # polars
        return np.asarray(values) if values.dtype.is_float() else objects(values.to_list())
    if isinstance(values, list | tuple):
        return objects(values)
    own = getattr(values, "dtype", None)
    if hasattr(own, "categories"):  # pandas: classes, be they numbers
        return objects([label(value) or None for value in values.tolist()])
    if hasattr(values, "tolist") and own is not None and not isinstance(own, np.dtype):
        return objects(values.tolist())  # pandas extension types: to floats they would be rounded
    return np.asarray(values)


def _inexact(array: NDArray[Any]) -> bool:
    """Would float64 round some of these whole numbers?"""
    return len(array) > 0 and max(abs(int(array.min())), abs(int(array.max()))) > EXACT


def _from_objects(array: NDArray[np.object_]) -> NDArray[np.object_] | NDArray[np.float64]:
    values = [None if _is_gone(value) else value for value in array.tolist()]
    present = [value for value in values if value is not None]
    if present and all(map(_is_real, present)) and not any(map(_is_rounded, present)):
        return np.array([np.nan if value is None else float(value) for value in values])
    if any(isinstance(v, list | tuple | dict | set | bytes | np.ndarray) for v in present):
        raise NoColumn(
            "holds lists, bytes or other nested values", "give one number or string per cell"
        )
    return objects([None if value is None else str(value) for value in values])


def _is_gone(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and bool(value != value)


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)


def _is_rounded(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and abs(int(value)) > EXACT
