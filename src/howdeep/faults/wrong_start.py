"""Weights on another scale than their activations need."""

from __future__ import annotations

import statistics

from howdeep.faults._fault import Fault, Seen
from howdeep.faults._graded import BEFORE, RESTART, SOME, healthy_enough, restart
from howdeep.faults._signs import Signs

OFF = 2.0  # times too large or too small
FAR = (10.0, 4.0)  # times too small and too large, of a net that learns something


def _find(signs: Signs) -> Seen | None:
    if not healthy_enough(signs):
        return None
    known = [x for x in signs.layers[:-1] if x.gain > 0 and x.acts and not x.normed]
    if not known:
        return None
    off = statistics.median(layer.gain / layer.right_gain for layer in known)
    small, large = (OFF, OFF) if signs.learns < SOME else FAR
    if 1 / small <= off <= large or not signs.start_helps:
        return None
    acts = statistics.mode(layer.acts for layer in known)
    times = f"{off:.1f} times" if off > 1 else f"{off:.2g} of"
    return Seen(known[0].name, known[0].place, f"the weights before {acts} are {times} the size "
                f"that keeps a signal (gain {known[0].gain:.2g} instead of "
                f"{known[0].right_gain:.2g}), in the median of {len(known)} layers")  # fmt: skip


FAULT = Fault(
    "wrong_start",
    "Wrong start for the activation",
    80,
    _find,
    "The start is made for another activation, or its scale was set by hand.",
    RESTART,
    restart,
    after=(*BEFORE, "dead"),
)
