"""`check_metric`: what every metric keeps to; for one's own metric as for those that ship."""

from __future__ import annotations

import numpy as np

from howdeep import metrics
from howdeep.metrics import Basis, Metric, Scale, Yard

ROWS, CLASSES, NETS = 90, 3, 2


def check_metric(metric: Metric, seed: int = 0) -> None:
    """Check a metric against what howdeep relies on; an `AssertionError` says what does not hold.

    Contributions are finite and float64, one for each net and row; their mean lies within the
    metric's ends, is `most` for a net without mistakes, and no better than that for any other;
    the constant predictor scores no more than such a net; a net's contributions do not depend on
    which other nets are scored with it; rows may come in any order; tensors give what arrays give.

    >>> from howdeep import metrics
    >>> check_metric(metrics.metric("accuracy"))
    """
    rng = np.random.default_rng(seed)
    classes = metric.kind == "classification"
    basis, scale = _basis(metric, rng), _scale(classes)
    columns = CLASSES if classes else 1
    outputs = rng.normal(size=(NETS, ROWS, columns)).astype(np.float32)
    found = metric.contributions(outputs, basis, scale)
    assert found.shape == (NETS, ROWS), f"{metric.name}: contributions are (nets, rows)"
    assert found.dtype == np.float64, f"{metric.name}: contributions are float64"
    assert np.isfinite(found).all(), f"{metric.name}: contributions are finite"
    assert metric.tie in metrics.of_kind(metric.kind), f"{metric.name}: no tie-break {metric.tie!r}"
    _check_ends(metric, basis, scale, found)
    alone = np.stack([metric.contributions(own, basis, scale) for own in outputs])
    assert np.allclose(alone, found, rtol=1e-12), f"{metric.name}: a net is scored by itself"
    order = rng.permutation(ROWS)
    mixed = Basis(basis.target[order], basis.weights[order], basis.yard)
    again = metric.contributions(outputs[:, order], mixed, scale)
    assert np.allclose(again, found[:, order], rtol=1e-9), f"{metric.name}: rows have no order"
    if metric.tensor_rows is not None:
        _check_tensors(metric, outputs, basis, scale)
    _check_words(metric)


def _check_ends(metric: Metric, basis: Basis, scale: Scale, found: np.ndarray) -> None:
    perfect = metric.contributions(_perfect(metric, basis, scale), basis, scale).mean()
    assert abs(perfect - metric.most) < 1e-4, f"{metric.name}: a perfect net scores {metric.most}"
    constant = np.broadcast_to(metric.constant(scale), (ROWS, len(metric.constant(scale))))
    for scores in (found, metric.contributions(constant, basis, scale)):
        assert scores.mean(-1).max() <= metric.most + 1e-9, f"{metric.name}: above its end"
        if metric.least is not None:
            assert scores.mean(-1).min() >= metric.least - 1e-9, f"{metric.name}: below its end"


def _basis(metric: Metric, rng: np.random.Generator) -> Basis:
    """Rows of a part, with the metric's own class weights."""
    if metric.kind == "regression":
        y = rng.normal(3.0, 2.0, ROWS)
        middle = np.median(y)
        return Basis(y, np.ones(ROWS), Yard(float(y.var()), float(np.abs(y - middle).mean())))
    target = np.concatenate([np.arange(CLASSES), rng.integers(0, CLASSES, ROWS - CLASSES)])
    weights = np.ones(ROWS) if metric.weigh is None else metric.weigh(target, target, CLASSES)
    return Basis(target, weights, Yard())


def _scale(classes: bool) -> Scale:
    if classes:
        return Scale(0.0, 1.0, 0.0, np.full(CLASSES, 1 / CLASSES))
    return Scale(3.0, 2.0, 2.8, np.ones(1))


def _perfect(metric: Metric, basis: Basis, scale: Scale) -> np.ndarray:
    if metric.kind == "regression":
        return (np.asarray(basis.target, np.float64)[:, None] - scale.shift) / scale.spread
    return 40.0 * np.eye(CLASSES)[np.asarray(basis.target, dtype=np.int64)]


def _check_tensors(metric: Metric, outputs: np.ndarray, basis: Basis, scale: Scale) -> None:
    import torch

    assert metric.tensor_rows is not None
    there = metric.tensor_rows(
        torch.from_numpy(outputs).double(), torch.from_numpy(basis.target), basis.yard, scale
    )
    here = metric.rows(outputs, basis, scale)
    assert np.allclose(there.numpy(), here, rtol=1e-9), f"{metric.name}: tensors give the same"


def _check_words(metric: Metric) -> None:
    unit = metric.unit
    words = (unit.name, unit.gap, unit.guess, metric.printed)
    assert all(words), f"{metric.name}: its words"
    better = unit.shown(metric.most) > unit.shown(metric.most - 0.1)
    assert better == (unit.better == "higher"), f"{metric.name}: which way is better"
