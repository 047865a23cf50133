"""Whether another look, or a deeper net, is worth its price and within the allowance.

Seeds that are sure are trained whatever they cost; the plan has seen to that. What is counted are
the operations of the nets that a look was made of, never those of later ones, so that a race
replayed comes to the same answers.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from howdeep.base.limits import USUAL_SEEDS, USUAL_SEEDS_IN_FOLDS
from howdeep.base.trials import Trial
from howdeep.judge.state import Race

# Of the variance of a comparison: where seeds have no more, all seeds of the world would make the
# interval an eighth narrower, which what is left of alpha does as well.
SEEDS_HELP = 0.25
LAST = 0.8  # of the alpha left, of a look that is the last early: what ends it is seen in the rows


def tuned(trials: Iterable[Trial]) -> dict[str, float]:
    """FLOPs of the nets that tried learning rates, by cell."""
    out: dict[str, float] = {}
    for trial in trials:
        if trial.stage == "rate":
            out[trial.cell] = out.get(trial.cell, 0.0) + trial.flops
    return out


def ends(race: Race, named: bool) -> str:
    """Why the look just made is the last; empty where there is another.

    "enough": a depth is named, and what may be shallower has had its usual seeds; "rows": seeds no
    longer help; "allowance": there is no more of it.
    """
    plan, n = race.plan, race.seeds
    if not plan.sure_seeds or n < plan.sure_seeds:
        return ""
    if named and had_usual(race):
        return "enough"
    if not _seeds_help(race):
        return "rows"
    more = plan.looks[race.look + 1] - n
    price = more * sum(_each(race, c, n) for c in race.alive)
    return "" if _spent(race) + price <= plan.allowance else "allowance"


def had_usual(race: Race) -> bool:
    """Whether the seeds are as many as are usual, in a study that may have more than are sure."""
    usual = USUAL_SEEDS_IN_FOLDS if race.plan.folds > 1 else USUAL_SEEDS
    return bool(race.plan.sure_seeds) and race.seeds >= usual


def deeper(race: Race, deepest: int, cell: int) -> bool:
    """Whether twice the depth may be paid for: its seeds up to now, and its search for a rate."""
    plan, n = race.plan, race.seeds
    if not plan.sure_seeds or race.has(cell, n):
        return True
    ratio = plan.cells[cell].cost.flops / plan.cells[deepest].cost.flops
    price = (_each(race, deepest, n) * n + race.tuned.get(race.name(deepest), 0.0)) * ratio
    return _spent(race) + price <= plan.allowance


def _seeds_help(race: Race) -> bool:
    """Whether seeds are what makes some comparison between the leader and the others uncertain."""
    alive = race.alive
    if len(alive) < 2:  # one is left, whose collapses are not ruled out yet
        return True
    leader = max(alive, key=lambda c: float(np.nansum(race.difference[c, alive])))
    shares = [race.seed_share[leader, c] for c in alive if c != leader]
    return bool(np.nanmax(shares, initial=0.0) > SEEDS_HELP)


def _spent(race: Race) -> float:
    """FLOPs of all nets that the race has come to, and of those that found their rates."""
    rates = sum(race.tuned.get(race.name(c), 0.0) for c in race.joined)
    return rates + sum(_each(race, c, n) * n for c in race.joined if (n := race.last_seeds(c)))


def _each(race: Race, c: int, n: int) -> float:
    """Mean FLOPs of the first n nets of a cell."""
    trials = race.trials.get(race.name(c), ())[:n]
    return sum(t.flops for t in trials) / len(trials) if trials else 0.0
