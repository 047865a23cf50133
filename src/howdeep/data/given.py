"""What Python hands over that is no table as it stands: pairs, records, frames of other libraries,
and columns in another order than their rows.

No library of theirs is imported: what a thing offers tells what it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from howdeep.base.words import listed, show
from howdeep.data.matching import index_of, reordered
from howdeep.data.number import number
from howdeep.data.plain import Odd, collected, plain

PLAIN = "give a numpy array, a pandas or polars frame, or {name: column}"
MAKES = ("compute", "read_all", "to_table", "to_pandas", "toPandas", "to_arrow", "arrow", "df")
FIRST = 50  # rows that tell whether the first one holds names
KNOWN = ("get_columns", "itercolumns", "iloc", "toarray", "__array__")


def rows(data: Any) -> Any:
    """Tensors as arrays, lazy frames as frames, named records as columns; anything else as it is.

    Raises:
        Odd: no rows of a table, and the way to have them; `what` goes on after the data's name.
    """
    data = plain(collected(data))
    if isinstance(data, Mapping):
        _refuse_nested(data)
        return data
    _refuse_foreign(data)
    if isinstance(data, np.ndarray) and data.dtype == object and data.ndim == 1:
        data = data.tolist()
    if isinstance(data, list | tuple) and len(data):
        data = _records(data)
    if isinstance(data, list | tuple) or (isinstance(data, np.ndarray) and data.ndim == 2):
        _refuse_heads(data)
    return data


def _refuse_nested(data: Mapping[Any, Any]) -> None:
    """Refuse columns that are arrays of several axes, as those of a Bunch or an .npz file."""
    if hasattr(data, "toarray"):
        raise Odd("is a sparse matrix, which is not read", "give data.toarray()")
    for key, values in data.items():
        shape = getattr(values, "shape", ())
        if len(shape) > 1 and np.prod(shape[1:]) != 1:
            what = f"holds {listed(list(data))}, of which {show(key)} is an array of shape"
            fix = f"give that alone as the data, as data[{key!r}], with y= next to it"
            raise Odd(f"{what} {tuple(shape)}", fix)


def _refuse_foreign(data: Any) -> None:
    """Refuse frames of libraries that compute later, or that offer no columns to read."""
    if hasattr(data, "toarray"):
        raise Odd("is a sparse matrix, which is not read", "give data.toarray()")
    later = hasattr(data, "compute") and hasattr(data, "columns")
    if not later and (isinstance(data, list | tuple) or any(hasattr(data, n) for n in KNOWN)):
        return
    own = type(data).__name__
    if hasattr(data, "read") and hasattr(data, "seek"):
        raise Odd(f"is of type {own}: files are read by their path", "give the path")
    if hasattr(data, "__next__") and not hasattr(data, "read_all"):
        what = f"is of type {own}, which gives its items once, one after the other"
        raise Odd(what, "give a list of them: list(data)")
    if way := next((name for name in MAKES if callable(getattr(data, name, None))), None):
        raise Odd(f"is of type {own}, which is not read as it is", f"give data.{way}()")
    if hasattr(data, "__iter__") and not isinstance(data, str | bytes):
        raise Odd(f"is of type {own}, which is no table", "give a list or an array of its rows")


def _records(data: Sequence[Any]) -> Any:
    """Rows with names as columns by name; other rows as they are.

    Raises:
        Odd: a pair of data and labels, tables, or records whose columns are not told.
    """
    first, kinds = data[0], {type(row) for row in data}
    names = getattr(first, "_fields", None)
    if names and {getattr(kind, "_fields", None) for kind in kinds} == {names}:
        return {name: [row[j] for row in data] for j, name in enumerate(names)}
    if isinstance(first, Mapping) or dataclasses.is_dataclass(first):
        own = type(first).__name__
        what = f"is a list of rows of type {own}, which do not say what the columns are"
        raise Odd(what, "give a frame of it: pandas.DataFrame(rows)")
    shapes = [_shape(row) for row in data]
    if len(data) == 2 and len(shapes[0]) > 1 and shapes[0][0] == next(iter(shapes[1]), 0):
        raise Odd("is a pair of data and labels", "give them apart: howdeep.run(X, y=y)")
    if not any(shapes) and all(map(_holds, data)):
        raise Odd("is a list of datasets", "give one of them, and another as test=")
    if all(hasattr(row, "columns") for row in data):
        fix = "give one table of them, as pandas.concat or pyarrow.Table.from_batches makes it"
        raise Odd(f"is a list of tables ({type(first).__name__})", fix)
    inside = (cell for row in data if isinstance(row, list | tuple) for cell in row)
    if any(len(shape) > 1 for shape in shapes) or any(getattr(c, "shape", ()) for c in inside):
        what = f"is a list of arrays (the first row: {type(first).__name__}), as of batches"
        raise Odd(what, "give one array of all rows, as numpy.concatenate makes it")
    return data


def _holds(row: Any) -> bool:
    """Does it hold things by number, as a dataset of PyTorch?"""
    plain_ones = isinstance(row, list | tuple | str | bytes)
    return hasattr(row, "__len__") and hasattr(row, "__getitem__") and not plain_ones


def _shape(row: Any) -> tuple[int, ...]:
    """The axes of an array, a tensor, a frame or plain lists; none of what has no such."""
    own = getattr(row, "shape", None)
    if own is not None:
        return tuple(own)
    if isinstance(row, list | tuple) and len(row):
        inner = _shape(row[0])
        return (len(row), *inner) if all(_shape(cell) == inner for cell in row) else (len(row),)
    return ()


def _refuse_heads(data: Any) -> None:
    """Refuse rows of which the first holds the names of the columns."""
    kept = [row for row in data[: FIRST + 1] if isinstance(row, list | tuple | np.ndarray)]
    if len(kept) < 3 or len({len(row) for row in kept}) > 1:
        return
    head, below = list(kept[0]), kept[1:]
    if not all(isinstance(name, str) and name.strip() for name in head) or not head:
        return
    if any(number(name) is not None for name in head) or len(set(head)) < len(head):
        return
    for j in range(len(head)):
        cells = [row[j] for row in below]
        if all(_is_number(cell) for cell in cells):
            raise Odd(
                f"has names in its first row: {listed(head)}",
                "give a frame: pandas.DataFrame(rows[1:], columns=rows[0])",
            )


def _is_number(cell: Any) -> bool:
    if isinstance(cell, str):
        found = number(cell)
        return found is not None and found == found
    return isinstance(cell, int | float | np.number) and not isinstance(cell, bool)


# ---- the index of pandas ------------------------------------------------------------------------
def index_note(data: Any) -> str:
    """That an index which says something was not read; empty where there is none."""
    index = getattr(data, "index", None)
    if index is None or not hasattr(data, "iloc") or not hasattr(index, "names"):
        return ""
    names = [str(name) for name in index.names if name is not None]
    kind = getattr(getattr(index, "dtype", None), "kind", "O")
    if not names and kind in "iu":
        return ""
    own = f"index {listed(names)}" if names else "index"
    return f"The frame's {own} was not read; its reset_index() makes it a column."


def order_note(data: Any, values: Any, what: str) -> str:
    """That values were taken row by row though their index is another than that of the rows.

    Raises:
        Odd: it has the same labels in another order: by place and by label they are two tables.
    """
    one, other = _index(data), _index(values)
    if one is None or other is None or len(one) != len(other) or one.equals(other):
        return ""
    if reordered(one, other):
        raise Odd(
            f"{what} has the labels of the rows' index in another order",
            "put it in their order with its reindex(INDEX), or give its to_numpy() if the n-th"
            " value is that of the n-th row",
        )
    return f"{what} was taken row by row: its index is not that of the rows."


def _index(data: Any) -> Any:
    """The index of a frame or a column of pandas; of a dict that of its first such column."""
    if isinstance(data, Mapping):
        return next((own for v in data.values() if (own := index_of(v)) is not None), None)
    return index_of(data)
