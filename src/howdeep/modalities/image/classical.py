"""What classical models learn from images.

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

from howdeep.data.task import RowIndex, Task
from howdeep.modalities.image.samples import images_of

Matrix = NDArray[np.floating]
Read = Callable[[RowIndex], Matrix]
KINDS = ("raw", "hog", "hog_axes")
RAW_SIDE, HOG_SIDE = 32, 64  # pixels a side at most
HOG_CELLS = 5  # a side, about
AXES = 64
HOG_LEAST = 8  # pixels a side, below which gradients in cells make no sense


def reader(task: Task, train: RowIndex, kind: str) -> tuple[Read, tuple[bool, ...]]:
    """A function from rows to features (n, D), and which of the columns are categories."""
    if kind == "hog":
        every, place = _hog(task)
        return (lambda rows: every[place[rows]]), (False,) * every.shape[1]
    if kind == "hog_axes":
        return _axes(task, train)
    images = images_of(task)
    step = _step(images, RAW_SIDE)
    width = int(np.prod(_small(images[:1], step).shape[1:]))
    return (lambda rows: _small(images[rows], step).reshape(len(rows), -1)), (False,) * width


def columns(task: Task, kind: str) -> int:
    """Columns of these features, for the estimate of work."""
    images = images_of(task)
    if kind == "raw":
        return int(np.prod(_small(images[:1], _step(images, RAW_SIDE)).shape[1:]))
    wide = len(_hog_of(_small(images[:1], _step(images, HOG_SIDE)))[0])
    return wide if kind == "hog" else min(wide, AXES)


def missing(task: Task, kind: str) -> str:
    """Why HOG features cannot be had of these images; empty where they can."""
    if not suffix(kind):
        return ""
    if find_spec("skimage") is None:
        return 'scikit-image is not installed (pip install "howdeep[images]")'
    if min(task.info.shape[:2]) < HOG_LEAST:
        return f"the images have fewer than {HOG_LEAST} pixels a side"
    return ""


def words(kind: str) -> str:
    """What a model is said to learn from."""
    return "HOG features" if suffix(kind) else "pixels"


def suffix(kind: str) -> str:
    """
    >>> [suffix(kind) for kind in KINDS]
    ['', 'hog', 'hog']
    """
    return "hog" if kind.startswith("hog") else ""


def zero(task: Task) -> str:
    """None: pixels are averaged down, and a net's are not."""
    return ""


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
def _hog(task: Task) -> tuple[NDArray[np.float32], RowIndex]:
    """HOG features (n, D) of the rows that folds and test use, and each row's place among them."""
    parts = [task.test, *(rows for fold in task.folds for rows in _rows(fold.train, fold.views))]
    used = np.unique(np.concatenate(parts))
    place = np.zeros(len(images_of(task)), dtype=np.int64)
    place[used] = np.arange(len(used))
    return _hog_of(_small(images_of(task)[used], _step(images_of(task), HOG_SIDE))), place


def _axes(task: Task, train: RowIndex) -> tuple[Read, tuple[bool, ...]]:
    """The leading principal axes of the HOG features of the training rows."""
    every, place = _hog(task)
    x = every[place[train]].astype(np.float64)
    mean = x.mean(0)
    _, vectors = np.linalg.eigh((x - mean).T @ (x - mean))
    axes = vectors[:, ::-1][:, :AXES]
    return (lambda rows: (every[place[rows]] - mean) @ axes), (False,) * axes.shape[1]


def _rows(train: RowIndex, views: Sequence[object]) -> list[RowIndex]:
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
