"""Gradient boosting on histograms as scikit-learn does it (after Ke et al. 2017, LightGBM)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from howdeep.trainers.classical import _boosted
from howdeep.trainers.classical._boosted import (
    FEATURES,
    LEVELS,
    SEEDS,
    SETTINGS,
    UNIT,
    Setting,
    describe,
    work,
)
from howdeep.trainers.classical._data import Data, Floats, Matrix, logits

__all__ = ["FEATURES", "LEVELS", "SEEDS", "SETTINGS", "UNIT", "describe", "work"]

LABEL = "gradient boosting"
MODULE = "sklearn.ensemble"


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The same with scikit-learn.

    >>> print(code(4, 212, 1000, False))
    HistGradientBoostingRegressor(learning_rate=0.05, max_leaf_nodes=31, min_samples_leaf=20, \
l2_regularization=10, max_iter=212)
    """
    own = SETTINGS[setting]
    kind = "Classifier" if classes else "Regressor"
    tree = f"max_leaf_nodes={own.leaves}, min_samples_leaf={own.leaf}"
    rest = f", l2_regularization={own.penalty:g}" if own.penalty else ""
    rest += f", max_features={own.share:g}" if own.share < 1 else ""
    return f"HistGradientBoosting{kind}(learning_rate={own.rate:g}, {tree}{rest}, max_iter={size})"


class Histograms:
    """scikit-learn's trees, which go on growing where they ended."""

    def __init__(self, data: Data, own: Setting, seed: int) -> None:
        self.data, self.grown, self.model = data, 0, _model(data, own, seed)

    def grow(self, end: int) -> Iterator[Floats]:
        """The outputs on the held rows after each new iteration."""
        self.model.set_params(max_iter=end).fit(self.data.x, self.data.y, self.data.weights)
        begun, self.grown = self.grown, end
        return islice(_staged(self.model, self.data.held), begun, None)

    def outputs(self, iterations: int, x: Matrix, /) -> Floats:
        """Outputs on any rows after so many iterations."""
        return next(islice(_staged(self.model, x), iterations - 1, None))


choices = partial(_boosted.choices, Histograms)


def _model(data: Data, own: Setting, seed: int) -> Any:
    from sklearn import ensemble  # late: it takes a second to import

    common = {
        "learning_rate": own.rate,
        "max_leaf_nodes": own.leaves,
        "min_samples_leaf": own.leaf,
        "l2_regularization": own.penalty,
        "max_features": own.share,
        "early_stopping": False,  # it would hold out training rows; the rows that choose do that
        "warm_start": True,
        "categorical_features": np.asarray(data.categories) if any(data.categories) else None,
        "random_state": seed,
    }
    if data.classes:
        return ensemble.HistGradientBoostingClassifier(**common)
    loss = "absolute_error" if data.metric.loss == "absolute" else "squared_error"
    return ensemble.HistGradientBoostingRegressor(loss=loss, **common)


def _staged(model: Any, x: Matrix) -> Iterator[Floats]:
    """Outputs on `x` after each iteration."""
    if hasattr(model, "staged_decision_function"):
        return map(logits, model.staged_decision_function(x))
    return (np.asarray(out)[:, None] for out in model.staged_predict(x))
