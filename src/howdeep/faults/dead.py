"""Units that are zero for every row, and learn nothing for that."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Finding, Seen
from howdeep.faults._graded import BEFORE, healthy_enough
from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs
from howdeep.faults._start import restarted

SHARE = 0.6  # of a layer's units


def _find(signs: Signs) -> Seen | None:
    """A layer most of whose units are flat on every row: all of them, or a net that learns clearly
    more where those layers are drawn anew.
    """
    if signs.refused or not signs.finite or len(signs.layers) < 2:
        return None
    dead = [layer for layer in signs.layers if layer.dead >= SHARE and layer.units > 1]
    if not dead:
        return None
    worst = max(dead, key=lambda layer: layer.dead)
    only = [layer.name for layer in dead]
    if not healthy_enough(signs):
        if worst.dead < 1.0 or signs.trained:
            return None
    elif worst.dead < 1.0 and not signs.helps(restarted(signs.patient, signs.layers, only)):
        return None
    elif worst.dead == 1.0 and signs.learns > 0.5:
        return None  # a branch that is bypassed
    first = next(layer for layer in dead if layer.dead == worst.dead)
    more = f", and most of {len(dead) - 1} more layers" if len(dead) > 1 else ""
    return Seen(first.name, first.place, f"{first.dead:.0%} of its {first.units} units are zero on "
                f"all {len(signs.seen)} rows{more}")  # fmt: skip


def _cure(patient: Patient, finding: Finding) -> Patient:
    known = Signs(patient).layers
    return restarted(patient, known, [layer.name for layer in known if layer.dead >= SHARE / 2])


FAULT = Fault(
    "dead",
    "Dead units",
    60,
    _find,
    "What enters the ReLU is negative for every row: a bias far below zero, weights of one sign, "
    "or a step that was too long. No gradient passes there, so that they stay dead.",
    "Draw these layers anew with biases of zero; keep the rate lower, or use a leaky ReLU.",
    _cure,
    after=BEFORE,
)
