"""`Table`: named columns as read, nothing guessed away."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Column:
    """One column of text cells exactly as read (object array (N,) of str), or typed values.

    A reader of text files leaves `values` as strings ("" = empty cell). Columns that come from
    numpy, pandas or polars are float64 (NaN = missing) or object arrays of str (None = missing).
    """

    name: str
    values: NDArray[np.object_] | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length (N rows), where they came from, and what was guessed."""

    name: str  # short, for titles: "adult/train.csv"
    path: str  # "" when it did not come from a file
    sha256: str  # of the file's bytes, or of the arrays
    columns: tuple[Column, ...]
    typed: bool = False  # a file that says of each column whether it is of numbers or text
    notes: tuple[str, ...] = field(default=())  # "separator ',' (guessed; --sep)", ...

    @property
    def rows(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)
