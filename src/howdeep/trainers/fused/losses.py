"""What training makes smaller: the losses of M nets, and their slopes at the outputs."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.metrics import Loss

aten = torch.ops.aten


def losses(out: Tensor, y: Tensor, w: Tensor, loss: Loss) -> Tensor:
    """Mean weighted loss (M,) of outputs (M, B, C): cross-entropy, squared or absolute error.

    >>> out, y = torch.zeros(1, 2, 2), torch.zeros(1, 2, dtype=torch.long)
    >>> losses(out, y, torch.ones(1, 2), "cross_entropy")
    tensor([0.6931])
    """
    if loss == "squared":
        each = (out[..., 0] - y).square()
    elif loss == "absolute":
        each = (out[..., 0] - y).abs()
    else:
        each = F.cross_entropy(out.flatten(0, 1), y.flatten(), reduction="none").view_as(w)
    return (each * w).mean(dim=1)


def slopes(out: Tensor, y: Tensor, w: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
    """`losses` (M,), and the gradient (M, B, C) of their sum with respect to `out`.

    By the operations that autograd would take, so that the bits are its own.

    >>> out, y = torch.zeros(1, 2, 2), torch.zeros(1, 2, dtype=torch.long)
    >>> slopes(out, y, torch.ones(1, 2), "cross_entropy")[1]
    tensor([[[-0.2500,  0.2500],
             [-0.2500,  0.2500]]])
    """
    share = torch.full_like(w, 1.0).div_(w.shape[1]).mul_(w)
    if loss != "cross_entropy":
        apart = out[..., 0] - y
        each = apart.square() if loss == "squared" else apart.abs()
        slope = apart * 2.0 if loss == "squared" else apart.sgn()
        return (each * w).mean(dim=1), slope.mul_(share).unsqueeze(-1)
    chances = F.log_softmax(out.flatten(0, 1), -1)
    true = y.flatten()
    each, total = aten.nll_loss_forward(chances, true, None, 0, -100)
    at = aten.nll_loss_backward(share.flatten(), chances, true, None, 0, -100, total)
    slope = aten._log_softmax_backward_data(at, chances, -1, chances.dtype)
    return (each.view_as(w) * w).mean(dim=1), slope.view_as(out)
