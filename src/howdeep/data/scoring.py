"""A task's rows as what its metric scores: scales, weights, the constant predictor, contributions.

Two nets are compared row by row (docs/decision.md, "Rows"), so that a metric is the mean of what
rows contribute to it. Errors of regression are measured by the spread of the rows that are scored
(`Yard`), whatever the training rows were, so that R2 is scikit-learn's on the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep import metrics
from howdeep.data.task import RowIndex, Task
from howdeep.metrics import Basis, Metric, Scale, Yard


def metric_of(task: Task) -> Metric:
    """The metric that a task is scored by."""
    return metrics.metric(task.info.metric)


def scale(task: Task, train: RowIndex) -> Scale:
    """The target's scale on the rows `train` of one fold."""
    y = task.target[train]
    if task.info.kind == "classification":
        counts = np.bincount(y.astype(np.int64), minlength=task.outputs)
        return Scale(0.0, 1.0, 0.0, counts / counts.sum())
    return Scale(float(y.mean()), float(y.std()) or 1.0, float(np.median(y)), np.ones(1))


def yard(task: Task, rows: RowIndex) -> Yard:
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


def loss_weights(task: Task, train: RowIndex) -> NDArray[np.float64]:
    """Weights (n,) with mean 1 of training rows: sample weights, and the metric's class weights."""
    return _weights(task, train, train)


def row_weights(task: Task, rows: RowIndex) -> NDArray[np.float64]:
    """Weights (n,) of rows that are scored: sample weights, and the metric's class weights.

    Their mean is 1 over the whole part (`_among`).
    """
    return _weights(task, rows, _among(task, rows))


def most(task: Task, rows: RowIndex) -> float:
    """What a net that makes no mistake scores on `rows`, which may be a piece of a part.

    Weights have mean 1 over whole parts: on half a fold that lacks a class all right is not 1.
    """
    own = metric_of(task)
    return own.most if own.weigh is None or own.joint else float(row_weights(task, rows).mean())


def _among(task: Task, rows: RowIndex) -> RowIndex:
    """The whole part that scored rows are of.

    In folds a part is scored half a fold at a time, and half a fold may lack a class, or be all
    alike: all rows but the test rows are meant there.
    """
    halves = task.info.scheme == "folds" and not np.isin(rows[:1], task.test).any()
    return task.select if halves else rows


def _weights(task: Task, rows: RowIndex, among: RowIndex) -> NDArray[np.float64]:
    own_weigh, weights = metric_of(task).weigh, task.weights
    if own_weigh is None:
        return np.ones(len(rows)) if weights is None else weights[rows] / weights[among].mean()
    own, whole = (task.target[part].astype(np.int64) for part in (rows, among))
    out = own_weigh(own, whole, task.outputs)
    if weights is None:
        return out
    # Within its class a row counts as its weight says; a class whose rows weigh more counts no
    # more than another for it, as in scikit-learn, and the mean stays 1.
    totals = np.bincount(whole, weights[among], task.outputs)
    counts = np.bincount(whole, minlength=task.outputs)
    return np.asarray(out * weights[rows] * (counts / np.where(totals > 0, totals, 1.0))[own])


