"""More nets for rates that a few cannot tell apart, before anything is compared at one of them.

Where nets fall off a cliff at one seed and not at another, four of them leave it open which rate is
best, and that noise would be in every interval of the cell, however many seeds it is given later
(`judge.rate_noise`). Twice as many nets of three rates cost little next to them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Trial
from howdeep.judge import rate_noise, rates
from howdeep.judge.cut import folds_of
from howdeep.judge.rates import Ask, Search

NOISY = 0.3  # of the tolerance: what the noise of a rate may be
MOST_SEEDS = 16  # that try a rate
MOST_NETS = 20  # of them, all folds together: three rates then cost what the usual seeds do


def wanted(
    plan: Plan, cells: Iterable[Cell], trials: Sequence[Trial]
) -> list[tuple[Cell, int, Ask]]:
    """Cells whose best rate and its neighbours take more seeds, and how long they train.

    None once nets have been trained at the rate chosen: it may not move under them.
    """
    started = {t.cell for t in trials if t.stage == "main"}
    found, by_cell = rates.searches(plan, trials), rates.searched(plan, trials)
    out = []
    for cell in cells:
        mine = found.get(cell.name)
        if mine is None or cell.name in started or not plan.ladder(cell).search.refined:
            continue
        noise = rate_noise.of_search(plan, cell, by_cell[cell.name])
        if ask := _more(plan, cell, mine, math.sqrt(noise.variance) > NOISY * plan.epsilon):
            out.append((cell, mine.longer, ask))
    return out


def _more(plan: Plan, cell: Cell, mine: Search, noisy: bool) -> Ask:
    """As many seeds as any rate has been tried with; where that is so and not enough, twice."""
    search = plan.ladder(cell).search
    near = rates.around([mine.best], search) & mine.tried.keys()
    seeds = max(-seed for _, seed in mine.have)
    if seeds > search.refined and (ask := _upto(near, seeds) - mine.have):
        return ask
    most = min(MOST_SEEDS, MOST_NETS // folds_of(plan, "rate", cell.name))
    return _upto(near, 2 * seeds) - mine.have if noisy and 2 * seeds <= most else set()


def _upto(near: Iterable[int], seeds: int) -> Ask:
    return {(rate, -1 - i) for rate in near for i in range(seeds)}
