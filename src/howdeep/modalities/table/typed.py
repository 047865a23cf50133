"""One column of a frame, an array or a list: its type is kept, and its cells are read as numbers.

Numbers are numbers, decimals among them; strings, categories and booleans are text, and so are
dates, times and durations, in the forms that `dates` reads; None and NaN are missing. No frame
library is imported. A handed-over net carries this file whole, so that it reads what it is given
as `predict` does.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from howdeep.data.matching import label, unmasked
from howdeep.data.notation import PLAIN, Notation, number_in
from howdeep.data.number import EXACT, is_infinite
from howdeep.data.tensors import from_tensor, is_tensor
from howdeep.modalities.table.dates import duration_text, timedelta_text

# What has a text that says the same in every run, and so may be a category.
WORDS: tuple[type, ...] = (str, bool, np.bool_, numbers.Real, Decimal)
WORDS += (np.datetime64, np.timedelta64, date, time, timedelta, Enum, PurePath, UUID)
NESTED = (list, tuple, dict, set, frozenset, range, bytes, bytearray, memoryview, np.ndarray)
NAMED = ("Interval", "Period")  # of pandas


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
    if kind in "iubU":
        return array.astype(str).astype(object)
    if kind in "Mm":
        return _from_times(array) if kind == "M" else _from_durations(array)
    if kind in "OT":
        return _from_objects(array.astype(object))
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
    if is_tensor(values):
        return from_tensor(values)
    values = unmasked(values)
    if hasattr(values, "to_pylist") and hasattr(values, "type"):  # Arrow
        return _from_arrow(values)
    if hasattr(values, "to_list") and hasattr(values, "null_count"):  # polars
        return np.asarray(values) if values.dtype.is_float() else objects(values.to_list())
    if isinstance(values, list | tuple):
        if any(hasattr(kind, "detach") for kind in set(map(type, values))):
            values = [from_tensor(v)[()] if is_tensor(v) else v for v in values]
        return objects(values)
    own = getattr(values, "dtype", None)
    if hasattr(own, "categories"):  # pandas: classes, be they numbers
        return objects([label(value) or None for value in values.tolist()])
    if str(own) in ("period[M]", "period[Q-DEC]"):  # pandas: months and quarters, as 2019Q3
        return objects(values.tolist())
    if str(own).startswith("period") and hasattr(values, "dt"):
        return np.asarray(values.dt.to_timestamp())
    if hasattr(values, "tolist") and own is not None and not isinstance(own, np.dtype):
        return objects(values.tolist())  # pandas extension types: to floats they would be rounded
    return np.asarray(values)


def _inexact(array: NDArray[Any]) -> bool:
    """Would float64 round some of these whole numbers?"""
    return len(array) > 0 and max(abs(int(array.min())), abs(int(array.max()))) > EXACT


def _from_objects(array: NDArray[np.object_]) -> NDArray[np.object_] | NDArray[np.float64]:
    cells = array.tolist()
    kinds = set(map(type, cells))
    if str in kinds and kinds <= {str, float, type(None)}:  # texts, as of most columns of objects
        if float not in kinds:
            return objects(cells)
        if all(cell != cell for cell in cells if type(cell) is float):
            return objects([cell if type(cell) is str else None for cell in cells])
    values = [_single(value) for value in cells]
    values = [None if _is_gone(value) else value for value in values]
    present = [value for value in values if value is not None]
    if present and all(map(_is_real, present)) and not any(map(_is_rounded, present)):
        return np.array([np.nan if value is None else _float(value) for value in values])
    if any(isinstance(v, NESTED) for v in present):
        raise NoColumn(
            "holds lists, bytes or other nested values", "give one number or string per cell"
        )
    odd = next((v for v in present if not _has_text(v)), None)
    if odd is not None:
        raise NoColumn(
            f"holds objects of the type {type(odd).__name__}, which are neither numbers nor text",
            "turn them into numbers or strings",
        )
    return objects([None if value is None else _text(value) for value in values])


def _from_times(array: NDArray[Any]) -> NDArray[np.object_]:
    """Points in time as text with a day, and no finer than nanoseconds."""
    unit = np.datetime_data(array.dtype)[0]
    wanted = {"Y": "D", "M": "D", "W": "D", "h": "s", "ps": "ns", "fs": "ns", "as": "ns"}
    text = array.astype(f"datetime64[{wanted.get(unit, unit)}]").astype(str).astype(object)
    text[np.isnat(array)] = None
    return text


def _from_durations(array: NDArray[Any]) -> NDArray[np.object_]:
    unit = np.datetime_data(array.dtype)[0]
    if unit in ("generic", "Y", "M"):
        raise NoColumn(
            f"has the type {array.dtype}, and such durations have no one length",
            "give numbers, or durations in days or a smaller unit",
        )
    whole = array.astype("timedelta64[us]").astype(np.int64).tolist()
    pairs = zip(whole, np.isnat(array).tolist(), strict=True)
    return objects([None if gone else duration_text(value) for value, gone in pairs])


def _from_arrow(values: Any) -> NDArray[Any]:
    """A column of Arrow: points in time by numpy, in UTC where they say a zone."""
    name = str(values.type)
    if not name.startswith(("timestamp", "duration")):
        return objects(values.to_pylist())
    array = np.asarray(values)
    if not getattr(values.type, "tz", None):
        return array
    return objects([None if cell is None else f"{cell}Z" for cell in _from_times(array)])


def _single(value: Any) -> Any:
    """The number in a tensor or an array of no dimensions; anything else as it is."""
    single = getattr(value, "ndim", None) == 0 and hasattr(value, "item")
    return value.item() if single and not isinstance(value, np.generic) else value


def _has_text(value: Any) -> bool:
    """Does its text say what it is? That of other objects may name their place in memory."""
    if isinstance(value, WORDS):
        return True
    return type(value).__name__ in NAMED and type(value).__module__.startswith("pandas")


def _text(value: Any) -> str:
    """A value that is no number as text, in a form that is read again."""
    if isinstance(value, datetime) and (value.utcoffset() or timedelta()).seconds % 60:
        return str(value.astimezone(UTC))  # an offset of old, in seconds
    if isinstance(value, np.timedelta64 | np.datetime64):
        return str(typed(np.array([value]))[0])
    return timedelta_text(value) if isinstance(value, timedelta) else str(value)


def _is_gone(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, np.timedelta64 | np.datetime64):
        return bool(np.isnat(value))
    return isinstance(value, float | np.floating) and bool(value != value)


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real | Decimal) and not isinstance(
        value, bool | np.bool_ | np.timedelta64
    )


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 300 digits
        return math.inf if value > 0 else -math.inf


def _is_rounded(value: Any) -> bool:
    """Is it a whole number that float64 would round?"""
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value) > EXACT and value == value.to_integral_value()
    return isinstance(value, numbers.Integral) and abs(int(value)) > EXACT
