"""Tables from arrays and frames: numpy, pandas, polars, dicts and lists, by what they offer.

No frame library is imported: a frame has columns, and a column becomes an array or a list, whose
type is kept (`typed`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import LimitError, TableError
from howdeep.base.limits import MAX_COLUMNS
from howdeep.base.words import count, listed, show
from howdeep.data import given
from howdeep.data.cells import canonical
from howdeep.data.column import Column
from howdeep.data.given import PLAIN
from howdeep.data.matching import match, unmasked
from howdeep.data.plain import Odd, own_name, single_target
from howdeep.data.plain import column as column_of
from howdeep.modalities.table.read.names import check_names, numbered_names
from howdeep.modalities.table.table import Table
from howdeep.modalities.table.typed import NoColumn, as_numbers, objects, typed

Inf = Literal["missing"]


def to_table(
    data: Any,
    y: Any = None,
    *,
    names: Sequence[str] | None = None,
    target: str = "target",
    name: str = "data",
    inf: Inf | None = None,
    empty: bool = False,
) -> Table:
    """A table from `data` (N, p): an array or tensor, a pandas, polars or lazy frame, an Arrow
    table, a dict or nested lists.

    `y` (N,), (N, 1) or one-hot (N, K), if given, becomes the last column, under its own name or
    else `target`. `empty`: there may be no rows.

    Raises:
        TableError: no columns or rows, batches instead of rows, several targets, unequal lengths,
            equal names, nested or complex values, infinite numbers (unless `inf="missing"`).
        LimitError: more than `MAX_COLUMNS` columns.

    >>> to_table({"a": [1, 2], "b": ["x", None]}, y=[0.5, 1.5]).names
    ('a', 'b', 'target')
    """
    data = rows_of(data, name)
    pairs = [
        (key if canonical(key) else f"column_{j}", values)  # as in a file
        for j, (key, values) in enumerate(_pairs(data), 1)
    ]
    notes = _index_notes(data, y, name)
    own = ""
    if y is not None:
        labels, said = _target(y, name)
        own, y = own_name(y), labels
        notes += said
    if names is not None and len(names) != len(pairs):
        many = f"{count(len(names), 'name')} {'was' if len(names) == 1 else 'were'} given"
        raise TableError(
            f"{name} has {count(len(pairs), 'column')}, {many}",
            "give a name for each column, but for that of y=",
        )
    if names is not None:
        pairs = [(new, values) for new, (_, values) in zip(names, pairs, strict=True)]
    if len(pairs) > MAX_COLUMNS:
        what = f"{name} has {len(pairs):,} columns; the limit is {MAX_COLUMNS:,}"
        raise LimitError(what, "leave some out")
    if y is not None:
        pairs.append((own or target, y))
    columns = tuple(
        Column(key, _values(key, values, inf), _is_declared(values)) for key, values in pairs
    )
    _check(columns, name, empty)
    if ordered := [key for key, values in pairs if getattr(_dtype(values), "ordered", False)]:
        notes += (f"Ordered categories were taken without their order: {listed(ordered)}.",)
    if index := [str(one) for one in getattr(getattr(data, "index", None), "names", ()) if one]:
        notes += (
            f"The frame's index was not used: {listed(index)} (reset_index() makes columns).",
        )
    return Table(name=name, path="", sha256=_digest(columns), columns=columns, notes=notes)


def rows_of(data: Any, name: str = "data") -> Any:
    """Tensors as arrays, lazy frames as frames, named records as columns; else as it is.

    Raises:
        TableError: batches, pairs or datasets instead of rows, or a lazy frame whose plan runs
            into something.
    """
    try:
        return given.rows(data)
    except Odd as error:
        raise TableError(f"{name} {error.what}", error.fix) from None


def _index_notes(data: Any, y: Any, name: str) -> tuple[str, ...]:
    """What is to be said of the indices of pandas.

    Raises:
        TableError: columns whose index is that of the first in another order.
    """
    columns = (
        [(f"column {show(str(key))}", values) for key, values in data.items()]
        if isinstance(data, Mapping)
        else []
    )
    try:
        found = [given.order_note(data, values, what) for what, values in columns]
        found.append(given.order_note(data, y, "y"))
    except Odd as error:
        raise TableError(f"{name}: {error.what}", error.fix) from None
    return tuple(note for note in (given.index_note(data), *found) if note)


def _target(y: Any, name: str) -> tuple[Any, tuple[str, ...]]:
    try:
        y, said = single_target(y)
    except Odd as error:
        raise TableError(f"{name}: {error.what}", error.fix) from None
    return y, (said,) if said else ()


def cells_of(name: str, values: Any) -> NDArray[np.object_] | NDArray[np.float64]:
    """One value per row (N,) from Python, as a column has them: numbers, or text with None.

    Raises:
        TableError: no list of single values, or infinite ones.
    """
    return _values(name, values, None)


def column_at(data: Any, place: int) -> Any:
    """A column of `data` as it was given, of its own type."""
    return _pairs(data)[place][1]


def typed_like(table: Table, other: Table) -> Table:
    """A table of texts, as a file gives it, with the numbers and categories that `other` has.

    A cell that is no number there leaves its column as it is; categories are found by
    `matching.match`, as a file may write them in another way than a frame.
    """
    like = {column.name: column.values for column in other.columns}
    columns = tuple(
        replace(column, kept=_alike(column.values, like[column.name]))
        if column.name in like and not column.numeric
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)


def _alike(values: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    """Texts as numbers, missing cells NaN, or as the labels that stand in `like`."""
    text = ["" if cell is None else str(cell) for cell in values]
    if like.dtype == object:
        levels = sorted({cell for cell in like if cell})
        places = match(text, {level: i for i, level in enumerate(levels)}, unseen=-1)
        known = zip(text, places, strict=True)
        return objects([cell if i < 0 else levels[i] for cell, i in known])
    found, odd = as_numbers(text)
    return values if len(odd) else found


def _pairs(data: Any) -> list[tuple[str, Any]]:
    """(name, column) of every column."""
    if isinstance(data, Table):
        return [(column.name, column.values) for column in data.columns]
    if isinstance(data, Mapping):
        return [(str(key), values) for key, values in data.items()]
    if hasattr(data, "get_columns"):  # polars
        return [(column.name, column) for column in data.get_columns()]
    if hasattr(data, "iloc") and hasattr(data, "columns"):  # pandas
        places = range(len(data.columns))
        return [(str(data.columns[j]), data.iloc[:, j]) for j in places]
    if hasattr(data, "column_names") and hasattr(data, "itercolumns"):  # Arrow
        return list(zip(data.column_names, data.itercolumns(), strict=True))
    data = unmasked(data)
    try:
        rows = isinstance(data, list | tuple)
        array = np.asarray(data, dtype=object) if rows else np.asarray(data)
    except Exception as error:  # whatever the arrays of others raise
        raise TableError(f"the data are no array: {show(error)}", PLAIN) from None
    if array.dtype.names and array.ndim == 1:  # records, as numpy.genfromtxt reads them
        return [(name, unmasked(data[name])) for name in array.dtype.names]
    if array.ndim != 2:
        raise _no_table(data, array)
    return list(zip(numbered_names(array.shape[1]), array.T, strict=True))


def _no_table(data: Any, array: NDArray[Any]) -> TableError:
    """What is given instead of a table, and how it becomes one."""
    kind = type(data).__name__
    if array.ndim == 0:
        return TableError(f"data of type {kind} is no table: it has no rows and columns", PLAIN)
    head = array[0] if array.ndim == 1 and len(array) else None
    if isinstance(data, list | tuple) and isinstance(head, list | tuple):
        odd = next((i for i, row in enumerate(data, 1) if len(row) != len(head)), 1)
        what = f"row {odd:,} has {len(data[odd - 1])} cells, the first has {len(head)}"
        return TableError(what, "give all rows the same number of cells")
    what = f"the data has shape {array.shape}, a table has rows and columns"
    if array.ndim == 1 and (head is None or isinstance(head, int | float | np.number | str)):
        way = "data.to_frame()" if hasattr(data, "to_frame") else "data.reshape(-1, 1)"
        return TableError(what, f"give one column as a table of one: {way}")
    if array.ndim == 5:
        return TableError(f"{what}, and images (N, H, W, C)", "give one image for each row")
    return TableError(what, "give an array (rows, columns)")


def _dtype(values: Any) -> Any:
    return getattr(values, "dtype", None)


def _is_declared(values: Any) -> bool:
    """Is it a column of categories of pandas, or of polars?"""
    own = _dtype(values)
    return hasattr(own, "categories") or type(own).__name__ in ("Categorical", "Enum")


def _values(name: str, values: Any, inf: Inf | None) -> NDArray[np.object_] | NDArray[np.float64]:
    """One column as float64 with NaN, or as text with None."""
    try:
        kept = typed(column_of(values))
    except (NoColumn, Odd) as error:
        raise TableError(f"column {show(name)} {error.what}", error.fix) from None
    return kept if kept.dtype == object else _finite(name, kept.astype(np.float64), inf)


def _finite(name: str, values: NDArray[np.float64], inf: Inf | None) -> NDArray[np.float64]:
    bad = np.isinf(values)
    if not bad.any():
        return values
    if inf is None:
        rows = np.flatnonzero(bad)
        raise TableError(
            f"column {show(name)} is infinite in {count(len(rows), 'row')}"
            f" (the first: row {rows[0] + 1:,})",
            "correct them, or say inf='missing' to take them as missing",
        )
    return np.where(bad, np.nan, values)


def _check(columns: Sequence[Column], name: str, empty: bool) -> None:
    if not columns:
        raise TableError(f"{name} has no columns", PLAIN)
    check_names([column.name for column in columns], name)
    rows = columns[0].rows
    odd = next((column for column in columns if column.rows != rows), None)
    if odd is not None:
        raise TableError(
            f"column {show(odd.name)} has {count(odd.rows, 'row')}, column"
            f" {show(columns[0].name)} has {rows:,}",
            "give all columns the same number of rows",
        )
    if not rows and not empty:
        raise TableError(f"{name} has 0 rows", "give data with rows")


def _digest(columns: Sequence[Column]) -> str:
    """SHA-256 over names and cells."""
    out = hashlib.sha256()
    for column in columns:
        text = column.values.dtype == object
        out.update(repr((column.name, text, len(column.values))).encode())
        out.update(
            repr(column.values.tolist()).encode("utf-8", "surrogatepass")
            if text
            else column.values.tobytes()
        )
    return out.hexdigest()
