"""Which learning rate each cell trains with, and for how long: a grid or a transfer, then a walk.

Zero blocks, plain families, and of the others the reference depth and every shallower one try a
grid; a deeper one starts at the rate of its family's reference depth and its two neighbours.
Then the best rate's neighbours are tried until the best has both tried (or lies at the bounds of
the search). Rates are exponents of two; all folds take the rate that their tuning rows together
choose. Where over a fifth of the nets at the rate chosen came near the end of their steps, the
cell is given twice as many, walks on from there, and once more (docs/recipe.md, "How long").
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.limits import CAPPED_SHARE
from howdeep.base.nouns import Cell, Plan, RateSearch
from howdeep.base.trials import Trial
from howdeep.judge.cut import recipe

Floats = NDArray[np.float64]
Score = tuple[float, float]  # the metric, and its tie-break
Tried = dict[int, tuple[Score, ...]]  # rate -> one score per fold
Ask = set[tuple[int, int]]  # rates, each with a tuning seed
OWN = 2.0  # what a rate's own score counts next to each neighbour's
NEAR = 0.75  # of the cap: the few nets that try a rate may just have stopped before it


@dataclass(frozen=True)
class Search:
    """What a cell has tried with the steps that it is given: `longer` times the recipe's.

    `step`: the distance of neighbouring rates; `own`: how much a rate's own score counts next to a
    neighbour's; `near`: the share of nets, at the rate chosen, that came near the step cap.
    """

    tried: Tried
    step: int = 1
    own: float = OWN
    longer: int = 1
    near: float = 0.0
    have: frozenset[tuple[int, int]] = frozenset()  # rates and tuning seeds

    @property
    def best(self) -> int:
        """The rate chosen of what has been tried so far."""
        return best(self.tried, self.step, self.own)

    @property
    def score(self) -> float:
        """The mean score over folds at that rate."""
        return _mean(self.tried[self.best])[0]


def tuning_seeds(search: RateSearch, refined: bool = False) -> tuple[int, ...]:
    """Member seeds of the rate search: negative, so that no scored net shares one.

    >>> tuning_seeds(RateSearch(tuning_seeds=2)), tuning_seeds(RateSearch(refined=3), refined=True)
    ((-1, -2), (-1, -2, -3))
    """
    most = max(search.tuning_seeds, search.refined if refined else 0)
    return tuple(-1 - i for i in range(most))


def each(rates: Iterable[int], search: RateSearch, refined: bool = False) -> Ask:
    """Rates with every tuning seed."""
    return {(rate, seed) for rate in rates for seed in tuning_seeds(search, refined)}


def tried(trials: Iterable[Trial]) -> Tried:
    """Mean score of each rate in each fold over the tuning seeds of one rung's trials.

    A net that ended non-finite counts as the constant predictor; one that was never trained
    (`failed`) as worse than anything.
    """
    return {
        rate: tuple(_mean([_score(t, fold) for t in some]) for fold in range(len(some[0].val)))
        for rate, some in sorted(_by_rate(trials).items())
    }


def _by_rate(trials: Iterable[Trial]) -> dict[int, list[Trial]]:
    by_rate: dict[int, list[Trial]] = {}
    for trial in sorted(trials, key=lambda t: (-t.seed, t.key)):
        by_rate.setdefault(trial.rates[0], []).append(trial)
    return by_rate


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


def best(tried: Tried, step: int, own: float = OWN) -> int:
    """The rate that all folds take: by `merits`, then by its tie-break, then the smaller one.

    The smaller of two equal rates, because what looks equal early diverges at the larger first.
    """
    means = {rate: _mean(scores) for rate, scores in tried.items()}
    found = merits(list(means), np.asarray([value for value, _ in means.values()]), step, own)
    merit = dict(zip(means, found.tolist(), strict=True))
    return max(means, key=lambda rate: (merit[rate], means[rate][1], -rate))


def merits(tried: Sequence[int], scores: Floats, step: int, own: float = OWN) -> Floats:
    """How good R rates are, by their own scores (..., R) and their neighbours', which count once.

    The score is smooth in the rate and a few nets are not: the choice is then half as noisy
    (docs/recipe.md, "How a rate is chosen"). A neighbour not tried, or never trained, is taken to
    be as good.

    >>> merits([-6, -5, -4], np.asarray([0.5, 0.9, 0.7]), 1).tolist()
    [0.6, 0.75, 0.75]
    """
    at = {rate: i for i, rate in enumerate(tried)}
    below, above = (
        scores[..., [at.get(rate + way, i) for i, rate in enumerate(tried)]]
        for way in (-step, step)
    )
    near = [np.where(np.isfinite(other), other, scores) for other in (below, above)]
    found: Floats = (near[0] + own * scores + near[1]) / (own + 2)
    return found


def trust(search: RateSearch, seeds: Iterable[int]) -> float:
    """What a rate's own score counts where it was tried with more seeds than is usual.

    A few nets are smoothed over rates because they are few; many speak for themselves.

    >>> trust(RateSearch(refined=4), [-1, -2, -3, -4]), trust(RateSearch(refined=4), range(-16, 0))
    (2.0, 8.0)
    """
    most = max((-seed for seed in seeds), default=0)
    return OWN * max(most / search.refined, 1.0) if search.refined else OWN


def around(rates: Iterable[int], search: RateSearch) -> set[int]:
    """Each rate and its neighbours on both sides, within the bounds of the search.

    >>> sorted(around((-7, -6), RateSearch()))
    [-8, -7, -6, -5]
    """
    near = {rate + step for rate in rates for step in (-search.step, 0, search.step)}
    return {rate for rate in near if search.lowest <= rate <= search.highest}


def still_to_try(start: set[int], tried: Tried, search: RateSearch) -> set[int]:
    """Rates to try next: of `start` first, then neighbours of the best; empty = settled."""
    if start - tried.keys():
        return start - tried.keys()
    return around([best(tried, search.step)], search) - tried.keys()


def reference(plan: Plan, cell: Cell) -> Cell:
    """The depth whose rate is transferred: trained from the start, nearest to the search's own."""
    ladder = plan.ladder(cell)
    blocks = ladder.search.reference(ladder.depths)
    return next(c for c in plan.cells if c.family == ladder.family and c.blocks == blocks)


