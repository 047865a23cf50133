"""A loss that does not fit what the net says: tried on the loss itself, whatever its name."""

from __future__ import annotations

import torch
from torch import Tensor

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import Signs
from howdeep.faults._wrap import Reshaped, Without

RANGES = {
    "sigmoid": (0.0, 1.0), "softmax": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, None),
    "softplus": (0.0, None), "relu6": (0.0, 6.0), "hardsigmoid": (0.0, 1.0),
}  # fmt: skip


def _find(signs: Signs) -> Seen | None:
    place = len(signs.layers) - 1
    layer = signs.layers[-1].name if signs.layers else "the outputs"
    refused = signs.refused or (signs.finite and not signs.trained and signs.trial.why)
    if refused:
        return Seen(layer, place, f"the loss refuses the outputs: {refused}")
    if not signs.finite:
        return None
    said = _of_shapes(signs) or _of_twice(signs) or _of_raw(signs) or _of_range(signs)
    return Seen(layer, place, *said) if said else None


def _of_shapes(signs: Signs) -> tuple[str, str] | None:
    out, y = signs.outputs, signs.seen.targets
    apart = out.ndim == 2 and out.shape[1] == 1 and y.ndim == 1
    if apart and y.is_floating_point() and not _row_by_row(signs):
        shapes = f"outputs {tuple(out.shape)} and targets {tuple(y.shape)}"
        return (
            f"{shapes} are spread to all pairs: the batch's loss is not the mean of its rows'",
            "Shapes differ, and PyTorch compares every output with every target.",
        )
    if apart and not y.is_floating_point() and _loss(signs, out + 1) == signs.trace.loss:
        return (
            "one output for class numbers: the loss is the same whatever it says",
            "Cross-entropy of a single output is always zero.",
        )
    return None


def _row_by_row(signs: Signs) -> bool:
    """The loss of a batch is the mean of the losses of its rows."""
    y = signs.seen.targets[:8]
    draw = torch.Generator().manual_seed(0)
    out = signs.outputs[:8] + torch.randn(len(y), 1, generator=draw) * y.std().clamp_min(1e-6)
    loss = signs.patient.loss
    whole = float(loss(out, y))
    each = [float(loss(out[i : i + 1], y[i : i + 1])) for i in range(len(y))]
    return abs(whole - sum(each) / len(each)) <= 1e-3 * max(1e-6, abs(whole))


def _loss(signs: Signs, outputs: Tensor) -> float:
    try:
        return float(signs.patient.loss(outputs, signs.seen.targets))
    except Exception:  # the loss is anyone's
        return float("nan")


def _own_softmax(signs: Signs) -> bool:
    """The loss is the same for outputs + 1: it makes shares of them itself."""
    shifted = _loss(signs, signs.outputs + 1)
    return abs(shifted - signs.trace.loss) <= 1e-4 * max(1.0, abs(signs.trace.loss))


def _own_sigmoid(signs: Signs) -> bool:
    """The loss takes outputs outside 0 to 1, and those further out in the right direction gain."""
    y = signs.seen.targets
    if not y.is_floating_point() or y.shape != signs.outputs.shape:
        return False
    if not bool(((y >= 0) & (y <= 1)).all()):
        return False
    far, further = (_loss(signs, (2 * y - 1) * size) for size in (4.0, 8.0))
    return further < far < _loss(signs, 2 * y - 1)


def _of_twice(signs: Signs) -> tuple[str, str] | None:
    out = signs.outputs
    if signs.last in ("softmax", "sigmoid", "hardsigmoid") and _own_softmax(signs):
        twice = signs.last == "softmax"
        what = "shares that sum to 1" if twice else "numbers between 0 and 1"
        cause = "softmax is taken twice" if twice else "a sigmoid stands before a softmax"
        return (
            f"the outputs are {what} (from {signs.last}), and the loss makes shares of them again",
            f"The net ends in {signs.last} and the loss has its own softmax: {cause}, so that no "
            "answer can be surer than e to 1.",
        )
    if signs.last in ("sigmoid", "hardsigmoid") and _own_sigmoid(signs):
        return (
            f"the outputs lie in {float(out.min()):.2f} to {float(out.max()):.2f} (from a "
            "sigmoid), and the loss takes a sigmoid of them again",
            "The net ends in a sigmoid and the loss has its own: no answer can be surer than "
            "0.5 to 0.73.",
        )
    if signs.last.startswith("relu") and (_own_softmax(signs) or _own_sigmoid(signs)):
        return (
            "the outputs are those of a ReLU, and the loss takes any number",
            "A ReLU behind the last layer: outputs that should fall below zero stay there.",
        )
    return None


def _of_raw(signs: Signs) -> tuple[str, str] | None:
    """A loss linear in the outputs wants logarithms of shares."""
    out, y = signs.outputs, signs.seen.targets
    if y.is_floating_point() or out.ndim < 2 or out.shape[1] < 2:
        return None
    base, step = signs.trace.loss, _loss(signs, out + 1)
    twice = _loss(signs, 2 * out)
    linear = abs(twice - 2 * base) <= 1e-3 * max(1e-3, abs(base))
    total = torch.logsumexp(out.float(), 1).abs().max()
    near = 1e-3 if out.dtype in (torch.float32, torch.float64) else 0.1
    if linear and abs(step - base + 1) < near and float(total) > near:
        return (
            "the loss falls by 1 when all outputs grow by 1, without end: it is the negative "
            "log-likelihood, and the outputs are no logarithms of shares",
            "log_softmax is missing between the net and nll_loss."
            if signs.last != "log_softmax"
            else "log_softmax is taken along another dimension than that of the classes.",
        )
    return None


def _of_range(signs: Signs) -> tuple[str, str] | None:
    y = signs.seen.targets
    if signs.last not in RANGES or not y.is_floating_point() or _own_sigmoid(signs):
        return None
    low, high = RANGES[signs.last]
    out = (y < low - 1e-6) | ((y > high + 1e-6) if high is not None else torch.zeros_like(y).bool())
    share = float(out.float().mean())
    if share <= 0.05:
        return None
    return (
        f"{share:.0%} of the targets lie outside what {signs.last} can say",
        f"The net ends in {signs.last}, and the targets are on another scale.",
    )


def _cure(patient: Patient, finding: Finding) -> Patient:
    signs = Signs(patient)
    net = copied(patient.net)
    if "logarithms of shares" in finding.evidence:
        if signs.last in ("softmax", "log_softmax"):
            net = Without(net, signs.last_number)
        return patient.but(net=Reshaped(net, _log_softmax))
    if "all pairs" in finding.evidence:
        return patient.but(net=Reshaped(net, _flat))
    if signs.last_number:
        return patient.but(net=Without(net, signs.last_number))
    if "refuses" in finding.evidence:
        return patient.but(net=Reshaped(net, torch.sigmoid))
    return patient.but(net=net)


def _log_softmax(outputs: Tensor) -> Tensor:
    return torch.log_softmax(outputs, 1)


def _flat(outputs: Tensor) -> Tensor:
    return outputs.flatten()


FAULT = Fault(
    "loss_fit",
    "The loss does not fit the outputs",
    20,
    _find,
    "What the net says and what the loss takes are on different scales.",
    "Let the net end in its last layer with weights and let the loss do the rest: cross_entropy "
    "and binary_cross_entropy_with_logits take raw outputs, nll_loss takes log_softmax.",
    _cure,
    after=("nan",),
)
