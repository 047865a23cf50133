"""Row scores: one number a row, larger is better, additive over rows; and the constant predictor.

A metric is the mean of its row scores, so that two nets can be compared row by row
(docs/decision.md, "Rows"). For regression `outputs` and `target` are in units of the target
standardised by its training mean and standard deviation, so that a mean squared error is already
a share of the training variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Metric
from howdeep.data.task import Rows, Task

CLIP = 1e-7  # of a probability inside a log loss


@dataclass(frozen=True, eq=False)
class Scale:
    """What row scores need from the training rows of one fold.

    `shift`, `spread`: mean and standard deviation of the target (regression; 0, 1 otherwise);
    `absolute`: its mean absolute deviation from the median; `shares` (C,): class shares.
    `class_weight` (C,): n / (C n_class) over the rows being scored is used by balanced accuracy.
    """

    shift: float
    spread: float
    median: float
    absolute: float
    shares: NDArray[np.float64]


def scale(task: Task, train: Rows) -> Scale:
    """The target's scale on the rows `train` of one fold."""
    y = task.target[train]
    if task.info.kind == "classification":
        counts = np.bincount(y.astype(np.int64), minlength=task.outputs)
        return Scale(0.0, 1.0, 0.0, 1.0, counts / counts.sum())
    spread = float(y.std())
    median = float(np.median(y))
    absolute = float(np.abs(y - median).mean())
    return Scale(float(y.mean()), spread or 1.0, median, absolute or 1.0, np.ones(1))


def loss_weights(task: Task, train: Rows) -> NDArray[np.float64]:
    """Weights (n,) with mean 1 of training rows: sample weights, and the metric's class weights."""
    return _weights(task, train, train)


def row_weights(task: Task, rows: Rows) -> NDArray[np.float64]:
    """Weights (n,) of rows that are scored: sample weights, and the metric's class weights.

    Balanced accuracy weighs a row by n / (C n_class). n counts the whole part: in folds a part is
    scored half a fold at a time, and half a fold may lack a class, so that all rows but the test
    rows are counted there.
    """
    halves = len(task.folds) > 1 and not np.isin(rows[:1], task.test).any()
    return _weights(task, rows, task.select if halves else rows)


def _weights(task: Task, rows: Rows, among: Rows) -> NDArray[np.float64]:
    out = np.ones(len(rows))
    if task.info.metric == "balanced_accuracy":
        counts = np.bincount(task.target[among].astype(np.int64), minlength=task.outputs)
        present = max(int((counts > 0).sum()), 1)
        y = task.target[rows].astype(np.int64)
        out = len(among) / (present * np.maximum(counts, 1)[y])
    if task.weights is not None:
        out = out * task.weights[rows] / task.weights[among].mean()
    return out


def row_scores(
    metric: Metric, outputs: NDArray[np.floating], target: NDArray[np.generic], scale: Scale
) -> NDArray[np.float64]:
    """Scores (..., n) of `outputs` (..., n, C) logits or (..., n, 1) standardised predictions.

    accuracy and balanced accuracy: 1 where the largest logit is the true class; log loss: the log
    of its probability, clipped at 1e-7; mse: -(y - yhat)^2 / var(train y); mae: -|y - yhat| / mean
    absolute deviation of train y. Class weights are applied by `row_weights`, not here.
    """
    out = np.asarray(outputs, dtype=np.float64)
    if metric in ("mse", "mae"):
        error = (np.asarray(target, dtype=np.float64) - scale.shift) / scale.spread - out[..., 0]
        if metric == "mse":
            return -np.square(error)
        return -np.abs(error) * scale.spread / scale.absolute
    y = np.asarray(target, dtype=np.int64)
    if metric in ("accuracy", "balanced_accuracy"):
        return (out.argmax(-1) == y).astype(np.float64)
    return log_probability(out, y)


def log_probability(logits: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """log p of the true class (..., n) from logits (..., n, C), clipped at log 1e-7."""
    top = logits.max(-1, keepdims=True)
    norm = np.log(np.exp(logits - top).sum(-1)) + top[..., 0]
    picked = np.take_along_axis(
        logits, np.broadcast_to(y[..., None], (*logits.shape[:-1], 1)), axis=-1
    )
    return np.maximum(picked[..., 0] - norm, np.log(CLIP))


def constant_scores(task: Task, train: Rows, rows: Rows) -> NDArray[np.float64]:
    """Weighted row scores (n,) of the constant predictor fitted on `train`, on `rows`.

    The most frequent class (for log loss: the class shares; for balanced accuracy the same class,
    which scores 1/C), the mean for mse, the median for mae.
    """
    s = scale(task, train)
    if task.info.kind == "regression":
        value = 0.0 if task.info.metric == "mse" else (s.median - s.shift) / s.spread
        out = np.full((len(rows), 1), value)
    else:
        out = np.broadcast_to(np.log(np.maximum(s.shares, CLIP)), (len(rows), task.outputs))
    return row_scores(task.info.metric, out, task.target[rows], s) * row_weights(task, rows)


def constant_on(task: Task, part: str) -> NDArray[np.float64]:
    """The constant predictor's row scores on "select" (in `task.select` order), else on test."""
    if part == "select":
        parts = [
            constant_scores(task, fold.train, view.score)
            for fold in task.folds
            for view in fold.views
        ]
        return np.concatenate(parts)
    every = [constant_scores(task, fold.train, task.test) for fold in task.folds]
    return np.asarray(np.mean(every, axis=0))