def wanted(plan: Plan, cell: Cell, found: Mapping[str, Search]) -> tuple[int, Ask]:
    """How long a cell trains, and the rates that it should try next with so many steps.

    No rates: it is settled, or waits for its reference. Steps are doubled once the walk has ended
    and the nets at the rate chosen still run out of them; then that rate and its neighbours are
    tried with more seeds.
    """
    ladder = plan.ladder(cell)
    search = ladder.search
    mine = found.get(cell.name)
    if mine is None or mine.longer == 1:
        ask = _at_first(plan, cell, found)
        if mine is None or ask:
            return 1, each(ask, search)
    elif ask := around([mine.best], search) - mine.tried.keys():
        return mine.longer, each(ask, search)
    near = around([mine.best], search)
    if mine.near > CAPPED_SHARE and mine.longer < ladder.longer:
        return 2 * mine.longer, each(near, search)
    return mine.longer, each(near, search, refined=True) - mine.have


def _at_first(plan: Plan, cell: Cell, found: Mapping[str, Search]) -> set[int]:
    """Rates to try next with the recipe's steps."""
    search = plan.ladder(cell).search
    mine = found[cell.name].tried if cell.name in found else {}
    if not cell.blocks:
        return still_to_try(set(search.zero_grid), mine, search)
    leader = reference(plan, cell)
    if not search.transfers or cell.blocks <= leader.blocks:
        return still_to_try(set(search.grid), mine, search)
    if wanted(plan, leader, found)[1]:
        return set()
    return still_to_try(around([found[leader.name].best], search), mine, search)


def at_first(plan: Plan, trials: Iterable[Trial]) -> dict[str, Search]:
    """What has been tried with the recipe's own steps and the first seeds, by cell name.

    The choice of an encoding rests on it, and must not be made again when more seeds are there.
    """
    some = [t for t in trials if t.stage == "rate"]
    usual = {name: recipe(plan, "rate", name).max_steps for name in {t.cell for t in some}}
    seeds = {name: tuning_seeds(plan.ladder(plan.cell(name)).search) for name in usual}
    first = [t for t in some if t.cap <= usual[t.cell] and t.seed in seeds[t.cell]]
    return searches(plan, first)


def searched(plan: Plan, trials: Iterable[Trial]) -> dict[str, list[Trial]]:
    """Trials of the stage "rate" by cell: of the encoding taken, and with the most steps tried."""
    inputs = {cell.name: cell.rung.inputs for cell in plan.cells}
    by_cell: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.stage == "rate" and trial.net.inputs == inputs.get(trial.cell):
            by_cell.setdefault(trial.cell, []).append(trial)
    most = {name: max(t.cap for t in some) for name, some in by_cell.items()}
    return {
        name: [t for t in some if t.cap == most[name] or t.failed]
        for name, some in sorted(by_cell.items())
    }


def searches(plan: Plan, trials: Iterable[Trial]) -> dict[str, Search]:
    """What has been tried so far, by cell name."""
    return {name: _search(plan, name, some) for name, some in searched(plan, trials).items()}


def _search(plan: Plan, name: str, trials: Sequence[Trial]) -> Search:
    found, search = tried(trials), plan.ladder(plan.cell(name)).search
    own = trust(search, (t.seed for t in trials))
    chosen = best(found, search.step, own)
    usual = recipe(plan, "rate", name).max_steps
    taken = [t for t in trials if t.rates[0] == chosen and not t.failed]
    near = [steps > NEAR * t.cap > 0 for t in taken for steps in t.steps]
    share = sum(near) / len(near) if near else 0.0
    have = frozenset((t.rates[0], t.seed) for t in trials)
    return Search(found, search.step, own, max(max(t.cap for t in trials) // usual, 1), share, have)


def chosen_rates(plan: Plan, trials: Iterable[Trial]) -> dict[str, tuple[int, ...]]:
    """The rate of each fold, by cell name, from what has been tried so far."""
    return {name: (one.best,) * plan.folds for name, one in searches(plan, trials).items()}
