"""What Python hands over, as arrays and lists: tensors, Arrow columns, labels in several columns.

No library of theirs is imported: what a thing offers tells what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set, ValuesView
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.words import listed, show
from howdeep.data.matching import label, unmasked
from howdeep.data.tensors import from_tensor, is_tensor

VALUES = "give a list or an array of N values"


class Odd(ValueError):
    """`what` is wrong with what was given, and one `fix`."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(f"{what}; {fix}")


def plain(values: Any) -> Any:
    """Tensors, lists of them and Arrow columns as arrays and lists; anything else as it is.

    Raises:
        Odd: a DataLoader, which gives batches, or a tensor that is no array of numbers; `what`
            goes on after the name of what was given.
    """
    if hasattr(values, "dataset") and hasattr(values, "batch_size"):
        own = type(values).__name__
        what = f"is of type {own}, which gives batches, perhaps shuffled or changed at random"
        raise Odd(what, "give its dataset: loader.dataset")
    if is_tensor(values):
        if getattr(values, "is_meta", False):
            what = "is a tensor without numbers (device meta)"
            raise Odd(what, "give one that holds its numbers")
        if getattr(values, "is_nested", False):
            what = "is a nested tensor, whose rows may differ in length"
            raise Odd(what, "give an ordinary one: torch.nested.to_padded_tensor")
        return from_tensor(values)
    if isinstance(values, np.matrix):  # always of two axes, so no column of it is a column
        return np.asarray(values)
    if hasattr(values, "to_pylist") and hasattr(values, "null_count"):
        return _arrow(values)
    if isinstance(values, np.ma.MaskedArray):
        return unmasked(values)
    if isinstance(values, list | tuple) and any(hasattr(value, "detach") for value in values):
        arrays = [plain(value) for value in values]
        return [a.item() if isinstance(a, np.ndarray) and a.ndim == 0 else a for a in arrays]
    return values


def column(values: Any) -> Any:
    """One value per row (N,), as `plain` gives it.

    Raises:
        Odd: as `plain`; text, a single value, or what has no order or can be read only once.

    >>> column(range(2))
    range(0, 2)
    """
    own = type(values).__name__
    if isinstance(values, str | bytes | bytearray):
        raise Odd(f"is the text {show(values)}, not one value per row", VALUES)
    if isinstance(values, Mapping):
        raise Odd(f"is of type {own}, not one value per row", "give a list of its values")
    if isinstance(values, Set):
        raise Odd(f"is of type {own}, whose values have no order", "give a list or an array")
    if isinstance(values, ValuesView):
        return list(values)
    if hasattr(values, "__next__"):
        raise Odd(f"is of type {own}, whose values can be read only once", "give a list of them")
    values = plain(values)
    if values is None or np.isscalar(values) or getattr(values, "ndim", 1) == 0:
        raise Odd(f"is {show(values)} alone, not one value per row", VALUES)
    return values


def collected(data: Any) -> Any:
    """What a lazy frame of polars becomes when it is computed; anything else as it is.

    Raises:
        Odd: its plan runs into something.
    """
    if not (hasattr(data, "collect") and hasattr(data, "collect_schema")):
        return data
    try:
        return data.collect()
    except Exception as error:  # of a dozen kinds: missing files, columns, types
        what = f"is a lazy frame that cannot be collected: {show(error)}"
        raise Odd(what, "call its collect() yourself and mend what it says") from None


def _arrow(values: Any) -> Any:
    """A column of an Arrow table: numbers as an array, classes as text, all else as a list."""
    kind = str(values.type)
    if kind.startswith("dictionary"):
        return [None if value is None else label(value) for value in values.to_pylist()]
    whole = kind.lstrip("u").startswith("int") and not values.null_count
    if whole or kind in ("float", "double", "halffloat"):
        chunked = hasattr(values, "chunks")
        return np.asarray(values.to_numpy() if chunked else values.to_numpy(False))
    return values.to_pylist()


def single_target(y: Any) -> tuple[Any, str]:
    """One value per row (N,) from `y` in whatever form, and what is to be said of it.

    A single column is that column; columns of zeros with a one in each row are classes, called as
    the columns are, or by their numbers.

    Raises:
        Odd: several columns that are not that.
    """
    return _single(y)[:2]


def own_labels(y: Any) -> Any:
    """What tells the type of the labels in `y`: its column, or the classes that its columns are."""
    return _single(y)[2]


