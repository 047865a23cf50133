"""What classical models learn from: columns of a table, pixels, or HOG features of an image.

- "encoded": each number standardised, each category in one-hot columns ("linear" of
  `data.encode`); for models of distances and of linear maps.
- "cells": each number as its place among the training values, NaN where missing, each category as
  a number; for trees, which only look at the order.
- "raw": the pixels, of 0 to 1, averaged down to at most 32 a side.
- "hog": histograms of oriented gradients (Dalal and Triggs 2005; scikit-image's), 9 orientations,
  blocks of 2 x 2 cells.
- "hog_axes": their 64 leading principal axes, for trees, which dislike wide smooth features.

Everything is fitted on the training rows given, and on no others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from howdeep.data import encode
from howdeep.data.task import Rows, Task
from howdeep.trainers.classical._data import Matrix

Read = Callable[[Rows], Matrix]
RAW_SIDE, HOG_SIDE = 32, 64  # pixels a side at most
HOG_CELLS = 5  # a side, about
AXES = 64
# What models are said to learn from, where that is no table's columns.
WORDS = {"raw": "pixels", "hog": "HOG features", "hog_axes": "HOG features"}
HOG_LEAST = 8  # pixels a side, below which gradients in cells make no sense
LEVELS = 254  # of a category that boosting takes; rarer ones count as missing
HUGE = 1e150  # beyond, differences of values could overflow


def hog_works(task: Task) -> str:
    """Why HOG features cannot be had of these images; empty where they can."""
    if find_spec("skimage") is None:
        return 'scikit-image is not installed (pip install "howdeep[images]")'
    if task.images is not None and min(task.images.shape[1:3]) < HOG_LEAST:
        return f"the images have fewer than {HOG_LEAST} pixels a side"
    return ""


def reader(task: Task, train: Rows, kind: str) -> tuple[Read, tuple[bool, ...]]:
    """A function from rows to features (n, D), and which of the columns are categories."""
    if kind == "cells":
        return _cells(task, train)
    if kind == "encoded":
        encoder = encode.fit(task, train, "linear" if task.encoding == "table" else None)
        read: Read = lambda rows: encode.transform(  # noqa: E731
            encoder, task.numbers[rows], task.codes[rows]
        )
        return read, (False,) * encoder.inputs.columns
    if kind == "hog":
        every, place = _hog(task)
        return (lambda rows: every[place[rows]]), (False,) * every.shape[1]
    if kind == "hog_axes":
        return _axes(task, train)
    assert task.images is not None
    images = task.images
    step = _step(images, RAW_SIDE)
    width = int(np.prod(_small(images[:1], step).shape[1:]))
    return (lambda rows: _small(images[rows], step).reshape(len(rows), -1)), (False,) * width


def columns(task: Task, kind: str) -> int:
    """Columns of these features, for the estimate of work."""
    if kind == "cells":
        return len(task.number_names) + len(task.code_names)
    if kind == "encoded":
        return max(len(reader(task, fold.train, kind)[1]) for fold in task.folds)
    assert task.images is not None
    if kind == "raw":
        return int(np.prod(_small(task.images[:1], _step(task.images, RAW_SIDE)).shape[1:]))
    wide = len(_hog_of(_small(task.images[:1], _step(task.images, HOG_SIDE)))[0])
    return wide if kind == "hog" else min(wide, AXES)


# ---- cells of a table ---------------------------------------------------------------------------
def _cells(task: Task, train: Rows) -> tuple[Read, tuple[bool, ...]]:
    known = [_values(task.numbers[train, j]) for j in range(task.numbers.shape[1])]
    order = [_by_frequency(task.codes[train, j]) for j in range(task.codes.shape[1])]
    numbers = [j for j, values in enumerate(known) if len(values)]
    codes = [j for j, found in enumerate(order) if len(found)]

    def read(rows: Rows) -> Matrix:
        out = [_places(task.numbers[rows, j], known[j]) for j in numbers]
        out += [_ranks(task.codes[rows, j], order[j]) for j in codes]
        return np.stack(out, axis=1) if out else np.zeros((len(rows), 1))

    return read, (False,) * len(numbers) + (True,) * len(codes) or (False,)


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


# ---- images -------------------------------------------------------------------------------------
def _step(images: NDArray[np.uint8], side: int) -> int:
    return -(-max(images.shape[1:3]) // side)


def _small(images: NDArray[np.uint8], step: int) -> NDArray[np.float32]:
    """Images (n, H, W, C) of 0 to 1, each pixel the mean of `step` x `step`; odd edges left out."""
    n, height, width, channels = images.shape
    h, w = max(height // step, 1), max(width // step, 1)
    cut = images[:, : h * step, : w * step]
    tall, wide = min(step, height), min(step, width)
    means = cut.reshape(n, h, tall, w, wide, channels).mean(axis=(2, 4), dtype=np.float32)
    return np.asarray(means / 255, dtype=np.float32)


@lru_cache(maxsize=1)  # several models of one task ask for it
def _hog(task: Task) -> tuple[NDArray[np.float32], Rows]:
    """HOG features (n, D) of the rows that folds and test use, and each row's place among them."""
    assert task.images is not None
    parts = [task.test, *(rows for fold in task.folds for rows in _rows(fold.train, fold.views))]
    used = np.unique(np.concatenate(parts))
    place = np.zeros(len(task.images), dtype=np.int64)
    place[used] = np.arange(len(used))
    return _hog_of(_small(task.images[used], _step(task.images, HOG_SIDE))), place


def _axes(task: Task, train: Rows) -> tuple[Read, tuple[bool, ...]]:
    """The leading principal axes of the HOG features of the training rows."""
    every, place = _hog(task)
    x = every[place[train]].astype(np.float64)
    mean = x.mean(0)
    _, vectors = np.linalg.eigh((x - mean).T @ (x - mean))
    axes = vectors[:, ::-1][:, :AXES]
    return (lambda rows: (every[place[rows]] - mean) @ axes), (False,) * axes.shape[1]


def _rows(train: Rows, views: Sequence[object]) -> list[Rows]:
    return [train, *(getattr(view, part) for view in views for part in ("choose", "score"))]


def _hog_of(images: NDArray[np.float32]) -> NDArray[np.float32]:
    from skimage.feature import hog  # an extra: images

    side = max(-(-min(images.shape[1:3]) // (HOG_CELLS + 1)), 2)
    each = [
        hog(
            image if image.shape[2] > 1 else image[:, :, 0],
            orientations=9,
            pixels_per_cell=(side, side),
            cells_per_block=(2, 2),
            channel_axis=-1 if image.shape[2] > 1 else None,
        )
        for image in images
    ]
    return np.asarray(each, dtype=np.float32)
