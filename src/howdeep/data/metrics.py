"""Row scores: one number a row, larger is better, additive over rows; and the constant predictor.

A metric is the mean of its row scores, so that two nets can be compared row by row
(docs/decision.md, "Rows"). Errors of regression are measured by the spread of the rows that are
scored (`Yard`), whatever the training rows were, so that R2 is scikit-learn's on the same rows.
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
    """What the training rows of one fold say of the target: nets learn it in these units.

    `shift`, `spread`: mean and standard deviation (regression; 0, 1 otherwise); `median`;
    `shares` (C,): class shares.
    """

    shift: float
    spread: float
    median: float
    shares: NDArray[np.float64]


@dataclass(frozen=True)
class Yard:
    """What errors of regression are measured by: the spread of the target over scored rows.

    `square`: its variance; `absolute`: its mean absolute deviation from the median. A score of
    minus one is the error of their mean, or of their median. 1 and 1 for classes.
    """

    square: float = 1.0
    absolute: float = 1.0


def scale(task: Task, train: Rows) -> Scale:
    """The target's scale on the rows `train` of one fold."""
    y = task.target[train]
    if task.info.kind == "classification":
        counts = np.bincount(y.astype(np.int64), minlength=task.outputs)
        return Scale(0.0, 1.0, 0.0, counts / counts.sum())
    return Scale(float(y.mean()), float(y.std()) or 1.0, float(np.median(y)), np.ones(1))


def yard(task: Task, rows: Rows) -> Yard:
    """The yard of the part that `rows` are of.

    In folds it is that of all rows but the test rows, for every fold and half of one, so that the
    scores of a seed's folds add up to R2 of its pooled predictions.
    """
    if task.info.kind == "classification":
        return Yard()
    among = _among(task, rows)
    y = task.target[among].astype(np.float64)
    weights = None if task.weights is None else task.weights[among]
    square = float(np.average(np.square(y - np.average(y, weights=weights)), weights=weights))
    middle = np.median(y) if weights is None else _weighted_median(y, weights)
    absolute = float(np.average(np.abs(y - middle), weights=weights))
    return Yard(square or 1.0, absolute or 1.0)  # 1: of rows that are all alike


def _weighted_median(y: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(y, kind="stable")
    total = np.cumsum(weights[order])
    return float(y[order][np.searchsorted(total, total[-1] / 2)])


def loss_weights(task: Task, train: Rows) -> NDArray[np.float64]:
    """Weights (n,) with mean 1 of training rows: sample weights, and the metric's class weights."""
    return _weights(task, train, train)


def row_weights(task: Task, rows: Rows) -> NDArray[np.float64]:
    """Weights (n,) of rows that are scored: sample weights, and the metric's class weights.

    Balanced accuracy weighs a row by n / (C n_class). n counts the whole part (`_among`).
    """
    return _weights(task, rows, _among(task, rows))


def _among(task: Task, rows: Rows) -> Rows:
    """The whole part that scored rows are of.

    In folds a part is scored half a fold at a time, and half a fold may lack a class, or be all
    alike: all rows but the test rows are meant there.
    """
    halves = task.info.scheme == "folds" and not np.isin(rows[:1], task.test).any()
    return task.select if halves else rows


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


def unit(task: Task) -> float:
    """By how much one row that is compared can differ, of the class whose rows count most.

    Where a row is right or wrong that is its weight: the mean of a class's rows, each by its own
    weight. 0 for other metrics, which have no such bound.
    """
    if task.info.metric not in ("accuracy", "balanced_accuracy"):
        return 0.0
    weights, classes = row_weights(task, task.select), task.target[task.select].astype(np.int64)
    squares, sums = (np.bincount(classes, w) for w in (np.square(weights), weights))
    return float(np.max(squares[sums > 0] / sums[sums > 0]))


def effective_rows(task: Task) -> float:
    """How many rows of one weight would tell as much as those that are compared.

    (sum w)^2 / sum w^2 (L. Kish 1965, Survey Sampling): with 12 rows of a rare class among 600,
    balanced accuracy has 47.
    """
    weights = row_weights(task, task.select)
    return float(weights.sum() ** 2 / np.square(weights).sum())


def row_scores(
    metric: Metric,
    outputs: NDArray[np.floating],
    target: NDArray[np.generic],
    scale: Scale,
    yard: Yard,
) -> NDArray[np.float64]:
    """Scores (..., n) of `outputs` (..., n, C) logits or (..., n, 1) standardised predictions.

    accuracy and balanced accuracy: 1 where the largest logit is the true class; log loss: the log
    of its probability, clipped at 1e-7; mse: -(y - yhat)^2 / yard.square; mae: -|y - yhat| /
    yard.absolute. Class weights are applied by `row_weights`, not here.
    """
    out = np.asarray(outputs, dtype=np.float64)
    if metric in ("mse", "mae"):
        error = np.asarray(target, dtype=np.float64) - scale.shift - out[..., 0] * scale.spread
        if metric == "mse":
            return -np.square(error) / yard.square
        return -np.abs(error) / yard.absolute
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
    z = row_scores(task.info.metric, out, task.target[rows], s, yard(task, rows))
    return z * row_weights(task, rows)


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
