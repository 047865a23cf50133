"""The linear model people would try first: logistic regression or ridge regression."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from howdeep.trainers.classical._data import NO, Choice, Data, Floats, Matrix, logits

LABEL = {"classification": "logistic regression", "regression": "ridge regression"}
MODULE = "sklearn.linear_model"
SEEDS = 1
FEATURES = ("encoded", "raw", "hog")
UNIT = "iterations"
LINEAR = True
SETTINGS = (  # inverse penalties, the C of logistic regression; the first five are a search too
    *(1e-3, 1e-2, 1e-1, 1.0, 10.0),
    *(1e-4, 3e-4, 3e-3, 3e-2, 0.3, 3.0, 30.0, 100.0),
    *(1e-5, 300.0, 1000.0),
)
LEVELS = ((16, 500), (8, 200), (5, 100), (5, 30))  # size: iterations of logistic regression
RIDGE = 1e-4  # of ridge regression: its alpha is RIDGE x rows / C
WORSE = 3  # penalties in a row, none of them better, that end the search of a view


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Nanoseconds: passes over the rows, or a normal equation for each penalty.

    A fit goes on where the one before it ended, and most need few passes.
    """
    if outputs == 1:
        return settings * (0.2 * rows * columns**2 + 0.2 * columns**3)
    passes = min(40.0 + columns / 8, size)
    return 0.3 * settings * passes * rows * columns * max(outputs, 2)


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
    """One fit for each penalty, the strongest first, until weaker ones help no view.

    Weaker penalties take longer to fit. A view that `WORSE` in a row helped neither in the metric
    nor in the tie-break looks at no more, whatever the others do.
    """
    x = data.x.astype(np.float64)
    model = _logistic(size) if data.classes else None
    best, since = [NO] * data.views, [0] * data.views  # of each view
    for setting in sorted(settings, key=lambda i: SETTINGS[i]):
        fitted = _fitted(data, x, model, SETTINGS[setting])
        found = (np.atleast_2d(fitted.coef_).copy(), np.array(fitted.intercept_))
        predict = partial(_decisions if data.classes else _outputs, *found)
        every = zip(data.judge(predict(data.held)), since, strict=True)
        marks = tuple(NO if worse >= WORSE else mark for mark, worse in every)
        yield Choice(setting, size, marks, predict)
        for view, (mark, old) in enumerate(zip(marks, best, strict=True)):
            better = mark[0] > old[0] or mark[1] > old[1]
            since[view] = 0 if better else since[view] + 1
            best[view] = max(mark[0], old[0]), max(mark[1], old[1])
        if min(since) >= WORSE:
            return


def _logistic(size: int) -> Any:
    from sklearn import linear_model  # late: it takes a second to import

    return linear_model.LogisticRegression(max_iter=size, warm_start=True)


def _fitted(data: Data, x: Matrix, logistic: Any, inverse: float) -> Any:
    """A linear model with this penalty; a logistic one begins where the last one ended."""
    from sklearn import exceptions, linear_model

    if logistic is None:
        alpha = RIDGE * len(x) / inverse
        return linear_model.Ridge(alpha=alpha).fit(x, data.y, data.weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exceptions.ConvergenceWarning)  # near enough
        return logistic.set_params(C=inverse).fit(x, data.y, data.weights)


def _outputs(weights: Floats, shift: Floats, x: Matrix) -> Floats:
    return np.asarray(x.astype(np.float64) @ weights.T + shift)


def _decisions(weights: Floats, shift: Floats, x: Matrix) -> Floats:
    out = _outputs(weights, shift, x)
    return logits(out[:, 0] if out.shape[1] == 1 else out)
