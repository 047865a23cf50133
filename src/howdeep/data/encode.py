"""A `Task`'s cells as the matrix a net sees: fitted on training rows only, applied to any rows.

Three encodings (docs/recipe.md, "The table encoding"):

- "table": per numeric column its normal score and a piecewise-linear encoding, per categorical
  column a one-hot block. The piecewise-linear columns come last (`Inputs.zero_from`): their stem
  rows start at zero, so that a net begins as one of the plain columns.
- "standard": numeric columns of one unit (signals, pixels), standardised together.
- "linear": each column standardised on its own; for the plain linear or logistic model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, LimitError, TableError
from howdeep.base.limits import MAX_ENCODED_COLUMNS
from howdeep.base.nouns import Inputs
from howdeep.data import columns as col
from howdeep.data.fitted import Category, Number, encode_columns
from howdeep.data.task import Rows, Task

ENCODINGS = ("table", "standard", "linear")
OTHERS = ("standard", "linear")  # that may suit a table better than its own
LEAST_NUMBERS = 4  # numeric columns, below which another encoding is not tried
MANY_ROWS = 7_000  # from here 32 bins are worth their columns, below 16
ROOM = 1_000  # encoded numeric columns from which bins are made fewer ...
HARD_ROOM = 2_000  # ... and given up
MAX_KNOTS = 1_000_000  # stored quantiles over all columns


@dataclass(frozen=True)
class Encoder:
    """Everything that `transform` needs; plain floats, stored as JSON beside a net's weights."""

    encoding: str
    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]
    width: tuple[int, int]  # columns of `Task.numbers` and of `Task.codes`

    @property
    def inputs(self) -> Inputs:
        leading = sum(c.leading for c in self.numbers) + sum(c.leading for c in self.categories)
        bins = sum(max(len(c.edges) - 1, 0) for c in self.numbers)
        return Inputs(leading + bins, len(self.numbers) + len(self.categories), leading)


def others(task: Task) -> tuple[str, ...]:
    """Encodings worth trying beside a table's own: its columns may be signals or pixels."""
    table = task.images is None and task.encoding == "table"
    return OTHERS if table and len(task.number_names) >= LEAST_NUMBERS else ()


def bins_for(rows: int, columns: int) -> int:
    """Bins per numeric column for `rows` training rows and `columns` numeric columns.

    >>> bins_for(8_000, 8), bins_for(3_000, 8), bins_for(8_000, 40), bins_for(8_000, 100)
    (32, 16, 16, 8)
    >>> bins_for(8_000, 300), bins_for(8_000, 900)
    (4, 0)
    """
    bins = 32 if rows >= MANY_ROWS else 16
    while bins > 8 and columns * (bins + 1) > ROOM:
        bins //= 2
    while bins > 2 and columns * (bins + 1) > HARD_ROOM:
        bins //= 2
    return bins if columns * (bins + 1) <= HARD_ROOM else 0


def quantiles_for(rows: int, columns: int) -> int:
    """Training quantiles per column: min(1000, max(10, rows / 30)), fewer for very wide tables."""
    wanted = min(1_000, max(10, rows // 30))
    return max(10, min(wanted, MAX_KNOTS // max(columns, 1)))


def fit(task: Task, train: Rows, encoding: str | None = None) -> Encoder:
    """Fit the encoder of a task on the rows `train` alone; no other row is looked at.

    `encoding` overrides the task's own ("linear" for the plain linear model).

    Raises:
        TableError: no column varies over the training rows.
        LimitError: more than 20,000 encoded columns.
    """
    kind = encoding or task.encoding
    if kind not in ENCODINGS:
        raise ConfigError(f"encoding {kind[:80]!r} is unknown", f"use one of {ENCODINGS}")
    cells = task.numbers[train]
    fitted = (
        col.fit_alike(task.number_names, cells)
        if kind == "standard"
        else _numbers(task, cells, plain=kind == "linear")
    )
    codes = task.codes[train]
    categories = (
        col.fit_category(name, j, codes[:, j], task.levels[j])
        for j, name in enumerate(task.code_names)
    )
    kept = tuple(c for c in categories if c is not None)
    width = (len(task.number_names), len(task.code_names))
    return _checked(Encoder(kind, fitted, kept, width))


def _numbers(task: Task, cells: NDArray[np.float64], *, plain: bool) -> tuple[Number, ...]:
    n, p = cells.shape
    bins = 0 if plain else bins_for(n, p)
    quantiles = quantiles_for(n, p)
    fitted = (
        col.fit_number(name, j, cells[:, j], plain=plain, bins=bins, quantiles=quantiles)
        for j, name in enumerate(task.number_names)
    )
    return tuple(column for column in fitted if column is not None)


def _checked(encoder: Encoder) -> Encoder:
    inputs = encoder.inputs
    if not inputs.columns:
        raise TableError(
            "no feature column varies over the training rows",
            "check the separator and the header, or give the columns to use",
        )
    if inputs.columns > MAX_ENCODED_COLUMNS:
        raise LimitError(
            f"{inputs.columns} encoded columns; at most {MAX_ENCODED_COLUMNS} are taken",
            "leave out columns, or group the levels of categorical ones",
        )
    return encoder


def transform(
    encoder: Encoder, numbers: NDArray[np.float64], codes: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Encode `numbers` (N, p), NaN = missing, and `codes` (N, q), -1 = missing, to (N, D) float32.

    Always finite. Values outside the training range (infinities too) get the encoding of its
    edge; codes that the training rows did not hold, and any code past the task's own, are
    all zeros before centring.
    """
    if (numbers.shape[1], codes.shape[1]) != encoder.width or len(numbers) != len(codes):
        raise ValueError(f"columns {numbers.shape}, {codes.shape} do not fit {encoder.width}")
    inputs = encoder.inputs
    return encode_columns(
        encoder.numbers,
        encoder.categories,
        {column.index: numbers[:, column.index] for column in encoder.numbers},
        {column.index: codes[:, column.index] for column in encoder.categories},
        (len(numbers), inputs.columns),
        inputs.zero_from,
    )


def encode(encoder: Encoder, task: Task) -> NDArray[np.float32]:
    """The encoded table (N, D) of all rows of a task; one table is shared by all nets."""
    return transform(encoder, task.numbers, task.codes)
