"""Means of row scores where the outputs lie on a GPU: `evaluate`'s, in PyTorch's operations.

Outputs of many nets on thousands of rows would take longer to bring over and to score on one core
than the steps between two evaluations. Only what is said of each net comes back.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from howdeep.data import scoring
from howdeep.data.task import RowIndex, Task
from howdeep.metrics import Basis, Metric, Scale
from howdeep.trainers.fused.encoded import EncodedFold
from howdeep.trainers.fused.track import Seen


def row_scores(metric: Metric, out: Tensor, target: Tensor, basis: Basis, scale: Scale) -> Tensor:
    """`metric.rows` (M, n) float64 of outputs (M, n, C) and target (n,), both on one device.

    >>> import numpy as np
    >>> from howdeep import metrics
    >>> from howdeep.metrics import Yard
    >>> y, scale = np.array([1.0, 3.0]), Scale(1.0, 2.0, 0.0, np.ones(1))
    >>> mse, basis = metrics.metric("mse"), Basis(y, np.ones(2), Yard(4.0, 1.0))
    >>> row_scores(mse, torch.zeros(1, 2, 1), torch.from_numpy(y), basis, scale)
    tensor([[-0., -1.]], dtype=torch.float64)
    """
    if metric.tensor_rows is None:
        return torch.from_numpy(metric.rows(out.cpu().numpy(), basis, scale)).to(out.device)
    return metric.tensor_rows(out.double(), target, basis.yard, scale)


def seen(
    task: Task,
    out: Tensor,
    fold: EncodedFold,
    choose: Sequence[RowIndex],
    trained: Tensor,
    sample: RowIndex,
) -> list[list[Seen]]:
    """Per net, one `Seen` per view: outputs (M, n, C) on the rows `choose`, one after another.

    `trained` (M, n, C): those on `sample`, which may be no rows.
    """
    columns = []
    pieces = torch.split(out, [len(rows) for rows in choose], 1)
    for piece, rows in zip(pieces, choose, strict=True):
        by = scoring.scorer(task, rows)
        y, w = _there(by.basis, out.device)
        # As on a processor, a metric's contributions are rounded before they are averaged.
        columns.append(_contributions(by.metric, piece, y, w, by.basis, fold.scale).float())
        columns.append(_contributions(by.tie, piece, y, w, by.basis, fold.scale))
    if len(sample):
        by = scoring.scorer(task, sample)
        y, w = _there(by.basis, out.device)
        columns.append(_contributions(by.metric, trained, y, w, by.basis, fold.scale).float())
    values = torch.stack([own.double().mean(1) for own in columns], 1).cpu().tolist()
    views = range(len(choose))
    return [
        [Seen(*net[2 * v : 2 * v + 2], *net[2 * len(choose) :]) for v in views] for net in values
    ]


def _contributions(
    metric: Metric, out: Tensor, target: Tensor, weights: Tensor, basis: Basis, scale: Scale
) -> Tensor:
    """`metric.contributions` (M, n), there."""
    own: Tensor = metric.weighed(row_scores(metric, out, target, basis, scale), weights)
    return own


def _there(basis: Basis, device: torch.device) -> tuple[Tensor, Tensor]:
    """Targets and weights of the rows, on the device."""
    y, w = (torch.from_numpy(own).to(device) for own in (basis.target, basis.weights))
    return y, w
