"""The linear model people would try first: logistic regression or ridge regression."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from howdeep.training.classical._data import Choice, Data, Floats, Matrix, logits

SEEDS = 1
FEATURES = {"table": ("encoded",), "image": ("raw", "hog")}
SETTINGS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)  # inverse penalty: the C of logistic regression
LEVELS = ((5, 500), (5, 200), (5, 100), (5, 50))  # size: iterations of logistic regression
RIDGE = 1e-4  # of ridge regression: its alpha is RIDGE x rows / C


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Operations, in nanoseconds of one core: passes over the rows, or one normal equation."""
    if outputs == 1:
        return 0.2 * rows * columns**2 + 0.2 * settings * columns**3
    return 0.3 * settings * size * rows * columns * max(outputs, 2)


def describe(setting: int, size: int) -> str:
    """
    >>> describe(2, 40)
    'inverse penalty 0.1'
    """
    return f"inverse penalty {SETTINGS[setting]:g}"


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The same with scikit-learn.

    >>> code(2, 500, 1000, True), code(2, 500, 1000, False)
    ('LogisticRegression(C=0.1, max_iter=500)', 'Ridge(alpha=1)')
    """
    if classes:
        return f"LogisticRegression(C={SETTINGS[setting]:g}, max_iter={size})"
    return f"Ridge(alpha={RIDGE * rows / SETTINGS[setting]:.4g})"


def choices(data: Data, seed: int, settings: Sequence[int], size: int) -> Iterator[Choice]:
    """One fit for each strength of the penalty, each begun where the weaker one before it ended."""
    from sklearn import exceptions, linear_model  # late: it takes a second to import

    x = data.x.astype(np.float64)
    if data.classes:
        model = linear_model.LogisticRegression(max_iter=size, warm_start=True)
    for setting in settings:
        inverse = SETTINGS[setting]
        if data.classes:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", exceptions.ConvergenceWarning)  # near enough
                model.set_params(C=inverse).fit(x, data.y, data.weights)
            fitted = model
        else:
            alpha = RIDGE * len(x) / inverse
            fitted = linear_model.Ridge(alpha=alpha).fit(x, data.y, data.weights)
        found = (np.atleast_2d(fitted.coef_).copy(), np.array(fitted.intercept_))
        predict = partial(_decisions if data.classes else _outputs, *found)
        yield Choice(setting, size, data.judge(predict(data.held)), predict)


def _outputs(weights: Floats, shift: Floats, x: Matrix) -> Floats:
    return np.asarray(x.astype(np.float64) @ weights.T + shift)


def _decisions(weights: Floats, shift: Floats, x: Matrix) -> Floats:
    out = _outputs(weights, shift, x)
    return logits(out[:, 0] if out.shape[1] == 1 else out)
