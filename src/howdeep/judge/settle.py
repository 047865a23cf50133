"""What this study could resolve, and what would settle a question that it left open."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from howdeep.base.verdicts import ToSettle
from howdeep.judge import race as racing
from howdeep.judge.collapse import LEAST_NETS, penalty
from howdeep.judge.state import Race
from howdeep.stats import mcb
from howdeep.stats.dunnett import dunnett_quantile
from howdeep.stats.looks import schedule

POWER = 0.84  # standard normal quantile of the 80 % chance to settle it with what is asked for
MOST_SEEDS = 1_000  # nobody trains more: said to be out of reach
MOST_ROWS = 10**9


def resolvable(race: Race) -> float | None:
    """The difference that separates a typical pair: the median half-width of the last look."""
    last = race.took_part[-1] if race.took_part else []
    widths = [float(race.width[c, e]) for c in last for e in last if c < e]
    return float(np.median(widths)) if widths else None


def to_settle(race: Race) -> ToSettle | None:
    """Total seeds, or select rows, with which the race would probably (80 %) be settled.

    The first cell whose means lie within epsilon of the best has to qualify and each earlier one
    to be dropped, at the last look's level (of the study that would be begun, where that has more
    looks); the hardest of these comparisons decides. With the
    seed variance s2 and the row variance of a pair at distance d from its threshold, n seeds and
    N rows do if (q + 0.84)^2 (s2/n + row/N) <= d^2: no n does where row/N alone is too much.
    """
    if race.look < 0:
        return ToSettle(race.plan.looks[0], None, "no look was completed")
    alive = [c for c in race.alive if race.last_seeds(c) == race.seeds]
    if len(alive) < 2:
        return _past_collapses(race, alive, None)
    taken = [race.taken(c, race.seeds) for c in alive]
    pairs = mcb.pairwise([race.rows.seeds(seeds, "select") for seeds in taken], race.rows.layout)
    most = _needs(race, alive, pairs, race.plan.spending[-1])
    if np.isfinite(most[0]) and (race.plan.sure_seeds or most[0] > race.plan.looks[-1]):
        many = max(math.ceil(min(most[0], MOST_SEEDS)), 2)  # which have looks of their own
        most = _needs(race, alive, pairs, schedule(many, race.plan.folds)[1][-1])
    seeds, rows, *both = (_rounded(x) for x in most)
    if race.look + 1 < len(race.plan.looks):  # it was stopped: the next look may do
        seeds = None if seeds is None else max(seeds, race.plan.looks[race.look + 1])
    elif seeds is not None and seeds <= race.seeds:
        seeds = race.seeds + 1
    if rows is not None and rows <= pairs.rows:
        rows = None
    return _past_collapses(race, alive, _said(seeds, rows, *both))


def _past_collapses(race: Race, alive: list[int], found: ToSettle | None) -> ToSettle | None:
    """At least the nets without which no depth of a family that collapsed is enough."""
    if all(math.isfinite(penalty(race, c)) for c in alive):
        return found
    least = math.ceil(LEAST_NETS / max(race.plan.folds, 1))
    if found is None or found.seeds is None:
        return found or ToSettle(least, None, "")
    return ToSettle(max(found.seeds, least), found.rows, found.why)


def to_learn(race: Race) -> ToSettle | None:
    """Select rows that would probably (80 %) show the gain over guessing that the best net seems to
    have; None where it is within epsilon, or where rows alone would not.

    With the parts of the net's variance, q that of its comparison, and mean gain m, N rows do if
    (q + 0.84)^2 (s2~/n + row/N) <= m^2.
    """
    guessed = racing.over_guess(race)
    if guessed is None or guessed.over[guessed.best].value <= race.plan.epsilon:
        return None
    i, found = guessed.best, guessed.found
    gain, width = float(found.difference[i]), float(found.width[i])
    seed, row = float(found.seed_part[i]), float(found.row_part[i])
    left = (gain / (width / math.sqrt(seed + row) + POWER)) ** 2 - seed if seed + row > 0 else 0.0
    rows = _rounded(row * len(race.rows.constant("select")) / left) if left > 0 else None
    return None if rows is None else ToSettle(None, rows, "")


def _needs(race: Race, alive: list[int], pairs: mcb.Pairs, share: float) -> NDArray[np.float64]:
    """Seeds, rows, and both together that decide every open pair, at a last look's `share`."""
    alpha = (1 - race.plan.confidence) * share
    q = dunnett_quantile(race.plan.k - 1, math.inf, alpha) + POWER
    (s2, _), (shared, _) = mcb.moderated(pairs), race.shared(alive)
    row, rest = pairs.row_variance, pairs.rest_variance
    needs = [
        _need((d / q) ** 2 - shared[i] - shared[j], s2[i] + s2[j], row[i, j], rest[i, j], pairs)
        for i, j, d in _open(pairs, race.plan.epsilon)
    ]
    return np.asarray(np.max(needs, axis=0))


def _rounded(count: float) -> int | None:
    """A count up to two leading digits, rounded up: what is predicted is no more certain.

    >>> _rounded(1_251_591.3), _rounded(34), _rounded(float("inf"))
    (1300000, 34, None)
    """
    if count > MOST_ROWS:
        return None
    step = 10 ** max(len(str(math.ceil(count))) - 2, 0)
    return math.ceil(math.ceil(count) / step) * step


def _said(
    seeds: int | None, rows: int | None, both_seeds: int | None, both_rows: int | None
) -> ToSettle:
    if seeds is not None and seeds <= MOST_SEEDS:
        return ToSettle(seeds, rows, "")
    if rows is not None:
        why = "more seeds alone cannot: what is left is the chance of which rows were compared on"
        if seeds is not None:
            why = f"more seeds alone would have to be some {seeds:,} a depth"
        return ToSettle(None, rows, why)
    if both_seeds is None or both_rows is None or both_seeds > MOST_SEEDS:
        why = "the scores lie too close to the tolerance for a study of any sensible size"
        return ToSettle(None, None, why)
    why = f"only both together can: about {both_seeds:,} seeds a depth on {both_rows:,} rows"
    return ToSettle(None, None, why)


def _open(pairs: mcb.Pairs, epsilon: float) -> list[tuple[int, int, float]]:
    """Pairs to be decided, each with the distance of its mean from the threshold."""
    m = pairs.difference
    cells = range(len(m))
    best = int(m.sum(1).argmax())
    target = next(c for c in cells if m[c].min() >= -epsilon)
    earlier = [(best, c, float(m[best, c]) - epsilon) for c in cells if c < target]
    return earlier + [(target, e, float(m[target, e]) + epsilon) for e in cells if e != target]


def _need(
    variance: float, s2: float, row: float, rest: float, pairs: mcb.Pairs
) -> tuple[float, float, float, float]:
    """What brings a pair's variance down to `variance`; infinite where nothing does.

    Seeds alone, rows alone, and seeds and rows together (half of the variance each). More rows
    also average out the `rest` in `s2`, the variance over seeds.
    """
    n, rows = pairs.seeds, pairs.rows
    seed = max(s2 - rest / rows, 0.0)

    def least(part: float, left: float, now: int) -> float:
        return max(part / left, now) if left > 0 else math.inf

    both = least(seed, variance / 2, n)
    return (
        least(s2, variance - row / rows, n),
        least(row + rest / n, variance - seed / n, rows),
        both,
        least(row + rest / both, variance / 2, rows),
    )
