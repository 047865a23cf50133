"""What this study could resolve, and what would settle a question that it left open."""

from __future__ import annotations

import math

import numpy as np

from howdeep.base.nouns import ToSettle
from howdeep.judge.race import Race
from howdeep.stats import mcb
from howdeep.stats.dunnett import dunnett_quantile

POWER = 0.84  # standard normal quantile of the 80 % chance to settle it with what is asked for
MOST_SEEDS = 1_000  # nobody trains more: said to be out of reach
MOST_ROWS = 10**8


def resolvable(race: Race) -> float | None:
    """The difference that separates a typical pair: the median half-width of the last look."""
    last = race.took_part[-1] if race.took_part else []
    widths = [float(race.width[c, e]) for c in last for e in last if c < e]
    return float(np.median(widths)) if widths else None


def to_settle(race: Race) -> ToSettle | None:
    """Total seeds, or rows of select, with which the race would probably (80 %) be settled.

    The first cell whose means lie within epsilon of the best has to qualify and each earlier one
    to be dropped, at the last look's level; the hardest of these comparisons decides. With the
    seed variance s2 and the row variance of a pair at distance d from its threshold, n seeds and
    N rows do if (q + 0.84)^2 (s2/n + row/N) <= d^2: no n does where row/N alone is too much.
    """
    if race.look < 0:
        return ToSettle(race.plan.looks[0], None, "no look was completed")
    alive = race.alive
    if len(alive) < 2:
        return None
    taken = [race.taken(c, race.seeds) for c in alive]
    pairs = mcb.pairwise(np.stack([race.rows.seeds(t, "select") for t in taken]))
    alpha = (1 - race.plan.confidence) * race.plan.spending[-1]
    q = dunnett_quantile(race.plan.k - 1, math.inf, alpha) + POWER
    seed, row = mcb.moderated(pairs), pairs.row_variance
    needs = [
        _need((distance / q) ** 2, float(seed[i, j]), float(row[i, j]), race, pairs.rows)
        for i, j, distance in _open(pairs, race.plan.epsilon)
    ]
    return max(needs, key=_effort)


def _open(pairs: mcb.Pairs, epsilon: float) -> list[tuple[int, int, float]]:
    """Pairs to be decided, each with the distance of its mean from the threshold."""
    m = pairs.difference
    cells = range(len(m))
    best = int(m.sum(1).argmax())
    target = next(c for c in cells if m[c].min() >= -epsilon)
    earlier = [(best, c, float(m[best, c]) - epsilon) for c in cells if c < target]
    return earlier + [(target, e, float(m[target, e]) + epsilon) for e in cells if e != target]


def _need(variance: float, seed: float, row: float, race: Race, rows: int) -> ToSettle:
    """Seeds and rows that bring a pair's variance down to `variance`."""
    left = variance - row / rows
    seeds = seed / left if left > 0 else math.inf
    if seeds <= MOST_SEEDS:
        return ToSettle(max(math.ceil(seeds), race.seeds), None, "seeds")
    more_rows = 2 * row / variance if variance > 0 else math.inf
    seeds = 2 * seed / variance if variance > 0 else math.inf
    if seeds > MOST_SEEDS or more_rows > MOST_ROWS:
        return ToSettle(None, None, "too close to epsilon")
    return ToSettle(max(math.ceil(seeds), race.seeds), max(math.ceil(more_rows), rows), "rows")


def _effort(need: ToSettle) -> tuple[bool, int, int]:
    return (need.seeds is None, need.rows or 0, need.seeds or 0)
