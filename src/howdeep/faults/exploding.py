"""A signal or gradient that grows from layer to layer."""

from __future__ import annotations

import math

from howdeep.faults._fault import Fault, Seen
from howdeep.faults._graded import BEFORE, RESTART, healthy_enough, jump, logs, restart
from howdeep.faults._signs import Signs

GROWTH = 1.5  # decades


def _find(signs: Signs) -> Seen | None:
    if not healthy_enough(signs):
        return None
    forward = logs([layer.size for layer in signs.layers])
    grows = forward[-1] - forward[0]
    back = logs([layer.slope for layer in signs.layers])
    rises = max(back[: max(1, len(back) // 3)]) - min(back[-max(1, len(back) // 3) :])
    top = max(forward)
    loud = top - max(0.0, forward[0]) >= GROWTH or grows >= GROWTH
    loss = signs.trace.loss
    over = loss / signs.guess if signs.guess > 0 and math.isfinite(signs.guess) else 1.0
    if not (loud or rises >= GROWTH or top >= 2.0 or over > 30) or not signs.start_helps:
        return None
    if loud or top >= 2.0 or over > 30:
        levels = [0.0, *forward]
        at, share = jump(levels)
        place = at - 1 if share > 0.6 else len(forward) - 1
        name = signs.layers[place].name
        said = (f"outputs grow from {10 ** forward[0]:.2g} at {signs.layers[0].name} to "
                f"{10**top:.2g}; first loss {loss:.3g}, of a guess {signs.guess:.3g}")  # fmt: skip
        if share > 0.6:
            said += f"; {share:.0%} of the growth is in {name}"
        return Seen(name, place, said)
    first = signs.layers[0].name
    return Seen(first, 0, f"the gradient at {first} is 10^{rises:.1f} times larger than at the "
                "last layers")  # fmt: skip


FAULT = Fault(
    "exploding",
    "Exploding signal",
    65,
    _find,
    "Each layer gives more than it gets: its weights are too large for its activation and the "
    "number of layers.",
    RESTART,
    restart,
    after=(*BEFORE, "dead"),
)
