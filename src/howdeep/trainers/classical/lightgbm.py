"""Gradient boosting by LightGBM (Ke et al. 2017), searched as scikit-learn's is; on request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
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

LABEL = "LightGBM"
MODULE = "lightgbm"
NEEDS = "lightgbm"  # an extra of howdeep, and the module that it brings


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The call that fits the same.

    >>> print(code(4, 212, 1000, False))
    LGBMRegressor(learning_rate=0.05, num_leaves=31, min_child_samples=20, reg_lambda=10, \
n_estimators=212)
    """
    own = SETTINGS[setting]
    kind = "Classifier" if classes else "Regressor"
    tree = f"num_leaves={own.leaves}, min_child_samples={own.leaf}"
    rest = f", reg_lambda={own.penalty:g}" if own.penalty else ""
    rest += f", colsample_bynode={own.share:g}" if own.share < 1 else ""
    return f"LGBM{kind}(learning_rate={own.rate:g}, {tree}{rest}, n_estimators={size})"


class Boosted:
    """LightGBM's trees, grown one iteration at a time, the held rows' outputs added up."""

    def __init__(self, data: Data, own: Setting, seed: int) -> None:
        self.data, self.grown = data, 0
        self.booster = _booster(data, own, seed)
        self.columns = data.classes if data.classes > 2 else 1
        self.held = np.zeros((len(data.held), self.columns))

    def grow(self, end: int) -> Iterator[Floats]:
        """The outputs on the held rows after each new iteration."""
        while self.grown < end:
            self.booster.update()
            self.held += self._raw(self.data.held, self.grown, 1)
            self.grown += 1
            yield self._shaped(self.held)

    def outputs(self, iterations: int, x: Matrix, /) -> Floats:
        """Outputs on any rows after so many iterations."""
        return self._shaped(self._raw(x, 0, iterations))

    def _raw(self, x: Matrix, first: int, count: int) -> Floats:
        found = self.booster.predict(
            np.asarray(x, dtype=np.float64),
            start_iteration=first,
            num_iteration=count,
            raw_score=True,
            num_threads=1,
        )
        return np.asarray(found, dtype=np.float64).reshape(len(x), self.columns)

    def _shaped(self, raw: Floats) -> Floats:
        """Logits (n, C), or predictions (n, 1)."""
        two = self.data.classes == 2
        return logits(raw[:, 0].copy()) if two else raw.copy()


choices = partial(_boosted.choices, Boosted)


def _booster(data: Data, own: Setting, seed: int) -> Any:
    import lightgbm  # an extra

    goal: dict[str, Any] = {"objective": "l1" if data.metric.loss == "absolute" else "l2"}
    if data.classes:
        goal = {"objective": "binary"}
        if data.classes > 2:
            goal = {"objective": "multiclass", "num_class": data.classes}
    params = {
        **goal,
        "learning_rate": own.rate,
        "num_leaves": own.leaves,
        "min_data_in_leaf": own.leaf,
        "min_data_in_bin": 1,
        "lambda_l2": own.penalty,
        "feature_fraction_bynode": own.share,
        "seed": seed % 2**31,
        "deterministic": True,
        "force_col_wise": True,  # the other order of sums depends on the machine
        "num_threads": 1,
        "verbosity": -1,
    }
    rows = lightgbm.Dataset(
        np.asarray(data.x, dtype=np.float64),
        label=np.asarray(data.y),
        weight=data.weights,
        categorical_feature=np.flatnonzero(data.categories).tolist(),
        free_raw_data=True,
        params=params,
    )
    return lightgbm.Booster(params=params, train_set=rows)
