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
from howdeep.data.matching import label, match
from howdeep.modalities.table.dates import DateColumn, NoDate, read_dates
from howdeep.modalities.table.fitted import Block, Category, Codes, Floats, Number, encode_columns
from howdeep.modalities.table.typed import NoColumn, as_numbers, typed

Column = NDArray[np.object_] | NDArray[np.float64]


def encode(about: Mapping[str, Any], table: Any) -> Tensor:
    """Raw columns {name: cells}, or a pandas or polars frame, to encoded rows (N, D).

    An empty cell is missing; a category that training never saw is none of those that it saw.

    Raises:
        ValueError: a column is missing, holds no cells, or holds what is no number where the net
            was trained on numbers.
    """
    inputs, reading = about["inputs"], about["reading"]
    numbers = [_number_of(plain) for plain in about["encoder"]["numbers"]]
    categories = [_category_of(plain) for plain in about["encoder"]["categories"]]
    dates = [_date_of(plain) for plain in reading["dates"]]
    made_of = {made: column.name for column in dates for made, _ in column.columns}
    names = [made_of.get(c.name, c.name) for c in numbers] + [c.name for c in categories]
    target = about.get("target", {}).get("name", "")
    columns = _columns(table, list(dict.fromkeys(names)), reading, target)
    for known in dates:
        columns |= _dates(known, columns[known.name], reading) if known.name in columns else {}
    cells = {c.index: _cells(c.name, columns[c.name], reading) for c in numbers}
    codes = {c.index: _codes(columns[c.name], reading["levels"][c.name]) for c in categories}
    shape = (len(next(iter(columns.values()))), inputs["columns"])
    rows = encode_columns(numbers, categories, cells, codes, shape, inputs["zero_from"])
    return torch.from_numpy(rows)


def _columns(
    table: Any, names: Sequence[str], reading: Mapping[str, Any], target: str
) -> dict[str, Column]:
    """The columns of these names, all of one length."""
    own = getattr(table, "column_names", None)  # of Arrow
    own = own if isinstance(own, list) else getattr(table, "columns", table)
    keys = {str(key): key for key in own}  # of a frame, of a dict
    if not isinstance(table, Mapping):
        check_nameless(list(keys), reading.get("nameless", 0), target)
    same = match_names(names, list(keys))
    missing = [name for name in names if name not in same]
    if missing:
        raise ValueError(f"columns are missing: {missing}; an empty cell is a missing value")
    if said := renamed_words(same):
        warnings.warn(said, stacklevel=2)
    found: dict[str, Column] = {}
    for name in names:
        try:
            found[name] = typed(table[keys[same[name]]])
        except NoColumn as error:
            raise ValueError(f"column {name!r} {error}") from None
    lengths = {name: len(column) for name, column in found.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}; give all of them the same rows")
    return found


def _cells(name: str, column: Column, reading: Mapping[str, Any]) -> Floats:
    """The numbers (N,) of a column, NaN where missing."""
    cells, odd = as_numbers(column, reading["infinite_is_missing"])
    if len(odd) and name not in reading["text_is_missing"]:
        row = int(odd[0])
        raise ValueError(
            f"column {name!r}, row {row + 1}: {str(column[row])!r} is no number; the net was"
            " trained on numbers there; correct the cell or empty it"
        )
    return cells


def _dates(known: DateColumn, column: Column, reading: Mapping[str, Any]) -> dict[str, Column]:
    """The columns of numbers (N,) made of one of dates, by name."""
    try:
        made, _ = read_dates(known, column, known.name in reading["text_is_missing"])
    except NoDate as error:
        raise ValueError(f"column {known.name!r}, row {error.row + 1}: {error}") from None
    return {name: values for (name, _), values in zip(known.columns, made, strict=True)}


def _codes(column: Column, levels: list[str]) -> Codes:
    """The codes (N,) of a column: -1 where missing, past all levels where never seen."""
    places = {level: code for code, level in enumerate(levels)}
    return np.array(match(map(label, column.tolist()), places, len(levels)), dtype=np.int64)


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
