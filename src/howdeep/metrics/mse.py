"""Squared error, over the variance of the rows that are scored: R² less one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from howdeep.metrics._error import off, tensor_off
from howdeep.metrics._metric import Basis, Floats, Metric, Scale, Yard
from howdeep.metrics._unit import Unit

if TYPE_CHECKING:
    from torch import Tensor


def rows(outputs: NDArray[np.floating], basis: Basis, scale: Scale) -> Floats:
    """-(y - yhat)^2 / variance of the part (..., n)."""
    return np.asarray(-np.square(off(outputs, basis, scale)) / basis.yard.square)


def tensor_rows(out: Tensor, target: Tensor, yard: Yard, scale: Scale) -> Tensor:
    """The same of tensors."""
    return -tensor_off(out, target, scale).square() / yard.square


def mean(_scale: Scale) -> Floats:
    """The mean of the training rows, in standardised units."""
    return np.zeros(1)


def errors(own: Floats, weighted: bool) -> tuple[tuple[str, float], ...]:
    """RMSE, and MAE where rows weigh the same, from squared errors (n,) in the target's units."""
    rmse = ("RMSE", float(np.sqrt(own.mean())))
    return (rmse,) if weighted else (rmse, ("MAE", float(np.sqrt(own).mean())))


METRIC = Metric(
    name="mse",
    also=("rmse", "r2"),
    kind="regression",
    rank=0,
    unit=Unit("R²", 1, 1, 3, 3, "", "of R²", "always guessing the mean"),
    printed="-MSE / variance of the target on these rows",
    rows=rows,
    tensor_rows=tensor_rows,
    loss="squared",
    tie="mse",
    least=None,
    most=0.0,
    constant=mean,
    yard="square",
    errors=errors,
    robust="mae",
    was=" R² is 1 less the squared error over the variance of the training rows.",
)
