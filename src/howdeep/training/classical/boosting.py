"""Gradient boosting on histograms (Ke et al. 2017, LightGBM; scikit-learn's), stopped on val rows.

Trees are grown a few at a time; after each lot every new iteration is marked on the rows that
choose, and growing ends when none of the last `PATIENCE` iterations was the best of any view.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from howdeep.training.classical._data import Choice, Data, Floats, Mark, Matrix, logits

SEEDS = 1  # nothing in it is random (the bins of more than 200,000 rows are, and are seeded)
FEATURES = {"table": ("cells",), "image": ("hog_axes",)}
SETTINGS = ((0.1, 31), (0.05, 31), (0.05, 15))  # learning rate, leaves of a tree
LEVELS = ((3, 1_000), (3, 400), (1, 400), (1, 150), (1, 60))
LOT = 100  # iterations between two looks at the rows that choose
PATIENCE = 100


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Operations: a tree is one pass over rows x columns for each of about five levels."""
    trees = settings * size * (outputs if outputs > 2 else 1)
    return trees * (6e5 + 8.0 * rows * columns)


def describe(setting: int, size: int) -> str:
    """
    >>> describe(0, 212)
    'learning rate 0.1, 31 leaves, 212 iterations'
    """
    rate, leaves = SETTINGS[setting]
    return f"learning rate {rate:g}, {leaves} leaves, {size} iterations"


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The same with scikit-learn.

    >>> code(0, 212, 1000, False)
    'HistGradientBoostingRegressor(learning_rate=0.1, max_leaf_nodes=31, max_iter=212)'
    """
    rate, leaves = SETTINGS[setting]
    kind = "Classifier" if classes else "Regressor"
    options = f"learning_rate={rate:g}, max_leaf_nodes={leaves}, max_iter={size}"
    return f"HistGradientBoosting{kind}({options})"


def choices(data: Data, seed: int, settings: Sequence[int], size: int) -> Iterator[Choice]:
    """For each setting the best iteration of each view."""
    for setting in settings:
        model = _model(data, setting, seed)
        best: dict[int, tuple[Mark, int, tuple[Mark, ...]]] = {}
        for end in range(min(LOT, size), size + 1, LOT):
            model.set_params(max_iter=end).fit(data.x, data.y, data.weights)
            first = max(end - LOT, 0)
            for at, out in enumerate(islice(_staged(model, data.held), first, None), first + 1):
                marks = data.judge(out)
                for view, mark in enumerate(marks):
                    if view not in best or mark > best[view][0]:
                        best[view] = (mark, at, marks)
            if end - max(at for _, at, _ in best.values()) >= PATIENCE:
                break
        for at, marks in sorted({(at, marks) for _, at, marks in best.values()}):
            yield Choice(setting, at, marks, partial(_outputs, model, at))


def _model(data: Data, setting: int, seed: int) -> Any:
    from sklearn import ensemble  # late: it takes a second to import

    rate, leaves = SETTINGS[setting]
    common = {
        "learning_rate": rate,
        "max_leaf_nodes": leaves,
        "early_stopping": False,  # it would hold out training rows; the rows that choose do that
        "warm_start": True,
        "categorical_features": np.asarray(data.categories) if any(data.categories) else None,
        "random_state": seed % 2**32,
    }
    if data.classes:
        return ensemble.HistGradientBoostingClassifier(**common)
    loss = "absolute_error" if data.metric == "mae" else "squared_error"
    return ensemble.HistGradientBoostingRegressor(loss=loss, **common)


def _staged(model: Any, x: Matrix) -> Iterator[Floats]:
    """Outputs on `x` after each iteration."""
    if hasattr(model, "staged_decision_function"):
        return map(logits, model.staged_decision_function(x))
    return (np.asarray(out)[:, None] for out in model.staged_predict(x))


def _outputs(model: Any, iterations: int, x: Matrix) -> Floats:
    return next(islice(_staged(model, x), iterations - 1, None))
