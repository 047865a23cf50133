"""Random forest (Breiman 2001; scikit-learn's)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from howdeep.training.classical._data import Choice, Data, Floats, Matrix, log_shares

SEEDS = 3
FEATURES = {"table": ("cells",), "image": ("raw",)}
SETTINGS = ((1, "few"), (3, "half"))  # rows in a leaf at least, columns tried at a split
LEVELS = ((2, 200), (2, 100), (1, 200), (1, 100), (1, 50))
HALF = 0.5
THIRD = 1 / 3  # "few" in regression, as Breiman advises; in classification the square root


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Operations: a tree sorts the columns it tries at every one of about log2 n levels."""
    few = THIRD * columns if outputs == 1 else math.sqrt(columns)
    each = [max(few, 1.0), max(HALF * columns, 1.0)][:settings]
    tried = sum(each) + (SEEDS - 1) * max(each)  # what is chosen is fitted with every seed
    a_column = 50.0 * rows * math.log2(max(rows, 2))
    return size * (tried * a_column + SEEDS * (1e6 + 200.0 * queries))


def describe(setting: int, size: int) -> str:
    """
    >>> describe(1, 200)
    '200 trees, leaves of 3 rows or more, half of the columns at a split'
    """
    leaf, tried = SETTINGS[setting]
    rows = "1 row" if leaf == 1 else f"{leaf} rows"
    return f"{size} trees, leaves of {rows} or more, {tried} of the columns at a split"


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The same with scikit-learn.

    >>> code(0, 200, 1000, True)
    "RandomForestClassifier(n_estimators=200, min_samples_leaf=1, max_features='sqrt')"
    """
    leaf, tried = SETTINGS[setting]
    few = repr("sqrt") if classes else f"{THIRD:.2f}"
    kind = "Classifier" if classes else "Regressor"
    most = few if tried == "few" else HALF
    options = f"n_estimators={size}, min_samples_leaf={leaf}, max_features={most}"
    return f"RandomForest{kind}({options})"


def choices(data: Data, seed: int, settings: Sequence[int], size: int) -> Iterator[Choice]:
    """One forest for each setting."""
    from sklearn import ensemble  # late: it takes a second to import

    kind = ensemble.RandomForestClassifier if data.classes else ensemble.RandomForestRegressor
    for setting in settings:
        leaf, tried = SETTINGS[setting]
        few = "sqrt" if data.classes else THIRD
        model: Any = kind(
            n_estimators=size,
            min_samples_leaf=leaf,
            max_features=few if tried == "few" else HALF,
            n_jobs=1,
            random_state=seed % 2**32,
        )
        model.fit(data.x, data.y, data.weights)
        predict = partial(_outputs, model, size)
        yield Choice(setting, size, data.judge(predict(data.held)), predict)


def _outputs(model: Any, size: int, x: Matrix) -> Floats:
    if hasattr(model, "predict_proba"):
        return log_shares(model.predict_proba(x), size)
    return np.asarray(model.predict(x), dtype=np.float64)[:, None]
