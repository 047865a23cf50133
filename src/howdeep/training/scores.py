"""Means of row scores where the outputs lie on a GPU: `evaluate`'s, in PyTorch's operations.

Outputs of many nets on thousands of rows would take longer to bring over and to score on one core
than the steps between two evaluations. Only what is said of each net comes back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.nouns import Metric
from howdeep.data import metrics
from howdeep.data.metrics import CLIP, Scale, Yard
from howdeep.data.task import Rows, Task
from howdeep.training.encoded import EncodedFold
from howdeep.training.track import Seen


def row_scores(metric: Metric, out: Tensor, target: Tensor, scale: Scale, yard: Yard) -> Tensor:
    """`metrics.row_scores` (M, n) float64 of outputs (M, n, C) and target (n,).

    >>> scale, yard = Scale(1.0, 2.0, 0.0, np.ones(1)), Yard(4.0, 1.0)
    >>> row_scores("mse", torch.zeros(1, 2, 1), torch.tensor([1.0, 3.0]), scale, yard)
    tensor([[-0., -1.]], dtype=torch.float64)
    """
    out = out.double()
    if metric in ("mse", "mae"):
        error = target.double() - scale.shift - out[..., 0] * scale.spread
        return -error.square() / yard.square if metric == "mse" else -error.abs() / yard.absolute
    if metric in ("accuracy", "balanced_accuracy"):
        return (out.argmax(-1) == target).double()
    true = target.expand(out.shape[:-1]).unsqueeze(-1)
    return F.log_softmax(out, -1).gather(-1, true)[..., 0].clamp(min=float(np.log(CLIP)))


def seen(
    task: Task,
    out: Tensor,
    fold: EncodedFold,
    choose: Sequence[Rows],
    trained: Tensor,
    sample: Rows,
) -> list[list[Seen]]:
    """Per net, one `Seen` per view: outputs (M, n, C) on the rows `choose`, one after another.

    `trained` (M, n, C): those on `sample`, which may be no rows.
    """
    kind: Metric = "log_loss" if task.info.kind == "classification" else "mse"
    columns = []
    pieces = torch.split(out, [len(rows) for rows in choose], 1)
    for piece, rows in zip(pieces, choose, strict=True):
        y, w = _there(task, rows, out.device)
        yard = metrics.yard(task, rows)
        # As on a processor, a metric's row scores are rounded before they are averaged.
        metric = row_scores(task.info.metric, piece, y, fold.scale, yard) * w
        columns += [metric.float(), row_scores(kind, piece, y, fold.scale, yard) * w]
    if len(sample):
        y, w = _there(task, sample, out.device)
        z = row_scores(task.info.metric, trained, y, fold.scale, metrics.yard(task, sample))
        columns.append((z * w).float())
    values = torch.stack([own.double().mean(1) for own in columns], 1).cpu().tolist()
    views = range(len(choose))
    return [
        [Seen(*net[2 * v : 2 * v + 2], *net[2 * len(choose) :]) for v in views] for net in values
    ]


def _there(task: Task, rows: Rows, device: torch.device) -> tuple[Tensor, Tensor]:
    """Targets and weights of the rows, on the device."""
    y = torch.from_numpy(task.target[rows]).to(device)
    return y, torch.from_numpy(metrics.row_weights(task, rows)).to(device)
