"""The plain linear model: what stands beside a ladder whose zero blocks are an additive model.

With the table encoding zero blocks is linear in the bins of every column, a curve per column. The
model here is linear in the columns themselves: logistic regression, or least squares.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from threadpoolctl import threadpool_limits

from howdeep.data import encode, metrics
from howdeep.data.task import Rows, Task

MOST_WORK = 1e9  # rows x columns x outputs; beyond, fitting would hold up the verdict
MAX_ITER = 1_000
ABSENT = -1e3  # log probability of a class that the training rows do not have

Floats = NDArray[np.float64]


def plain_score(task: Task) -> float | None:
    """The plain linear model's score on the select rows, fitted on the training rows of each fold.

    None where zero blocks is that model already (the "standard" encoding), or where fitting would
    take minutes. On one thread, so that the figure is the same on every number of cores.
    """
    if task.encoding != "table":
        return None
    fitted = [encode.fit(task, fold.train, "linear") for fold in task.folds]
    work = max(e.inputs.columns for e in fitted) * task.outputs * len(task.target)
    if work > MOST_WORK:
        return None
    scores = []
    with threadpool_limits(1):
        for fold, encoder in zip(task.folds, fitted, strict=True):
            x = encode.transform(encoder, task.numbers, task.codes)
            rows = np.concatenate([view.score for view in fold.views])
            out = _outputs(task, x, fold.train, rows)
            scale = metrics.scale(task, fold.train)
            own = metrics.row_scores(task.info.metric, out, task.target[rows], scale)
            scores.append(own * metrics.row_weights(task, rows))
    return round(float(np.concatenate(scores).mean()), 6)


def _outputs(task: Task, x: NDArray[np.float32], train: Rows, rows: Rows) -> Floats:
    """Log probabilities (n, C), or standardised predictions (n, 1), on `rows`."""
    weights = metrics.loss_weights(task, train)
    y = task.target[train]
    if task.info.kind == "regression":
        scale = metrics.scale(task, train)
        line = LinearRegression().fit(x[train], (y - scale.shift) / scale.spread, weights)
        return np.asarray(line.predict(x[rows]), dtype=np.float64)[:, None]
    out = np.full((len(rows), task.outputs), ABSENT)
    if len(np.unique(y)) == 1:  # a rare class may be missing in a fold's training rows
        out[:, int(y[0])] = 0.0
        return out
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near the optimum is near enough
        model = LogisticRegression(max_iter=MAX_ITER).fit(x[train], y, weights)
    out[:, model.classes_.astype(np.int64)] = np.maximum(model.predict_log_proba(x[rows]), ABSENT)
    return out
