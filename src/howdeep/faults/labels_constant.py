"""Targets that are all the same: there is nothing to learn."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs


def _find(signs: Signs) -> Seen | None:
    y = signs.patient.train.targets
    if len(y) < 2 or not bool((y == y[0]).all()):
        return None
    value = y[0].item() if y[0].numel() == 1 else "one value"
    return Seen("the targets", -1, f"all {len(y)} targets are {value}")


def _cure(patient: Patient, finding: Finding) -> Patient:
    """The same rows with targets that can be learnt: which half their first number lies in."""
    rows = patient.train
    first = rows.inputs[0].reshape(len(rows), -1)[:, 0].float()
    half = first > first.median()
    y = half.to(rows.targets.dtype).reshape(-1, *[1] * (rows.targets.ndim - 1))
    return patient.but(train=type(rows)(rows.inputs, y.expand_as(rows.targets).clone(), rows.index))


FAULT = Fault(
    "labels_constant",
    "All targets are the same",
    25,
    _find,
    "A wrong column, a filter that left one class, or labels that were overwritten.",
    "Look where the targets come from. (To show that the net can learn, the copy is given a "
    "target made from its inputs.)",
    _cure,
)
