"""Log loss: minus the log of the probability that a net gives to the true class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from howdeep.metrics._metric import CLIP, Basis, Floats, Metric, Scale, Yard, shares
from howdeep.metrics._unit import Unit

if TYPE_CHECKING:
    from torch import Tensor


def rows(outputs: NDArray[np.floating], basis: Basis, _scale: Scale) -> Floats:
    """log p of the true class (..., n) from logits (..., n, C), clipped at log 1e-7."""
    logits = np.asarray(outputs, dtype=np.float64)
    true = np.asarray(basis.target, dtype=np.int64)[..., None]
    top = logits.max(-1, keepdims=True)
    norm = np.log(np.exp(logits - top).sum(-1)) + top[..., 0]
    picked = np.take_along_axis(logits, np.broadcast_to(true, (*logits.shape[:-1], 1)), axis=-1)
    return np.asarray(np.maximum(picked[..., 0] - norm, np.log(CLIP)))


def tensor_rows(out: Tensor, target: Tensor, _yard: Yard, _scale: Scale) -> Tensor:
    """The same of tensors."""
    true = target.expand(out.shape[:-1]).unsqueeze(-1)
    return out.log_softmax(-1).gather(-1, true)[..., 0].clamp(min=float(np.log(CLIP)))


METRIC = Metric(
    name="log_loss",
    also=("cross_entropy",),
    kind="classification",
    rank=2,
    unit=Unit(
        "log loss",
        -1,
        0,
        3,
        4,
        "",
        "of log loss",
        "always guessing the class shares",
        "lower",
    ),
    printed="log likelihood per row",
    rows=rows,
    tensor_rows=tensor_rows,
    loss="cross_entropy",
    tie="log_loss",
    least=None,
    most=0.0,
    constant=shares,
)
