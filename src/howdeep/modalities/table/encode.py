"""A table's cells as the matrix a net sees: fitted on training rows only, applied to any rows.

Three encodings (docs/recipe.md, "The table encoding"):

- "table": per numeric column its normal score (of the days of dates the standardised value, which
  goes on beyond that of training) and a piecewise-linear encoding, per categorical column a one-hot
  block. The piecewise-linear columns come last (`Inputs.zero_from`): their stem rows start at zero,
  so that a net begins as one of the plain columns.
- "standard": numeric columns of one unit (signals, pixels), standardised together.
- "linear": each column standardised on its own; for the plain linear or logistic model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ConfigError, LimitError, TableError
from howdeep.base.limits import MAX_ENCODED_COLUMNS
from howdeep.base.nouns import Inputs
from howdeep.base.words import show
from howdeep.data.task import RowIndex, Task
from howdeep.modalities.table import columns as col
from howdeep.modalities.table.fitted import Category, Number, encode_columns
from howdeep.modalities.table.samples import (
    CODES,
    NUMBERS,
    OWN,
    codes_of,
    dates_of,
    names_of,
    numbers_of,
)

ALIKE, LINEAR = "standard", "linear"
ENCODINGS = (OWN, ALIKE, LINEAR)
OTHERS = (ALIKE, LINEAR)  # that may suit a table better than its own
LEAST_NUMBERS = 4  # numeric columns, below which another encoding is not tried
MANY_ROWS = 7_000  # from here 32 bins are worth their columns, below 16
ROOM = 1_000  # encoded numeric columns from which bins are made fewer ...
HARD_ROOM = 2_000  # ... and given up
MAX_KNOTS = 1_000_000  # stored quantiles over all columns


@dataclass(frozen=True)
class Encoder:
    """Everything that `transform` needs; plain floats, stored as JSON next to a net's weights."""

    encoding: str
    numbers: tuple[Number, ...]
    categories: tuple[Category, ...]
    width: tuple[int, int]  # of a task's numbers and of its codes
    shared: tuple[int, int] = (0, 0)  # leading columns of all folds, and all columns (`align`)

    @property
    def inputs(self) -> Inputs:
        leading = sum(c.leading for c in self.numbers) + sum(c.leading for c in self.categories)
        bins = sum(max(len(c.edges) - 1, 0) for c in self.numbers)
        return Inputs(leading + bins, len(self.numbers) + len(self.categories), leading)


def others(task: Task) -> tuple[str, ...]:
    """Encodings worth trying next to a table's own: its columns may be signals or pixels."""
    parts = sum(len(column.columns) for column in dates_of(task))
    many = len(names_of(task).numbers) - parts >= LEAST_NUMBERS
    return OTHERS if task.encoding == OWN and many else ()


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


def fit(task: Task, train: RowIndex, encoding: str = "") -> Encoder:
    """Fit the encoder of a task on the rows `train` alone; no other row is looked at.

    `encoding`, if not empty, overrides the task's own ("linear" for the plain linear model).

    Raises:
        TableError: no column varies over the training rows.
        LimitError: more than 20,000 encoded columns.
    """
    return _fit(task, train, encoding, asked_of(task, train))


def sketch(task: Task, train: RowIndex, encoding: str = "") -> Encoder:
    """As `fit`, of which only `inputs` and the columns' places are right: several times as fast.

    Raises:
        TableError, LimitError: as `fit`.
    """
    return _fit(task, train, encoding, asked_of(task, train), sketch=True)


def fit_earlier(task: Task, train: RowIndex, encoding: str = "") -> Encoder:
    """As howdeep 0.4 and before fitted it: no rare level of a categorical column is kept."""
    return _fit(task, train, encoding, None)


def asked_of(task: Task, train: RowIndex) -> NDArray[np.float64]:
    """The target that rare levels are asked about (n, k): numbers, or one column a class."""
    target = task.target[train]
    if not task.info.classes:
        return target.astype(np.float64)[:, None]
    return (target[:, None] == np.arange(len(task.info.classes))).astype(np.float64)


def _fit(
    task: Task,
    train: RowIndex,
    encoding: str,
    target: NDArray[np.float64] | None,
    *,
    sketch: bool = False,
) -> Encoder:
    """The encoder; `target` (n, k) decides which rare levels are kept.

    Raises:
        TableError: no column varies over the training rows.
        LimitError: more than 20,000 encoded columns.
    """
    kind = encoding or task.encoding
    if kind not in ENCODINGS:
        raise ConfigError(f"encoding {kind[:80]!r} is unknown", f"use one of {ENCODINGS}")
    names = names_of(task)
    fitted = (
        col.fit_alike(names.numbers, numbers_of(task)[train])
        if kind == ALIKE
        else _numbers(task, train, plain=kind == LINEAR, sketch=sketch)
    )
    codes = codes_of(task)
    categories = (
        col.fit_category(name, j, codes[train, j], names.levels[j], target, sketch)
        for j, name in enumerate(names.codes)
    )
    kept = tuple(c for c in categories if c is not None)
    width = (len(names.numbers), len(names.codes))
    return _checked(Encoder(kind, fitted, kept, width))


