"""Rows that become alike inside the net."""

from __future__ import annotations

from itertools import pairwise

from howdeep.faults._fault import Fault, Seen
from howdeep.faults._graded import BEFORE, RESTART, healthy_enough, hidden, restart
from howdeep.faults._signs import Signs

LOST = 0.35  # share of the rank before that is left
FEW = 0.5  # share of the most directions that the last of many layers has left
ALIKE = 1e-3  # share of a layer's mean square that still differs between rows


def _find(signs: Signs) -> Seen | None:
    if not healthy_enough(signs):
        return None
    known = hidden(signs)
    top = known[0].rank
    for before, layer in pairwise(known):
        top = max(top, before.rank)
        room = min(before.rank, layer.units)
        if before.rank >= 3 and layer.rank < LOST * room and layer.rank < 2.5:
            if not signs.start_helps:
                return None
            said = (f"the rows span {before.rank:.1f} directions before it and {layer.rank:.1f} "
                    f"behind it, of {layer.units} units")  # fmt: skip
            return Seen(layer.name, layer.place, said)  # fmt: skip
    last = known[-1]
    if len(known) > 8 and last.rank < FEW * top and signs.start_helps:
        return Seen(last.name, last.place, f"the rows span {top:.1f} directions at the first "
                    f"layers and {last.rank:.1f} at the last of {len(known)}")  # fmt: skip
    low = [layer for layer in known if layer.spread < ALIKE and not layer.normed]
    if low and known[0].spread > 30 * ALIKE and signs.start_helps:
        return Seen(last.name, last.place, f"only {last.spread:.1e} of what it says differs "
                    f"between rows; at {known[0].name} it is {known[0].spread:.2f}")  # fmt: skip
    return None


FAULT = Fault(
    "rank_collapse",
    "Rank collapse",
    75,
    _find,
    "A layer maps all rows onto one direction: its weights are nearly of rank one, or so many "
    "layers of one sign stand behind each other that all rows look alike.",
    RESTART,
    restart,
    after=(*BEFORE, "dead", "saturation", "vanishing"),
)
