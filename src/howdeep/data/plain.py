"""What Python hands over, as arrays and lists: tensors, Arrow columns, labels in several columns.

No library of theirs is imported: what a thing offers tells what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.words import listed
from howdeep.data.matching import label, unmasked
from howdeep.data.tensors import from_tensor, is_tensor


class Odd(ValueError):
    """`what` is wrong with what was given, and one `fix`."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(f"{what}; {fix}")


def plain(values: Any) -> Any:
    """Tensors, lists of them and Arrow columns as arrays and lists; anything else as it is.

    Raises:
        Odd: a DataLoader, which gives batches.
    """
    if hasattr(values, "dataset") and hasattr(values, "batch_size"):
        what = f"a {type(values).__name__} gives batches, perhaps shuffled or changed at random"
        raise Odd(what, "give its dataset: loader.dataset")
    if is_tensor(values):
        if getattr(values, "is_meta", False):
            what = "is a tensor without numbers (device meta)"
            raise Odd(what, "give one that holds its numbers")
        return from_tensor(values)
    if hasattr(values, "to_pylist") and hasattr(values, "null_count"):
        return _arrow(values)
    if isinstance(values, np.ma.MaskedArray):
        return unmasked(values)
    if isinstance(values, list | tuple) and any(hasattr(value, "detach") for value in values):
        arrays = [plain(value) for value in values]
        return [a.item() if isinstance(a, np.ndarray) and a.ndim == 0 else a for a in arrays]
    return values


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


def _single(y: Any) -> tuple[Any, str, Any]:
    given = y
    y = plain(y.toarray() if hasattr(y, "toarray") else y)
    if isinstance(y, Mapping):
        return _of_columns(list(y), list(y.values()), y)
    if hasattr(y, "column_names") and hasattr(y, "itercolumns"):  # Arrow
        return _of_columns(y.column_names, list(y.itercolumns()), y)
    if hasattr(y, "get_columns") and not hasattr(y, "to_list"):  # polars
        return _of_columns([column.name for column in y.get_columns()], y.get_columns(), y)
    if hasattr(y, "iloc") and hasattr(y, "columns"):  # pandas
        return _of_columns(list(y.columns), [y.iloc[:, j] for j in range(y.shape[1])], y)
    if isinstance(y, list | tuple) and len(y) and np.ndim(y[0]) == 1:
        y = np.array([np.asarray(row) for row in y]) if len(set(map(len, y))) == 1 else y
    if getattr(y, "ndim", 1) == 2:
        return _of_columns(list(range(y.shape[1])), list(y.T), y)
    return y, "", given if hasattr(given, "to_pylist") else y  # Arrow's classes are text in `y`


def _of_columns(names: list[Any], columns: list[Any], y: Any) -> tuple[Any, str, Any]:
    if len(columns) == 1:
        said = f"y came as one column, {(len(columns[0]), 1)}, and was taken as it is."
        return plain(columns[0]), said, columns[0]
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
