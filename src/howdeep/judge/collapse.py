"""Depths that collapse for some seeds: how often at most, and what that may cost.

A net that falls far below its depth's others is no tail of a normal distribution: where one in
twenty does, twenty seeds show none in a third of all studies, and their intervals know nothing of
it. So the rate is bounded by itself (C. J. Clopper and E. S. Pearson 1934, Biometrika 26, 404-413),
and where nets of a family were seen to collapse, a depth of it is only enough if it would still be
with as many collapses as its own nets cannot rule out (docs/decision.md, "Collapse").
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from howdeep.judge.row_scores import nets
from howdeep.judge.state import Collapses, Race

FAR = 10  # tolerances below the median of its depth in its fold,
APART = 8  # and typical deviations of a net from that median
LEAST_NETS = 20  # that a depth of a family with collapses has, before it may be enough


def count(by_fold: NDArray[np.float64], epsilon: float) -> list[Collapses]:
    """The collapses of C cells, from the mean scores (C, n, F) of their nets in each fold."""
    below = np.median(by_fold, axis=1, keepdims=True) - by_fold
    typical = 1.4826 * float(np.median(np.abs(below)))
    far = below > max(FAR * epsilon, APART * typical)
    return [
        Collapses(int(own.sum()), own.size, float(gap[own].mean()) if own.any() else 0.0)
        for own, gap in zip(far, below, strict=True)
    ]


def failures(race: Race, cells: Iterable[int]) -> dict[int, Collapses]:
    """Those of cells that left the race because more than a fifth of their nets failed.

    They fell from the best cell's score to that of guessing. What was never trained, because its
    process was lost, says nothing of the depth.
    """
    there = race.took_part[-1]
    best = max(float(race.rows.means(race.taken(c, race.seeds), "select").mean()) for c in there)
    loss = max(best - float(race.rows.constant("select").mean()), 0.0)
    out = {}
    for c in cells:
        taken = race.taken(c, race.unreliable[c])
        lost = sum(nets(t) for t in taken.trials if t.failed)
        out[c] = Collapses(taken.count - lost, sum(map(nets, taken.trials)), loss)
    return out


def penalty(race: Race, c: int) -> float:
    """How much lower the mean of a cell may be than it seems, for collapses not yet seen.

    (upper bound of the rate - rate seen) x loss, where a net of its family of this depth, a
    shallower one or the next deeper one collapsed; 0 where none did. Infinite with under twenty
    nets where any depth of its family showed a collapse.
    """
    own = race.collapses.get(c, Collapses(0, 0))
    cell = race.plan.cells[c]
    family = {
        e: found
        for e, found in race.collapses.items()
        if race.plan.cells[e].family == cell.family and found.seen
    }
    if not family:
        return 0.0
    if own.nets < LEAST_NETS:
        return float("inf")
    near = [f for e, f in family.items() if race.plan.cells[e].blocks <= 2 * cell.blocks]
    if not near:
        return 0.0
    loss = max(found.loss for found in near)
    return max(own.high - own.seen / own.nets, 0.0) * loss
