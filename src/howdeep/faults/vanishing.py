"""A gradient that fades on its way to the first layers."""

from __future__ import annotations

from howdeep.faults._fault import Fault, Seen
from howdeep.faults._graded import BEFORE, RESTART, SOME, healthy_enough, jump, logs, restart
from howdeep.faults._signs import Signs

FALL = 1.5  # decades that the gradient loses between the last layers and the first
STEEP = 3.0  # the same, of a net that learns something
LOST, NOTHING = 6.0, 0.05  # where none arrives and nothing is learnt, no experiment is needed


def _find(signs: Signs) -> Seen | None:
    if not healthy_enough(signs) or any(layer.dead == 1.0 for layer in signs.layers):
        return None
    slopes = [layer.slope for layer in signs.layers]
    levels = logs(slopes)
    third = max(1, len(levels) // 3)
    fall = max(levels[-third:]) - min(levels[:third])
    forward = fades(signs)
    cut = FALL if signs.learns < SOME else STEEP
    if max(fall, forward) < cut:
        return None
    lost = fall >= LOST and signs.learns < NOTHING
    if not lost and not signs.start_helps:
        return None
    at, share = jump(levels)
    alone = share > 0.6 and fall >= FALL
    place = at - 1 if alone else 0
    layer = signs.layers[place]
    if fall >= FALL:
        said = (f"the gradient at {signs.layers[0].name} is 10^{fall:.1f} times smaller than at "
                f"the last layers ({len(levels)} layers with weights)")  # fmt: skip
    else:
        said = f"what differs between rows shrinks 10^{forward:.1f} times on its way to the outputs"
    if alone:
        said += f"; {share:.0%} of that between {layer.name} and {signs.layers[at].name}"
    return Seen(layer.name, place, said, _cause(signs))


def fades(signs: Signs) -> float:
    """Decades by which what differs between rows shrinks until the last layer but one."""
    sizes = [layer.size * layer.spread**0.5 for layer in signs.layers]
    levels = logs(sizes[:-1])
    return levels[0] - levels[-1] if len(levels) > 1 else 0.0


def _cause(signs: Signs) -> str:
    acts = {layer.acts for layer in signs.layers if layer.acts}
    if acts & {"sigmoid", "hardsigmoid"}:
        return "A sigmoid's slope is at most 1/4: every layer takes at least three quarters away."
    return (
        "Each layer gives back less than it gets: its weights are too small for its activation "
        "and the number of layers."
    )


FAULT = Fault(
    "vanishing",
    "Vanishing gradient",
    70,
    _find,
    "Each layer gives back less than it gets.",
    RESTART,
    restart,
    after=(*BEFORE, "saturation"),
)
