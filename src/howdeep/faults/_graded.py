"""What the faults of a signal share: steps from layer to layer, and the end where it is lost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from howdeep.faults._fault import Finding
from howdeep.faults._layers import Layer
from howdeep.faults._patient import Patient
from howdeep.faults._signs import Signs
from howdeep.faults._start import restarted

SOME = 0.3  # share of the guess's loss from which on a net learns something
BEFORE = (
    "nan", "loss_fit", "labels_constant", "zero_start", "unreached", "frozen", "input_scale",
)  # fmt: skip


def healthy_enough(signs: Signs) -> bool:
    """A signal can be looked at: numbers are finite, the loss takes the outputs, and the net knows
    nothing yet.
    """
    return not signs.refused and signs.finite and not signs.trained and len(signs.layers) > 1


def logs(values: Sequence[float | None]) -> list[float]:
    """Decimal logarithms; of what is zero or missing, one decade below the smallest of the others.

    >>> logs([1.0, 0.01, 0.0])
    [0.0, -2.0, -3.0]
    """
    known = [math.log10(v) for v in values if v and math.isfinite(v)]
    least = min(known, default=0.0) - 1
    return [math.log10(v) if v and math.isfinite(v) else least for v in values]


def jump(levels: Sequence[float]) -> tuple[int, float]:
    """The step of a sequence of levels that changes most: its number (of the level behind it) and
    its share of all changes in its direction beyond the usual step.
    """
    steps = [b - a for a, b in pairwise(levels)]
    if not steps:
        return 0, 0.0
    usual = sorted(steps)[len(steps) // 2]
    beyond = [step - usual for step in steps]
    at = max(range(len(beyond)), key=lambda i: beyond[i])
    whole = sum(step for step in beyond if step > 0) + max(0.0, usual * len(steps))
    return at + 1, beyond[at] / whole if whole > 0 else 0.0


def restart(patient: Patient, finding: Finding | None) -> Patient:
    """The patient with a start that lets the signal through."""
    return restarted(patient, Signs(patient).layers)


def hidden(signs: Signs) -> tuple[Layer, ...]:
    """All layers but the last, whose outputs are the net's own."""
    return signs.layers[:-1]


RESTART = (
    "Draw the weights for the activation (nn.init.kaiming_normal_ for ReLU, orthogonal_ of gain 1 "
    "for tanh), scale each layer on a batch to outputs of deviation 1, or add skips or norms."
)
