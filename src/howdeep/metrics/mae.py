"""Absolute error, over the mean absolute deviation from the median of the rows scored."""

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
    """-|y - yhat| / mean absolute deviation of the part (..., n)."""
    return np.asarray(-np.abs(off(outputs, basis, scale)) / basis.yard.absolute)


def tensor_rows(out: Tensor, target: Tensor, yard: Yard, scale: Scale) -> Tensor:
    """The same of tensors."""
    return -tensor_off(out, target, scale).abs() / yard.absolute


def median(scale: Scale) -> Floats:
    """The median of the training rows, in standardised units."""
    return np.array([(scale.median - scale.shift) / scale.spread])


def errors(own: Floats, weighted: bool) -> tuple[tuple[str, float], ...]:
    """MAE, and RMSE where rows weigh the same, from absolute errors (n,) in the target's units."""
    mae = ("MAE", float(own.mean()))
    return (mae,) if weighted else (mae, ("RMSE", float(np.sqrt(np.square(own).mean()))))


METRIC = Metric(
    name="mae",
    kind="regression",
    rank=1,
    unit=Unit(
        "relative absolute error",
        -1,
        0,
        3,
        3,
        "",
        "of relative absolute error",
        "always guessing the median",
        "lower",
    ),
    printed="-MAE / mean absolute deviation of the target on these rows",
    rows=rows,
    tensor_rows=tensor_rows,
    loss="absolute",
    tie="mse",
    least=None,
    most=0.0,
    constant=median,
    yard="absolute",
    errors=errors,
)
