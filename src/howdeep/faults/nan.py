"""A number that is none: where was it born?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient, copied
from howdeep.faults._signs import Signs, slower
from howdeep.faults._wrap import Safe
from howdeep.instruments import Rows
from howdeep.instruments._subject import untouched
from howdeep.instruments._trace import Site, trace


def _find(signs: Signs) -> Seen | None:
    if signs.refused:
        return None
    one = signs.patient
    found = _in_rows(signs.patient.train) or _in_weights(signs)
    if found:
        return found
    found = born(signs.trace.sites, signs.trace.loss, signs.outputs, signs.trace.gradients)
    if found or (signs.trained and not one.rate):  # it is not to be trained
        return found
    if signs.trial.broke < 0 or signs.trial.why:
        return found
    if any(signs.at(rate).broke < 0 for rate in slower(one)):
        return None  # the rate did it, or what asks for a lower one
    broken = signs.trial
    assert broken.at is not None
    with untouched(broken.net):
        again = trace(broken.net, broken.at, one.loss, training=True)
    found = born(again.sites, again.loss, again.outputs, again.gradients)
    place = found or Seen("", -1, "")
    evidence = f"at step {broken.broke + 1} of a short training: {place.evidence or 'in the loss'}"
    return Seen(place.layer, place.place, evidence)


def _in_rows(rows: Rows) -> Seen | None:
    for i, x in enumerate(rows.inputs):
        if x.is_floating_point() and not torch.isfinite(x).all():
            bad = (~torch.isfinite(x)).reshape(len(x), -1).any(1).sum()
            evidence = f"input {i + 1}: {int(bad)} of {len(x)} rows hold a number that is none"
            return Seen("the rows", 0, evidence, "The data have missing or infinite cells.",
                        "Fill them (with the column's mean) or leave the rows out.")  # fmt: skip
    y = rows.targets
    if y.is_floating_point() and not torch.isfinite(y).all():
        bad = (~torch.isfinite(y)).reshape(len(y), -1).any(1).sum()
        return Seen("the targets", -1, f"{int(bad)} of {len(y)} targets are no number",
                    "The targets have missing or infinite values.",
                    "Leave out the rows without a target.")  # fmt: skip
    return None


def _in_weights(signs: Signs) -> Seen | None:
    for name, value in [*signs.patient.net.named_parameters(), *signs.patient.net.named_buffers()]:
        if value.is_floating_point() and not torch.isfinite(value).all():
            bad = int((~torch.isfinite(value)).sum())
            layer = name.rpartition(".")[0]
            return Seen(layer, _place(signs.trace.sites, layer),
                        f"{name}: {bad} of {value.numel()} numbers are none",
                        "The net was damaged before: by a step that was too long, or a bad file.",
                        "Go back to an earlier checkpoint, or draw this layer anew.")  # fmt: skip
    return None


def _place(sites: Sequence[Site], layer: str) -> int:
    names = [site.name for site in sites if site.kind == "weights"]
    return names.index(layer) if layer in names else -1


def born(
    sites: Sequence[Site], loss: float, outputs: Tensor, gradients: dict[str, Tensor | None]
) -> Seen | None:
    """The first place of a pass, forward and then backward, where a number is none."""
    weights = 0
    before = "the inputs"
    for site in sites:
        if site.entered is not None and not torch.isfinite(site.entered).all():
            return Seen(before, max(0, weights - 1), f"born between {before} and {site.name}")
        weights += site.kind == "weights"
        if not torch.isfinite(site.output).all():
            return Seen(site.name, max(0, weights - 1), f"born in {site.name}")
        before = site.name
    if not torch.isfinite(outputs).all():
        return Seen(before, max(0, weights - 1), f"born behind {before}, before the outputs")
    if loss != loss or abs(loss) == float("inf"):
        return Seen("the loss", weights - 1, "the outputs are finite and their loss is not")
    for number in range(len(sites) - 1, -1, -1):
        slope = sites[number].slope
        if slope is not None and not torch.isfinite(slope).all():
            name = sites[number].name
            at = sum(site.kind == "weights" for site in sites[: number + 1]) - 1
            return Seen(name, max(0, at), f"the pass is finite; its gradient breaks behind {name}")
    for name, gradient in gradients.items():
        if gradient is not None and not torch.isfinite(gradient).all():
            return Seen(name, _place(sites, name.rpartition(".")[0]), f"in the gradient of {name}")
    return None


def _cure(patient: Patient, finding: Finding) -> Patient:
    if finding.layer == "the targets":
        y = patient.train.targets
        good = torch.isfinite(y.reshape(len(y), -1)).all(1).nonzero()[:, 0]
        return patient.but(train=patient.train.take(good))
    if finding.layer == "the rows":
        rows = patient.train
        return patient.but(train=Rows(tuple(map(_filled, rows.inputs)), rows.targets, rows.index))
    net = copied(patient.net)
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for module in net.modules():
            own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
            bad = any(v.is_floating_point() and not torch.isfinite(v).all() for v in own)
            redraw: Any = getattr(module, "reset_parameters", None)
            if bad and redraw is not None:
                redraw()
        for value in net.parameters():
            value.copy_(torch.nan_to_num(value, 0.0, 0.0, 0.0))
    return patient.but(net=Safe(net))


def _filled(x: Tensor) -> Tensor:
    if not x.is_floating_point():
        return x
    good = torch.isfinite(x)
    kept = torch.where(good, x, torch.zeros(()))
    mean = kept.sum(0) / good.sum(0).clamp_min(1)
    return torch.where(good, x, mean.expand_as(x))


FAULT = Fault(
    "nan",
    "A number that is none (NaN or infinite)",
    10,
    _find,
    "A logarithm or root of what is not positive, a quotient by zero, or an overflow.",
    "Keep what enters it away from where it is not defined: log(x + eps), x / (y + eps).",
    _cure,
)