def _ages(task: Task) -> frozenset[str]:
    """Columns of days, in which new rows may lie beyond those of training."""
    dates = (column for column in dates_of(task) if column.kind == "date")
    return frozenset(name for column in dates for name, part in column.columns if part == "number")


def _numbers(task: Task, train: RowIndex, *, plain: bool, sketch: bool) -> tuple[Number, ...]:
    cells, ages = numbers_of(task), _ages(task)
    n, p = len(train), cells.shape[1]
    bins = 0 if plain else bins_for(n, p)
    quantiles = quantiles_for(n, p)
    fitted = (
        col.fit_number(
            name,
            j,
            cells[train, j],  # one column at a time: not all are there twice
            plain=plain,
            bins=bins,
            quantiles=quantiles,
            beyond=name in ages,
            sketch=sketch,
        )
        for j, name in enumerate(names_of(task).numbers)
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


def left_out(task: Task, encoders: Sequence[Encoder]) -> tuple[tuple[str, str], ...]:
    """Which levels are not learnt from, a sentence each without its full stop: (what, says)."""
    names, found = names_of(task), []
    for category in encoders[0].categories:
        every, own = len(names.levels[category.index]), len(category.codes)
        if own < every:
            which = f"{own:,} of {every:,} levels are learnt from"
            says = f"Column {show(category.name, 40)}: {which}, the others count as one"
            found.append(("levels", says))
    return tuple(found)


def align(encoders: Sequence[Encoder]) -> tuple[Encoder, ...]:
    """The encoders of all folds with a block of columns for each feature, as wide as any needs.

    So a column means the same in every fold: column k of one never holds another feature's.
    """
    fronts, leading = _places([(c.index, c.leading) for e in encoders for c in e.numbers], 0)
    hots, leading = _places([(c.index, c.leading) for e in encoders for c in e.categories], leading)
    bins = [(c.index, max(len(c.edges) - 1, 0)) for e in encoders for c in e.numbers]
    backs, columns = _places(bins, leading)
    return tuple(
        replace(
            encoder,
            numbers=tuple(
                replace(c, front=fronts[c.index], back=backs[c.index]) for c in encoder.numbers
            ),
            categories=tuple(replace(c, front=hots[c.index]) for c in encoder.categories),
            shared=(leading, columns),
        )
        for encoder in encoders
    )


def _places(widths: Iterable[tuple[int, int]], start: int) -> tuple[dict[int, int], int]:
    """Where each feature's block begins, one behind the other, and where they end."""
    most: dict[int, int] = {}
    for index, width in widths:
        most[index] = max(width, most.get(index, 0))
    places = {}
    for index in sorted(most):
        places[index] = start
        start += most[index]
    return places, start


def common(encoders: Sequence[Encoder], encoding: str = "") -> Inputs:
    """The common shape of all folds."""
    features = max(e.inputs.features for e in encoders)
    leading, columns = encoders[0].shared
    if columns:
        bins = max(e.inputs.columns - e.inputs.zero_from for e in encoders)
        padding = columns - leading - bins
        return Inputs(columns, features, leading, encoding=encoding, padding=padding)
    base = max(e.inputs.zero_from for e in encoders)
    extra = max(e.inputs.columns - e.inputs.zero_from for e in encoders)
    return Inputs(base + extra, features, base, encoding=encoding)


def blocks(encoders: Sequence[Encoder]) -> tuple[tuple[int, ...], ...]:
    """Of each feature the numbers of its columns: of numbers first, then of categories."""
    found: dict[tuple[int, int], set[int]] = {}
    for encoder in encoders:
        for number in encoder.numbers:
            own = found.setdefault((0, number.index), set())
            own |= {number.front + i for i in range(number.leading)}
            own |= {number.back + i for i in range(len(number.edges) - 1)}
        for category in encoder.categories:
            own = found.setdefault((1, category.index), set())
            own |= {category.front + i for i in range(category.leading)}
    return tuple(tuple(sorted(found[feature])) for feature in sorted(found))


def transform(
    encoder: Encoder, samples: Mapping[str, NDArray[Any]], inputs: Inputs
) -> NDArray[np.float32]:
    """Encode numbers (N, p), NaN = missing, and codes (N, q), -1 = missing, to (N, D) float32.

    Always finite. Values outside the training range (infinities too) get the encoding of its
    edge; codes that the training rows did not hold, and any code past the task's own, are
    all zeros before centring. `inputs`: those of all folds; columns that this one lacks are zero.
    """
    numbers, codes = samples[NUMBERS], samples[CODES]
    if (numbers.shape[1], codes.shape[1]) != encoder.width or len(numbers) != len(codes):
        raise ValueError(f"columns {numbers.shape}, {codes.shape} do not fit {encoder.width}")
    return encode_columns(
        encoder.numbers,
        encoder.categories,
        {column.index: numbers[:, column.index] for column in encoder.numbers},
        {column.index: codes[:, column.index] for column in encoder.categories},
        (len(numbers), inputs.columns),
        inputs.zero_from,
    )


def lying(samples: Mapping[str, NDArray[Any]]) -> None:
    """Nothing: the cells of a table are encoded once, and kept."""


def scaling(encoder: Encoder) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of nothing that lies in a task."""
    raise TypeError("a table is not learnt from as it lies")
