"""The colour of each kind of net: the same in every figure and table, and in every study."""

from __future__ import annotations

from howdeep.base.nouns import Plan
from howdeep.report.words import NETWORKS

NEUTRAL = 5  # of zero blocks, which all families share, and of what is no kind of net
HUES = dict(zip(NETWORKS, range(NEUTRAL), strict=False))  # of those that have a name of their own
SHADES = 3  # in which nets of one kind are told apart: the deepest is the strongest


def colours(plan: Plan) -> dict[str, int]:
    """Families, and what zero blocks are called, with the number of their colour.

    Those of other packages take what is free, in the order of the plan.
    """
    out = {ladder.zero: NEUTRAL for ladder in plan.ladders}
    used = {HUES[name] for name in plan.families if name in HUES}
    free = [hue for hue in range(NEUTRAL) if hue not in used]
    for name in plan.families:
        out[name] = HUES[name] if name in HUES else (free.pop(0) if free else NEUTRAL)
    return out
