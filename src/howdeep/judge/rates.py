"""Which learning rate each cell trains with: a grid or a transfer, then a walk (docs/decision.md).

Zero blocks, plain families, and of the others the reference depth and every shallower one try a
grid; a deeper one starts at the rate of its family's reference depth and its two neighbours.
Then the best rate's neighbours are tried until the best has both tried (or lies at the bounds of
the search), in every fold. Rates are exponents of two; each fold chooses by its own validation
rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from howdeep.base.nouns import Cell, Plan, RateSearch
from howdeep.base.trials import Trial

Score = tuple[float, float]  # the metric, and its tie-break
Tried = dict[int, tuple[Score, ...]]  # rate -> one score per fold


def tuning_seeds(search: RateSearch) -> tuple[int, ...]:
    """Member seeds of the rate search: negative, so that no scored net shares one.

    >>> tuning_seeds(RateSearch(tuning_seeds=2))
    (-1, -2)
    """
    return tuple(-1 - i for i in range(search.tuning_seeds))


def tried(trials: Iterable[Trial], folds: int) -> Tried:
    """Mean score of each rate in each fold over the tuning seeds of one rung's trials.

    A net that ended non-finite counts as the constant predictor; one that was never trained
    (`failed`) as worse than anything.
    """
    by_rate: dict[int, list[Trial]] = {}
    for trial in sorted(trials, key=lambda t: (-t.seed, t.key)):
        by_rate.setdefault(trial.rates[0], []).append(trial)
    return {
        rate: tuple(_mean([_score(t, fold) for t in some]) for fold in range(folds))
        for rate, some in sorted(by_rate.items())
    }


def _score(trial: Trial, fold: int) -> Score:
    value, tie = trial.val[fold], trial.tie[fold]
    if trial.failed:
        return (-math.inf, -math.inf)
    if value is None or not math.isfinite(value):
        return (trial.floor[fold], -math.inf)
    return (value, -math.inf if tie is None else tie)


def _mean(scores: Sequence[Score]) -> Score:
    n = len(scores)
    return (sum(s[0] for s in scores) / n, sum(s[1] for s in scores) / n)


def best(tried: Tried) -> tuple[int, ...]:
    """The rate of each fold: highest score, then highest tie-break, then the smaller rate.

    The smaller of two equal rates, because what looks equal early diverges at the larger first.
    """
    folds = len(next(iter(tried.values())))
    return tuple(max(tried, key=lambda r: (*tried[r][f], -r)) for f in range(folds))


def around(rates: Iterable[int], search: RateSearch) -> set[int]:
    """Each rate and its neighbours on both sides, within the bounds of the search.

    >>> sorted(around((-7, -6), RateSearch()))
    [-8, -7, -6, -5]
    """
    near = {rate + step for rate in rates for step in (-search.step, 0, search.step)}
    return {rate for rate in near if search.lowest <= rate <= search.highest}


def still_to_try(start: set[int], tried: Tried, search: RateSearch) -> set[int]:
    """Rates to try next: of `start` first, then neighbours of each fold's best; empty = settled."""
    if start - tried.keys():
        return start - tried.keys()
    return around(best(tried), search) - tried.keys()


def reference(plan: Plan, cell: Cell) -> Cell:
    """The depth whose rate is transferred: trained from the start, nearest to the search's own."""
    ladder = plan.ladder(cell)
    blocks = ladder.search.reference(ladder.depths)
    return next(c for c in plan.cells if c.family == ladder.family and c.blocks == blocks)


def wanted(plan: Plan, cell: Cell, tried_by_cell: dict[str, Tried]) -> set[int]:
    """Rates that `cell` should try next; empty when it is settled or waits for its reference."""
    search = plan.ladder(cell).search
    mine = tried_by_cell.get(cell.name, {})
    if not cell.blocks:
        return still_to_try(set(search.zero_grid), mine, search)
    leader = reference(plan, cell)
    if not search.transfers or cell.blocks <= leader.blocks:
        return still_to_try(set(search.grid), mine, search)
    if wanted(plan, leader, tried_by_cell):
        return set()
    return still_to_try(around(best(tried_by_cell[leader.name]), search), mine, search)


def tried_by_cell(plan: Plan, trials: Iterable[Trial]) -> dict[str, Tried]:
    """Scores of all rates tried in the stage "rate", by cell name."""
    by_cell: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.stage == "rate":
            by_cell.setdefault(trial.cell, []).append(trial)
    return {name: tried(some, plan.folds) for name, some in sorted(by_cell.items())}


def chosen_rates(plan: Plan, trials: Iterable[Trial]) -> dict[str, tuple[int, ...]]:
    """The rate of each fold, by cell name, from what has been tried so far."""
    return {name: best(some) for name, some in tried_by_cell(plan, trials).items()}
