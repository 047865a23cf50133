"""Batch norms that do another thing in evaluation than in training."""

from __future__ import annotations

import torch
from torch import nn

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import LEARNT, Signs
from howdeep.faults._trial import BATCH
from howdeep.instruments._subject import main

Norm = nn.modules.batchnorm._BatchNorm


def _find(signs: Signs) -> Seen | None:
    """Evaluation loses most of what training mode knows, and statistics taken again bring it back:
    of the net as it is where it knows something, else of the net after the short training.
    """
    if signs.refused or not signs.finite:
        return None
    one = signs.patient
    trained = signs.trained
    net = one.net if trained else signs.best.net
    norms = {name: module for name, module in net.named_modules() if isinstance(module, Norm)}
    known = signs.begins if trained else signs.learns
    if not norms or known < LEARNT:
        return None
    serves = signs.share(signs.evaluated(net))
    if serves > 0.5 * known or (not trained and _young(norms, signs.steps)):
        return None
    again = copied(net)
    recalibrate(again, one)
    mended = signs.share(signs.evaluated(again))
    if mended < 0.7 * known:
        return None
    name = _furthest(net, again)
    place = _behind(signs, name) if name else -1
    return Seen(name, place, f"{'as it is' if trained else f'after {signs.steps} steps'}, the net "
                f"removes {known:.0%} of the guess's loss in training mode and {serves:.0%} in "
                f"evaluation; with statistics taken again {mended:.0%}; the furthest off are "
                f"those of {name}")  # fmt: skip


def _young(norms: dict[str, Norm], steps: int) -> bool:
    """Too few steps for statistics that move slowly on purpose: 20 times as many will do."""
    slow = [m for m in norms.values() if m.momentum is not None and m.momentum < 3 / steps]
    return bool(slow) and all(m.momentum is not None and m.momentum >= 0.15 / steps for m in slow)


def _behind(signs: Signs, name: str) -> int:
    """The number of the layer with weights before a norm."""
    weights = -1
    for site in signs.trace.sites:
        weights += site.kind == "weights"
        if site.name == name:
            return weights
    return -1


def _furthest(net: nn.Module, again: nn.Module) -> str:
    """The norm whose statistics are furthest from those taken again, in its own deviations."""
    right = dict(again.named_modules())
    off: dict[str, float] = {}
    for name, module in net.named_modules():
        other = right.get(name)
        if not isinstance(module, Norm) or not isinstance(other, Norm):
            continue
        if module.running_mean is None or module.running_var is None:
            continue
        assert other.running_mean is not None
        assert other.running_var is not None
        scale = other.running_var.clamp_min(1e-12)
        shift = ((module.running_mean - other.running_mean).square() / scale).mean()
        wide = (module.running_var / scale).clamp_min(1e-12).log().square().mean()
        off[name] = float(shift + wide)
    return max(off, key=lambda name: off[name]) if off else ""


@torch.no_grad()
def recalibrate(net: nn.Module, patient: Patient, batches: int = 8) -> None:
    """Take the statistics of all batch norms again, as the mean over some batches."""
    norms = [module for module in net.modules() if isinstance(module, Norm)]
    held = [module.momentum for module in norms]
    for module in norms:
        module.reset_running_stats()
        module.momentum = None
    net.train()
    rows = patient.train.some(BATCH * batches)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for index in torch.split(torch.arange(len(rows)), BATCH):
            if len(index) > 1:
                main(net(*rows.take(index).inputs))
    for module, momentum in zip(norms, held, strict=True):
        module.momentum = momentum
    net.eval()


def _cure(patient: Patient, finding: Finding) -> Patient:
    net = copied(patient.net)
    for module in net.modules():
        if isinstance(module, Norm) and module.momentum is not None:
            module.momentum = 0.1
    recalibrate(net, patient)
    return patient.but(net=net)


FAULT = Fault(
    "batch_norm",
    "Batch norm in evaluation",
    50,
    _find,
    "The running statistics are not those of the data: a momentum that is far too small or too "
    "large (PyTorch's is one minus that of Keras), statistics of other data, or batches of a few "
    "rows.",
    "Set momentum to 0.1 and take the statistics again by passing training rows in training mode "
    "(reset_running_stats), or use a norm without them (GroupNorm).",
    _cure,
    after=("nan", "loss_fit"),
)
