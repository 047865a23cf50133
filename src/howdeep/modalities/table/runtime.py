"""Rows of a table, read as `howdeep predict` reads them and encoded as in training."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from howdeep.data.headers import check_nameless, match_names, renamed_words
from howdeep.data.matching import index_of, reordered
from howdeep.data.notation import Notation
from howdeep.data.tensors import from_tensor, is_tensor
from howdeep.modalities.table.dates import DateColumn, NoDate, read_dates
from howdeep.modalities.table.fitted import Block, Category, Number, encode_columns
from howdeep.modalities.table.reading import Reading, gaps, read_codes, read_numbers
from howdeep.modalities.table.typed import NoColumn, typed

Column = NDArray[np.object_] | NDArray[np.float64]


def encode(about: Mapping[str, Any], table: Any) -> Tensor:
    """Raw columns {name: cells}, or a pandas or polars frame, to encoded rows (N, D).

    Rows without names, an array (N, columns), are those of a net that was trained on such.

    An empty cell is missing; a category that training never saw is none of those that it saw. What
    is to be said of the cells is a warning.

    Raises:
        ValueError: a column is missing, holds no cells, or holds what is no number where the net
            was trained on numbers.
    """
    inputs, how = about["inputs"], _reading_of(about["reading"])
    numbers = [_number_of(plain) for plain in about["encoder"]["numbers"]]
    categories = [_category_of(plain) for plain in about["encoder"]["categories"]]
    made_of = {made: column.name for column in how.dates for made, _ in column.columns}
    names = [made_of.get(c.name, c.name) for c in numbers] + [c.name for c in categories]
    target = about.get("target", {}).get("name", "")
    columns = _columns(table, list(dict.fromkeys(names)), how.nameless, target)
    notes: list[str] = []
    for known in how.dates:
        if known.name in columns:
            parts, said = _dates(known, columns[known.name], how)
            columns, notes = columns | parts, [*notes, *said]
    cells, codes = {}, {}
    for number in numbers:
        cells[number.index], said = read_numbers(number.name, columns[number.name], how)
        notes += said
    for category in categories:
        codes[category.index], said = read_codes(category.name, columns[category.name], how)
        notes += said
    for note in notes:
        warnings.warn(note, stacklevel=2)
    shape = (len(next(iter(columns.values()))), inputs["columns"])
    rows = encode_columns(numbers, categories, cells, codes, shape, inputs["zero_from"])
    return torch.from_numpy(rows)


def _columns(table: Any, names: Sequence[str], nameless: int, target: str) -> dict[str, Column]:
    """The columns of these names, all of one length."""
    given, table = table, _without_names(_rows(table))
    own = getattr(table, "column_names", None)  # of Arrow
    own = own if isinstance(own, list) else getattr(table, "columns", table)
    keys = {str(key): key for key in own}  # of a frame, of a dict
    if not isinstance(given, Mapping):
        check_nameless(list(keys), nameless, target)
    same = match_names(names, list(keys))
    missing = [name for name in names if name not in same]
    if missing and table is not given:
        raise ValueError(
            f"the rows came without names, and training had them: {missing}; give {{column: cells}}"
        )
    if missing:
        raise ValueError(f"columns are missing: {missing}; an empty cell is a missing value")
    if said := renamed_words(same):
        warnings.warn(said, stacklevel=2)
    found: dict[str, Column] = {}
    order = [index_of(table[keys[same[name]]]) for name in names]
    for name, index in zip(names, order, strict=True):
        if reordered(order[0], index):
            raise ValueError(f"column {name!r} has the index of {names[0]!r} in another order")
        try:
            found[name] = typed(table[keys[same[name]]])
        except NoColumn as error:
            raise ValueError(f"column {name!r} {error}") from None
    lengths = {name: len(column) for name, column in found.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}; give all of them the same rows")
    return found


def _rows(table: Any) -> Any:
    """Lazy frames as frames and named tuples as columns; anything else as it is.

    Raises:
        ValueError: no rows of a table.
    """
    if hasattr(table, "collect_schema") and hasattr(table, "collect"):  # lazy, of polars
        try:
            return table.collect()
        except Exception as error:  # of a dozen kinds
            raise ValueError(f"the lazy frame cannot be collected: {error}") from None
    if hasattr(table, "toarray"):
        raise ValueError("the rows are a sparse matrix; give its toarray()")
    if not hasattr(table, "__len__") and not hasattr(table, "columns"):
        raise ValueError(f"a {type(table).__name__} is no table; give {{column: cells}}")
    fields = getattr(table[0], "_fields", ()) if isinstance(table, list | tuple) and table else ()
    if fields and all(getattr(row, "_fields", ()) == fields for row in table):
        return {name: [row[j] for row in table] for j, name in enumerate(fields)}
    return table


def _without_names(table: Any) -> Any:
    """An array or lists (N, columns) as columns called by their places; anything else as it is."""
    if is_tensor(table):
        table = from_tensor(table)
    rows = table if isinstance(table, np.ndarray) else None
    if isinstance(table, list | tuple):
        if any(not isinstance(row, list | tuple | np.ndarray) for row in table):
            raise ValueError("rows came as a list that holds no lists; give {column: cells}")
        if len({len(row) for row in table}) > 1:
            raise ValueError("rows differ in length; give each as many cells as there are columns")
        rows = np.empty((len(table), len(table[0]) if len(table) else 0), dtype=object)
        for i, row in enumerate(table):
            rows[i, :] = row
    if rows is None:
        return table
    if rows.dtype.names:
        return {name: rows[name] for name in rows.dtype.names}
    if rows.ndim != 2:
        raise ValueError(f"the rows have shape {rows.shape}; give an array (rows, columns)")
    return {f"column_{j + 1}": rows[:, j] for j in range(rows.shape[1])}


def _dates(
    known: DateColumn, column: Column, how: Reading
) -> tuple[dict[str, Column], tuple[str, ...]]:
    """The columns of numbers (N,) made of one of dates, by name, and what is to be said of it."""
    try:
        made, odd = read_dates(known, column, known.name in how.text_is_missing)
    except NoDate as error:
        raise ValueError(f"column {known.name!r}, row {error.row + 1}: {error}") from None
    parts: dict[str, Column] = dict(zip((name for name, _ in known.columns), made, strict=True))
    return parts, gaps(known.name, int(np.isnan(made[0]).sum()) - odd, how)


def _reading_of(plain: Mapping[str, Any]) -> Reading:
    notations = {name: Notation(**how) for name, how in plain["notations"].items()}
    dates = tuple(map(_date_of, plain["dates"]))
    return Reading(**{**plain, "notations": notations, "dates": dates})


def _date_of(plain: Mapping[str, Any]) -> DateColumn:
    return DateColumn(**{**plain, "columns": tuple(map(tuple, plain["columns"]))})


def _block_of(plain: Mapping[str, Any]) -> Block:
    return Block(tuple(plain["means"]), plain["spread"])


def _number_of(plain: Mapping[str, Any]) -> Number:
    missing = plain["missing"] and _block_of(plain["missing"])
    return Number(**{**plain, "missing": missing, "bins": _block_of(plain["bins"])})


def _category_of(plain: Mapping[str, Any]) -> Category:
    own = {"codes": tuple(plain["codes"]), "block": _block_of(plain["block"])}
    return Category(**{**plain, **own})