def own_name(y: Any) -> str:
    """What the column of labels in `y` is called; empty where it has no name.

    >>> own_name({"grade": [1, 2]}), own_name([1, 2])
    ('grade', '')
    """
    if hasattr(y, "collect_schema"):  # polars, which warns of `columns` where it is lazy
        names = y.collect_schema().names()
    else:
        ways = ("column_names", "columns")
        names = next((getattr(y, way) for way in ways if hasattr(y, way)), None)
    names = list(y) if isinstance(y, Mapping) else names
    if names is not None and len(names) == 1:
        return "" if isinstance(names[0], int) else str(names[0])
    name = getattr(y, "name", None)
    return "" if name is None or callable(name) or names is not None else str(name)


def _single(y: Any) -> tuple[Any, str, Any]:
    given = y
    y = _named_y(collected, y)
    y = y.toarray() if hasattr(y, "toarray") else y
    if isinstance(y, Mapping) and not all(map(np.isscalar, y.values())):
        return _of_columns(list(y), list(y.values()), y)
    if hasattr(y, "column_names") and hasattr(y, "itercolumns"):  # Arrow
        return _of_columns(y.column_names, list(y.itercolumns()), y)
    if hasattr(y, "get_columns") and not hasattr(y, "to_list"):  # polars
        return _of_columns([column.name for column in y.get_columns()], y.get_columns(), y)
    if hasattr(y, "iloc") and hasattr(y, "columns"):  # pandas
        return _of_columns(list(y.columns), [y.iloc[:, j] for j in range(y.shape[1])], y)
    y = _named_y(column, y)
    if getattr(y, "ndim", 1) > 2 and y.size == len(y):  # (N, 1, 1)
        y = y.reshape(len(y), 1)
    if isinstance(y, list | tuple) and len(y) and np.ndim(y[0]) == 1:
        y = np.array([np.asarray(row) for row in y]) if len(set(map(len, y))) == 1 else y
    if getattr(y, "ndim", 1) == 2:
        return _of_columns(list(range(y.shape[1])), list(y.T), y)
    return y, "", given if hasattr(given, "to_pylist") else y  # Arrow's classes are text in `y`


def _named_y(read: Callable[[Any], Any], y: Any) -> Any:
    try:
        return read(y)
    except Odd as error:
        raise Odd(f"y {error.what}", error.fix) from None


def _of_columns(names: list[Any], columns: list[Any], y: Any) -> tuple[Any, str, Any]:
    if len(columns) == 1:
        said = f"y came as one column, {(len(columns[0]), 1)}, and was taken as it is."
        return _named_y(column, columns[0]), said, columns[0]
    if not columns:
        raise Odd("y has no columns", "give one value per row")
    rows = np.column_stack([np.asarray(plain(column)) for column in columns])
    codes = one_hot_codes(rows)
    if codes is None:
        raise _several(rows)
    texts = np.array([label(name) for name in names], dtype=object)
    said = f"y came one-hot in {len(columns)} columns, which were taken as classes"
    return texts[codes], f"{said}: {listed(texts, 4)}.", names


def _several(rows: NDArray[Any]) -> Odd:
    """What columns (N, K) are that are no classes, as far as their numbers tell."""
    if len(rows) == 1:
        what = f"y has shape {rows.shape}: one row, and not one value per row"
        return Odd(what, "give y.reshape(-1)")
    what = f"y has {rows.shape[1]} columns: a study predicts one target only"
    fix = "give one of them, as y[:, 0]"
    if rows.dtype.kind not in "biuf":
        return Odd(what, fix)
    sums = rows.sum(axis=1, dtype=np.float64)
    if np.isin(rows, (0, 1)).all():
        row = int(np.flatnonzero(sums != 1)[0])
        many = "none" if sums[row] == 0 else f"{sums[row]:.0f}"
        return Odd(f"{what}; they would be one-hot classes, but row {row + 1:,} has {many}", fix)
    if (rows >= 0).all() and np.allclose(sums, 1, atol=1e-3):
        return Odd(f"{what}; these are shares of classes", "give classes: y.argmax(axis=1)")
    return Odd(what, fix)


def one_hot_codes(rows: NDArray[Any]) -> NDArray[np.int64] | None:
    """Where each row (N, K) of zeros has its one (N,); `None` where they are not all that."""
    if rows.dtype.kind not in "biuf" and not all(
        isinstance(v, bool | int | float) for v in rows.ravel().tolist()
    ):
        return None
    numbers = rows.astype(np.float64)
    if not np.isin(numbers, (0.0, 1.0)).all() or not (numbers.sum(axis=1) == 1).all():
        return None
    return numbers.argmax(axis=1).astype(np.int64)
