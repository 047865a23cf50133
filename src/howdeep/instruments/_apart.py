"""Which of several nets are shown to be better or worse than the most accurate, measure by measure.

The most accurate is picked by the same rows, so that every interval holds for all pairs of nets at
once (Bonferroni); what tells nets apart then is not that one was picked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from howdeep.instruments._design import Design
from howdeep.instruments._instrument import Measurement
from howdeep.instruments._intervals import LEVEL, Three, normal, paired
from howdeep.instruments._packed import unpack

CLEAN = "as they are"


@dataclass(frozen=True)
class Against:
    """How much worse a net is than the reference: the difference and its interval."""

    net: str
    measure: str
    worse: Three

    @property
    def state(self) -> str:
        """ "worse", "better", or "" where the rows do not tell."""
        return "worse" if self.worse[1] > 0 else "better" if self.worse[2] < 0 else ""


def reference(found: Sequence[Measurement]) -> Measurement:
    """The most accurate net, the shallower of equals."""
    return max(found, key=lambda one: one.values["scores"][CLEAN]["value"][0])


def measures(found: Sequence[Measurement]) -> tuple[list[str], list[str]]:
    """Scores and errors that all nets have."""
    first = found[0].values
    scores = [n for n in first["order"] if all(n in one.values["scores"] for one in found)]
    errors = [n for n in first["order"] if all(n in one.values["errors"] for one in found)]
    return scores, errors


def against(found: Sequence[Measurement]) -> tuple[Against, ...]:
    """Every other net against the reference, by every measure; none where rows differ."""
    best = reference(found)
    pairs = max(1, len(found) * (len(found) - 1) // 2)
    level = 1 - (1 - LEVEL) / pairs
    scores, errors = measures(found)
    out = []
    for one in found:
        if one is best or one.values["rows"] != best.values["rows"]:
            continue
        for name in scores:
            own, other = (unpack(net.values["scores"][name]["rows"]) for net in (best, one))
            out.append(Against(one.net, name, paired(own, other, level, _design(one))))
        for name in errors:
            own_error, other_error = one.values["errors"][name], best.values["errors"][name]
            out.append(Against(one.net, name, _unpaired(own_error, other_error, level)))
    return tuple(out)


def _design(one: Measurement) -> Design:
    """What its rows count, and which belong together."""
    weights, groups = one.values.get("weights"), one.values.get("groups")
    return Design(
        np.array(weights, dtype=np.float64) if weights else None,
        np.array(groups, dtype=np.int64) if groups else None,
    )


def _unpaired(first: Sequence[float | None], second: Sequence[float | None], level: float) -> Three:
    """A difference from two 95 % intervals (Zou and Donner 2008), widened to a level.

    Rows are shared, so that both err the same way as a rule: the interval is wide rather than
    narrow.
    """
    (a, a_low, a_high), (b, b_low, b_high) = ([v or 0.0 for v in x] for x in (first, second))
    wider = normal(level) / normal()
    down = wider * math.hypot(a - a_low, b_high - b)
    up = wider * math.hypot(a_high - a, b - b_low)
    return a - b, a - b - down, a - b + up
