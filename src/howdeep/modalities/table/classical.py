"""What classical models learn from a table's columns.

- "encoded": each number standardised, each category in one-hot columns ("linear" of `encode`); for
  models of distances and of linear maps.
- "cells": each number as its place among the training values, NaN where missing, each category as
  a number; for trees, which only look at the order. Where rare levels of a column tell the target
  apart (`levels`), the mean target of each level comes with it, of training rows cross-fitted.

Everything is fitted on the training rows given, and on no others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from howdeep.data.splits import generator
from howdeep.data.task import RowIndex, Task
from howdeep.modalities.table import encode, levels
from howdeep.modalities.table.samples import CODES, NUMBERS, OWN, codes_of, numbers_of

Matrix = NDArray[np.floating]
Read = Callable[[RowIndex], Matrix]
KINDS = ("encoded", "cells")
LEVELS = 254  # of a category that boosting takes; rarer ones count as missing
PARTS = 5  # that training rows are cross-fitted in
HUGE = 1e150  # beyond, differences of values could overflow


def reader(task: Task, train: RowIndex, kind: str) -> tuple[Read, tuple[bool, ...]]:
    """A function from rows to features (n, D), and which of the columns are categories."""
    if kind == "cells":
        return _cells(task, train)
    encoder = _encoder(task, train)
    inputs, numbers, codes = encoder.inputs, numbers_of(task), codes_of(task)

    def read(rows: RowIndex) -> Matrix:
        return encode.transform(encoder, {NUMBERS: numbers[rows], CODES: codes[rows]}, inputs)

    return read, (False,) * inputs.columns


def columns(task: Task, kind: str) -> int:
    """Columns of these features, for the estimate of work."""
    if kind == "cells":
        return max(_wide(task, fold.train) for fold in task.folds)
    return max(_encoder(task, fold.train).inputs.columns for fold in task.folds)


def _encoder(task: Task, train: RowIndex) -> encode.Encoder:
    """The one that nets may have been given, if it was fitted on these rows."""
    encoding = encode.LINEAR if task.encoding == OWN else task.encoding
    for fold, encoder in zip(task.folds, task.encoders.get(encoding, ()), strict=False):
        if np.array_equal(fold.train, train):
            return encoder
    return encode.fit(task, train, encoding)


def missing(task: Task, kind: str) -> str:
    """Nothing: they need no more than the table."""
    return ""


def words(kind: str) -> str:
    """Nothing: that a model learns from the columns goes without saying."""
    return ""


def suffix(kind: str) -> str:
    """Nothing: a model is fitted on one kind of columns only."""
    return ""


def zero(task: Task) -> str:
    """What nets of zero blocks see, where that is the columns as a linear model sees them."""
    return "encoded" if task.encoding == encode.ALIKE else ""


def _cells(task: Task, train: RowIndex) -> tuple[Read, tuple[bool, ...]]:
    numbers, codes = numbers_of(task), codes_of(task)
    known = [_values(numbers[train, j]) for j in range(numbers.shape[1])]
    order = [_by_frequency(codes[train, j]) for j in range(codes.shape[1])]
    means = [_means(task, train, codes[:, j]) for j in _telling(task, train)]
    varied = [j for j, values in enumerate(known) if len(values)]
    named = [j for j, found in enumerate(order) if len(found)]

    def read(rows: RowIndex) -> Matrix:
        out = [_places(numbers[rows, j], known[j]) for j in varied]
        out += [_ranks(codes[rows, j], order[j]) for j in named]
        out += [column for own in means for column in own[rows].T]
        return np.stack(out, axis=1) if out else np.zeros((len(rows), 1))

    more = (False,) * sum(own.shape[1] for own in means)
    return read, (False,) * len(varied) + (True,) * len(named) + more or (False,)


def _telling(task: Task, train: RowIndex) -> list[int]:
    """The columns of categories whose rare levels tell the target apart."""
    codes, target = codes_of(task)[train], encode.asked_of(task, train)
    return [j for j in range(codes.shape[1]) if levels.rare_tell(codes[:, j], target)]


def _wide(task: Task, train: RowIndex) -> int:
    """How many columns `_cells` gives, without fitting anything."""
    numbers, codes = numbers_of(task)[train], codes_of(task)[train]
    plain = int((~np.isnan(numbers)).any(0).sum() + (codes >= 0).any(0).sum())
    classes = len(np.unique(task.target[train])) if task.info.classes else 1
    return max(plain + len(_telling(task, train)) * (classes if classes > 2 else 1), 1)


def _means(task: Task, train: RowIndex, codes: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean target of each row's level (N, k), shrunk to the mean of all.

    Of a training row it is that of other training rows (scikit-learn's TargetEncoder; Micci-Barreca
    2001, ACM SIGKDD Explorations 3(1)), fitted on the other parts.
    """
    from sklearn.preprocessing import TargetEncoder  # late: it takes a second to import

    cells, target = codes[:, None], task.target[train]
    kind = "continuous" if not task.info.classes else "auto"
    whole = TargetEncoder(target_type=kind).fit(cells[train], target)
    out = np.asarray(whole.transform(cells), dtype=np.float64)
    part = generator("levels", len(train)).permutation(np.arange(len(train)) % PARTS)
    for p in range(PARTS):
        fitted = TargetEncoder(target_type=kind).fit(cells[train][part != p], target[part != p])
        own = np.asarray(fitted.transform(cells[train][part == p]), dtype=np.float64)
        same = own.shape[1] == out.shape[1]  # else the part holds all rows of some class
        out[train[part == p]] = own if same else out[train].mean(0)
    return out


def _values(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.unique(cells[~np.isnan(cells)])


def _places(cells: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places among the sorted training values, linear between two; beyond them the first or last.

    Trees only see the order, and places keep it whatever the column's magnitude.
    """
    cells = np.clip(cells, known[0], known[-1])
    if max(abs(known[0]), abs(known[-1])) > HUGE:
        cells, known = np.ldexp(cells, -600), np.ldexp(known, -600)
    return np.interp(cells, known, np.arange(len(known), dtype=np.float64))


def _by_frequency(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The training codes, most frequent first."""
    found, counts = np.unique(codes[codes >= 0], return_counts=True)
    return found[np.lexsort((found, -counts))][:LEVELS]


def _ranks(codes: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.float64]:
    """Category numbers by frequency; NaN for missing, unseen and rare ones."""
    place = np.argsort(order)
    at = np.minimum(np.searchsorted(order, codes, sorter=place), len(order) - 1)
    rank = place[at]
    return np.where(order[rank] == codes, rank.astype(np.float64), np.nan)
