"""k nearest neighbours in Euclidean distance, each voting alike or by its closeness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.trainers.classical._data import Choice, Data, Floats, Matrix, log_shares

LABEL = "nearest neighbours"
MODULE = "sklearn.neighbors"
SEEDS = 1
UNIT = "neighbours"
FEATURES = ("encoded", "raw", "hog")
SETTINGS = ("alike", "by closeness")
COUNTS = (1, 2, 3, 4, 5, 7, 9, 12, 15, 20, 25, 35, 50, 75, 100, 150, 200)
LEVELS = ((2, 200),)


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Nanoseconds: every row asked for is held against every training row."""
    return rows * queries * (4.0 + 0.1 * columns)


def describe(setting: int, size: int) -> str:
    """
    >>> describe(1, 15)
    '15 neighbours, voting by closeness'
    """
    return f"{size} neighbour{'s' * (size > 1)}, voting {SETTINGS[setting]}"


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The same with scikit-learn.

    >>> code(1, 15, 1000, True)
    "KNeighborsClassifier(n_neighbors=15, weights='distance')"
    """
    kind = "Classifier" if classes else "Regressor"
    weights = "uniform" if SETTINGS[setting] == "alike" else "distance"
    return f"KNeighbors{kind}(n_neighbors={size}, weights={weights!r})"


def choices(data: Data, seed: int, settings: Sequence[int], size: int) -> Iterator[Choice]:
    """Every count of neighbours with every way of voting, from one search."""
    from sklearn import neighbors  # late: it takes a second to import

    most = min(size, len(data.x))
    near = neighbors.NearestNeighbors(n_neighbors=most, algorithm="brute", n_jobs=1).fit(data.x)
    found = near.kneighbors(data.held)
    for setting in settings:
        for count in (k for k in COUNTS if k <= most):
            marks = data.judge(_votes(data, found, setting, count))
            yield Choice(setting, count, marks, partial(_outputs, data, near, setting, count))


def _outputs(data: Data, near: Any, setting: int, count: int, x: Matrix) -> Floats:
    return _votes(data, near.kneighbors(x, n_neighbors=count), setting, count)


def _votes(data: Data, found: tuple[Floats, NDArray[np.intp]], setting: int, count: int) -> Floats:
    """Shares of the votes (n, C) as logarithms, or the weighted mean (n, 1)."""
    distance, index = (part[:, :count] for part in found)
    weights = np.ones(index.shape)
    if SETTINGS[setting] == "by closeness":
        weights = 1 / np.maximum(distance, 1e-9 + 1e-6 * distance.mean())
    if data.weights is not None:
        weights = weights * data.weights[index]
    weights = weights / weights.sum(1, keepdims=True)
    near = data.y[index]
    if not data.classes:
        return (weights * near).sum(1, keepdims=True)
    shares = [(weights * (near == c)).sum(1) for c in range(data.classes)]
    return log_shares(np.stack(shares, axis=1), count)
