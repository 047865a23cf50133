"""What stands beside the features: sample weights, groups to keep whole, times to keep in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, TableError, TargetError
from howdeep.data.cells import count, show
from howdeep.data.features import Values
from howdeep.data.table import Column, Table
from howdeep.data.target import find_target
from howdeep.data.typed import as_numbers, typed

Floats = NDArray[np.float64]
Given = str | Sequence[float] | NDArray[np.generic] | None  # a column's name, or N values
WEIGHTS = "give positive finite numbers, or leave rows out"


@dataclass(frozen=True, eq=False)
class Sides:
    """Columns that are no features: `weights`, `groups` and `time` (N,), or None."""

    weights: Floats | None
    groups: NDArray[np.int64] | None
    time: Floats | None
    used: tuple[str, ...]  # names of the columns they came from


def sides(table: Table, test: Table | None, weights: Given, groups: Given, time: Given) -> Sides:
    used = tuple(given for given in (weights, groups, time) if isinstance(given, str))
    w = _side("weights", weights, table, test)
    g = _side("groups", groups, table, None)
    t = _side("time", time, table, None)
    weight = None if w is None else _floats("weights", w)
    if weight is not None and (weight <= 0).any():
        row = int(np.flatnonzero(weight <= 0)[0]) + 1
        raise TargetError(f"weights, row {row:,}: {weight[row - 1]:g} is not above 0", WEIGHTS)
    labels = None if g is None else np.unique(g.astype(str), return_inverse=True)[1]
    return Sides(
        weight,
        None if labels is None else labels.astype(np.int64),
        None if t is None else _floats("time", t),
        used,
    )


def _side(what: str, given: Given, table: Table, test: Table | None) -> NDArray[np.generic] | None:
    """The values of a side column, by its name or given; weights of test rows default to one."""
    if given is None:
        return None
    if isinstance(given, str):
        place = find_target(table, given)
        later = test.columns[place] if test is not None else None
        return joined(table.columns[place], later)
    values = np.asarray(given)
    if values.shape != (table.rows,):
        raise ConfigError(
            f"{what} has shape {values.shape}, the table {count(table.rows, 'row')}",
            "give one value per row",
        )
    return values if test is None else np.concatenate([values, np.ones(test.rows)])


def _floats(what: str, values: NDArray[np.generic]) -> Floats:
    try:
        as_text = values.dtype.kind in "OU"
        out = as_numbers(typed(values))[0] if as_text else values.astype(np.float64)
    except (TypeError, ValueError):  # nested values
        out = np.full(len(values), np.nan)
    if not np.isfinite(out).all():
        row = int(np.flatnonzero(~np.isfinite(out))[0])
        raise TargetError(f"{what}, row {row + 1:,}: {show(values[row])} is no number", WEIGHTS)
    return out


def joined(column: Column, test: Column | None) -> Values:
    if test is None:
        return column.values
    if column.numeric != test.numeric:
        raise TableError(
            f"column {show(column.name)} holds numbers in one table and text in the other",
            "give both tables the same column types",
        )
    return np.concatenate([column.values, test.values])