def reach(
    task: Task, rows: RowIndex, pieces: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """By how much each of `rows` (n,) can move the sum of contributions: its weight, as a rule."""
    own, weights = metric_of(task).reach, row_weights(task, rows)
    if own is None:
        return weights
    return own(task.target[rows].astype(np.int64), task.outputs, weights, pieces)


def unit(task: Task) -> float:
    """By how much one row that is compared can differ, of the class whose rows count most.

    Where a row is right or wrong that is its weight: the mean of a class's rows, each by its own
    weight. 0 for metrics that have no such bound.
    """
    own = metric_of(task)
    if not own.unseen:
        return 0.0
    reached, classes = reach(task, task.select, _pieces(task)), task.target[task.select]
    squares, sums = (np.bincount(classes, w) for w in (np.square(reached), reached))
    return own.unseen * float(np.max(squares[sums > 0] / sums[sums > 0]))


def effective_rows(task: Task) -> float:
    """How many rows of one reach would tell as much as those that are compared.

    (sum w)^2 / sum w^2 (L. Kish 1965, Survey Sampling): with 12 rows of a rare class among 600,
    balanced accuracy has 47.
    """
    reached = reach(task, task.select, _pieces(task))
    return float(reached.sum() ** 2 / np.square(reached).sum())


def _pieces(task: Task) -> NDArray[np.int64] | None:
    """Which view each row of `task.select` is scored in; None where there is one."""
    sizes = [len(view.score) for fold in task.folds for view in fold.views]
    return np.repeat(np.arange(len(sizes)), sizes) if len(sizes) > 1 else None


@dataclass(frozen=True, eq=False)
class Scorer:
    """What outputs on the same rows are scored with, time and again: by the metric and its tie."""

    metric: Metric
    tie: Metric
    basis: Basis

    def contributions(self, outputs: NDArray[np.floating], scale: Scale) -> NDArray[np.float64]:
        """What rows contribute (..., n); outputs are logits (..., n, C), or (..., n, 1)."""
        return self.metric.contributions(outputs, self.basis, scale)

    def ties(self, outputs: NDArray[np.floating], scale: Scale) -> NDArray[np.float64]:
        """The same of the metric that breaks ties, by the weights of the first."""
        return self.tie.contributions(outputs, self.basis, scale)


def scorer(task: Task, rows: RowIndex) -> Scorer:
    """What scores outputs on `rows`, which are of one part."""
    own = metric_of(task)
    basis = Basis(task.target[rows], row_weights(task, rows), yard(task, rows))
    return Scorer(own, metrics.metric(own.tie), basis)


def joined(
    task: Task, outputs: Sequence[NDArray[np.floating]], scales: Sequence[Scale]
) -> NDArray[np.float64]:
    """What the rows of `task.select` contribute, scored by a net a view.

    `outputs`: (n, C) of each view's rows in their order, with the scale of its fold. Each view by
    itself, unless rows only contribute together (`Metric.joint`).
    """
    views = [view for fold in task.folds for view in fold.views]
    if not metric_of(task).joint:
        each = zip(views, outputs, scales, strict=True)
        parts = [scorer(task, v.score).contributions(out, own) for v, out, own in each]
        return np.concatenate(parts)
    rows = task.select
    basis = Basis(task.target[rows], row_weights(task, rows), yard(task, rows), _pieces(task))
    return metric_of(task).contributions(np.concatenate(outputs), basis, scales[0])


def constant_outputs(task: Task, train: RowIndex, count: int) -> tuple[NDArray[np.float64], Scale]:
    """The constant predictor fitted on `train`, as outputs (count, C), with its scale.

    The most frequent class (for log loss: the class shares; for balanced accuracy the same class,
    which scores 1/C), the mean for mse, the median for mae.
    """
    known = scale(task, train)
    out = metric_of(task).constant(known)
    return np.broadcast_to(out, (count, len(out))), known


def constant_scores(task: Task, train: RowIndex, rows: RowIndex) -> NDArray[np.float64]:
    """Contributions (n,) of the constant predictor fitted on `train`, on `rows` by themselves."""
    return scorer(task, rows).contributions(*constant_outputs(task, train, len(rows)))


def constant_on(task: Task, part: str) -> NDArray[np.float64]:
    """The constant predictor's contributions on "select" (in `task.select` order), else on test."""
    if part == "select":
        pairs = [(fold, view) for fold in task.folds for view in fold.views]
        found = [constant_outputs(task, fold.train, len(view.score)) for fold, view in pairs]
        return joined(task, [out for out, _ in found], [own for _, own in found])
    every = [constant_scores(task, fold.train, task.test) for fold in task.folds]
    return np.asarray(np.mean(every, axis=0))
