"""What every built-in data set hands over, and how its arrays become a `Table`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.base.errors import ConfigError
from howdeep.base.limits import MIN_ROWS
from howdeep.base.nouns import TaskKind
from howdeep.data.column import Column
from howdeep.modalities._modality import Settings as Settings
from howdeep.modalities.table.table import Table

MAX_ROWS = 1_000_000
USUAL = Settings()


@dataclass(frozen=True, eq=False)
class BuiltIn:
    """A data set that ships with howdeep.

    `split` counts (train, val, select, test) rows, taken in this order: generated rows are
    independent draws, so that any cut is a fair one. `None`: the usual splits. `settings`: the
    set's own size of study.
    """

    name: str
    table: Table
    target: str
    kind: TaskKind
    encoding: str
    description: str
    citation: str
    split: tuple[int, int, int, int] | None = None
    settings: Settings = USUAL


def generator(name: str, seed: int) -> np.random.Generator:
    """The one source of randomness of the built-in set `name` with `seed`."""
    return np.random.default_rng(keys.seed_of("built-in", name, seed))


def rows_of(name: str, rows: int | None, default: int, most: int = MAX_ROWS) -> int:
    """`rows`, or the default when None.

    Raises:
        ConfigError: fewer than 50 rows, or more than the set has.
    """
    if rows is None:
        return default
    if not MIN_ROWS <= rows <= most:
        what = f"{rows} rows of the built-in set {name!r}; it gives {MIN_ROWS} to {most}"
        raise ConfigError(what, f"leave the rows out for the default of {default}")
    return rows


def table_of(
    name: str,
    features: dict[str, NDArray[np.float64]],
    target: tuple[str, NDArray[np.float64] | NDArray[np.int64]],
) -> Table:
    """A table of float columns and a last column to predict; class numbers become text."""
    label, values = target
    last = (
        np.array([str(value) for value in values.tolist()], dtype=object)
        if np.issubdtype(values.dtype, np.integer)
        else np.asarray(values, dtype=np.float64)
    )
    columns = [Column(key, np.ascontiguousarray(x)) for key, x in features.items()]
    columns.append(Column(label, last))
    return Table(name, "", _sha256(columns), tuple(columns))


def _sha256(columns: list[Column]) -> str:
    sha = hashlib.sha256()
    for column in columns:
        values = column.values
        text = values.dtype == object
        cells = "\n".join(values.tolist()).encode() if text else values.tobytes()
        sha.update(f"{column.name} {len(cells)}\n".encode() + cells)
    return sha.hexdigest()
