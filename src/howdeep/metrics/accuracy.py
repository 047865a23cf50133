"""Accuracy: the share of rows whose largest logit is the true class."""

from __future__ import annotations

from howdeep.metrics._metric import Metric, right, shares, tensor_right
from howdeep.metrics._unit import FREQUENT, Unit

METRIC = Metric(
    name="accuracy",
    kind="classification",
    rank=0,
    unit=Unit("accuracy", 100, 0, 1, 2, " %", "points", FREQUENT, widest=1.0),
    printed="accuracy",
    rows=right,
    tensor_rows=tensor_right,
    loss="cross_entropy",
    tie="log_loss",
    least=0.0,
    most=1.0,
    constant=shares,
    hits=True,
    unseen=1.0,
    by_error=1.25,
)
