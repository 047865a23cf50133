"""An untrained copy of a net: as training began, or with its weights drawn anew."""

from __future__ import annotations

import copy

import torch
from torch import nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments._subject import Rows, Subject

FRESH = "as training begins"
REDRAWN = "weights redrawn at each tensor's own mean and spread"


def untrained(subject: Subject, seed: int = 0) -> tuple[nn.Module, str]:
    """A net like the subject's that has learnt nothing, in evaluation mode, and what it is.

    Where nobody says how it starts, it is a copy whose weights are drawn anew, each tensor with the
    mean and the spread that it has now; batch norms take the statistics of training rows.
    """
    if subject.fresh is not None:
        return subject.fresh(seed).eval(), FRESH
    net = copied(subject.net)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in net.parameters():
            if weight.is_floating_point() and weight.numel() > 1:
                held = weight.float()
                drawn = torch.randn(weight.shape, generator=generator)
                weight.copy_(held.mean() + held.std() * drawn)
    _settle(net, subject.train.some(256))
    return net.eval(), REDRAWN


def copied(net: nn.Module) -> nn.Module:
    """A copy that may be changed.

    Raises:
        InstrumentError: the net cannot be copied.
    """
    try:
        return copy.deepcopy(net)
    except (RuntimeError, TypeError) as error:
        what = f"the net cannot be copied: {type(error).__name__}: {error}"[:300]
        raise InstrumentError(what, "keep only parameters and buffers in it") from error


@torch.no_grad()
def _settle(net: nn.Module, rows: Rows) -> None:
    """Give batch norms the statistics of rows under the new weights."""
    norms = [m for m in net.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    held = [norm for norm in norms if norm.track_running_stats]
    if not held:
        return
    was = [norm.momentum for norm in held]
    for norm in held:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over batches
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of dropout
        net.eval()
        for norm in held:
            norm.train()
        net(*rows.inputs)
    for norm, momentum in zip(held, was, strict=True):
        norm.momentum = momentum
