"""Units at the flat ends of a sigmoid or tanh."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Seen
from howdeep.faults._graded import BEFORE, healthy_enough, restart
from howdeep.faults._signs import Signs

SHARE = 0.25  # of unit-row pairs in a layer


def _find(signs: Signs) -> Seen | None:
    if not healthy_enough(signs):
        return None
    full = [layer for layer in signs.layers[:-1] if layer.saturated >= SHARE]
    if not full or not signs.start_helps:
        return None
    worst = max(full, key=lambda layer: layer.saturated)
    first = next(x for x in full if x.saturated >= 0.7 * worst.saturated)
    more = f", as much as in {len(full) - 1} more layers" if len(full) > 1 else ""
    return Seen(first.name, first.place, f"{first.saturated:.0%} of what its {first.acts} gives "
                f"lies within 1 % of an end{more}")  # fmt: skip


FAULT = Fault(
    "saturation",
    "Saturated units",
    62,
    _find,
    "What enters the activation is so large that its slope is nearly zero: weights or biases are "
    "too large.",
    "Draw smaller weights (gain 1 for tanh), set biases to zero, or put a norm before the "
    "activation.",
    restart,
    after=(*BEFORE, "dead"),
)
