"""The race replayed: every completed look, from the trials alone (docs/decision.md).

Nothing is remembered between calls: which cells were dropped, and when, follows from the trials
each time, so that an undisturbed and a resumed study decide alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from howdeep.base.nouns import Plan
from howdeep.base.trials import Trial
from howdeep.judge import affordable, collapse, rate_noise
from howdeep.judge.fixed import fixed
from howdeep.judge.guess import Guess, guess
from howdeep.judge.row_scores import CachedScores, RowScores, by_cell
from howdeep.judge.state import Race
from howdeep.stats import mcb


def replay(plan: Plan, trials: Iterable[Trial], rows: RowScores) -> Race:
    """Run all completed looks again, with the encoding and the tolerance that were found."""
    every = tuple(trials)
    plan = fixed(plan, every)
    race = Race(plan, by_cell(every, "main"), CachedScores(rows))
    race.tuned, race.noise = affordable.tuned(every), rate_noise.by_cell(plan, every)
    race.joined = [i for i, cell in enumerate(plan.cells) if plan.first(cell)]
    for index, n in enumerate(plan.looks):
        if race.done or race.waiting:
            break
        _exclude(race, race.alive, n)
        if not all(race.has(c, n) for c in race.alive):
            break
        _look(race, index)
    return race


def _exclude(race: Race, cells: Iterable[int], n: int) -> None:
    """Take unreliable cells out of the race, and what none but they had dropped back into it."""
    gone = [c for c in cells if race.has(c, n) and race.taken(c, n).unreliable]
    race.unreliable |= dict.fromkeys(gone, n)
    for c, (seeds, by) in tuple(race.dropped.items()):
        if by in gone:
            able = [e for e in race.reliable if race.beaten[c, e]]
            del race.dropped[c]
            if able:
                race.dropped[c] = (seeds, max(able, key=lambda e: float(race.lower[e, c])))


def _look(race: Race, index: int) -> None:
    """One look; repeated with the deeper cell for as long as the ladder is extended."""
    alive = race.alive  # at its beginning: who is dropped by it still takes part in a repetition
    race.look = index
    race.took_part.append([])
    _climb(race, index, alive, race.plan.spending[index])
    last = index == len(race.plan.looks) - 1
    over = not race.alive or len(race.reliable) < 2
    race.done = over or settled(race) or last
    if race.done or race.waiting:
        return
    named = enough(race) is not None
    race.ended = affordable.ends(race, named) or ("rows" if not named and _rows_rule(race) else "")
    if race.ended in ("rows", "allowance"):  # what is left of alpha belongs to the last look
        _climb(race, index, alive, affordable.LAST * (1 - sum(race.plan.spending[:index])))
    race.done = race.ended != "" and not race.waiting


def _climb(race: Race, index: int, alive: list[int], share: float) -> None:
    """Compare, drop, and go on with a deeper cell for as long as the ladder is extended."""
    n = race.plan.looks[index]
    while True:
        race.took_part[index] = [c for c in alive if c not in race.unreliable]
        _compare(race, index, race.took_part[index], share)
        _drop(race, index)
        deeper = _deeper(race)
        if deeper is None:
            break
        if not race.has(deeper, n):
            race.waiting = [deeper]
            return
        race.joined = sorted([*race.joined, deeper])
        _exclude(race, [deeper], n)
        alive[:] = sorted([*alive, deeper])
        for earlier in range(index):  # so that it is compared with cells dropped long ago
            here = sorted([*race.took_part[earlier], deeper])
            _compare(race, earlier, here, race.plan.spending[earlier], only=deeper)


def _compare(
    race: Race, index: int, cells: list[int], share: float, only: int | None = None
) -> None:
    """Write the bounds of one look between `cells` (between `only` and the others, if given)."""
    n = race.plan.looks[index]
    if not cells:
        return
    seeds = [race.rows.seeds(race.taken(c, n), "select") for c in cells]
    pairs = mcb.pairwise(seeds, race.rows.layout)
    if only is None:
        found = collapse.count(pairs.by_fold, race.plan.epsilon)
        race.collapses |= dict(zip(cells, found, strict=True))
        race.collapses |= collapse.failures(race, race.unreliable)
    if only is None and len(cells) > 1:
        race.spread[n] = 2 * mcb.median_variance(pairs)  # of a pair
    alpha = (1 - race.plan.confidence) * share
    bounds = mcb.half_widths(pairs, race.plan.k, alpha, race.shared(cells))
    width = bounds.width
    lower = pairs.difference - width  # row minus column
    where = np.ix_(cells, cells)
    new = np.ones(width.shape, dtype=bool)
    if only is not None:
        is_only = np.asarray(cells) == only
        new = is_only[:, None] | is_only[None, :]
    race.difference[where] = np.where(new, pairs.difference, race.difference[where])
    race.width[where] = np.where(new, width, race.width[where])
    race.both[where] = np.where(new, bounds.both, race.both[where])
    race.seed_share[where] = np.where(new, bounds.seed_share, race.seed_share[where])
    race.beaten[where] |= new & (lower > race.plan.epsilon).T


def _drop(race: Race, index: int) -> None:
    """Drop what another cell of this look beats by more than epsilon, with confidence."""
    n, here = race.plan.looks[index], race.took_part[index]
    for c in here:
        by = max((e for e in here if e != c), key=lambda e: race.lower[e, c], default=c)
        if by != c and race.lower[by, c] > race.plan.epsilon:
            race.dropped.setdefault(c, (n, by))


def opponents(race: Race, c: int) -> list[int]:
    """The cells that `c` has to stand up to: those still alive.

    A dropped cell is not the best, with the same confidence that bounds the rest, so that nothing
    is lost by leaving it out (docs/decision.md, "Dropped cells"). For a cell that is no longer
    alive itself, or the only one alive, all reliable cells are shown next to it.
    """
    alive = [e for e in race.alive if e != c]
    return alive if alive and c in race.alive else [e for e in race.reliable if e != c]


def worst(race: Race, c: int) -> int | None:
    """The opponent against which the lower bound of `c` is least."""
    return min(opponents(race, c), key=lambda e: float(race.lower[c, e]), default=None)


def least(race: Race, c: int) -> float:
    """The lower bound of mu_c minus the best other mu; 0 for the only cell left alive."""
    e = worst(race, c)
    if e is None or race.look < 0:
        return -math.inf
    return 0.0 if race.alive == [c] else float(race.lower[c, e])


def qualifies(race: Race, c: int) -> bool:
    """Whether mu_c >= max mu - epsilon with confidence, collapses that may come included."""
    if c not in race.alive or least(race, c) < -race.plan.epsilon:
        return False
    return least(race, c) - collapse.penalty(race, c) >= -race.plan.epsilon


def enough(race: Race) -> int | None:
    """The first cell that qualifies."""
    return next((c for c in race.alive if qualifies(race, c)), None)


def at_least(race: Race) -> int | None:
    """The first cell that is not dropped; nothing is said before the first look."""
    return race.alive[0] if race.alive and race.look >= 0 else None


def settled(race: Race) -> bool:
    """Whether a cell qualifies and every earlier one is dropped."""
    return enough(race) is not None and enough(race) == at_least(race)


def over_guess(race: Race) -> Guess | None:
    """All reliable cells against the constant predictor at their last look; None before any."""
    if race.look < 0 or not race.reliable:
        return None
    key = tuple((c, race.last_seeds(c)) for c in race.reliable)
    if key not in race.guesses:
        taken = {c: race.taken(c, n) for c, n in key}
        race.guesses[key] = guess(race.plan, race.rows, taken, race.shared(taken))
    return race.guesses[key]


def _rows_rule(race: Race) -> bool:
    """Whether nothing is shown to be learnt after the usual seeds, and more will hardly do it."""
    if not affordable.had_usual(race):
        return False
    found = over_guess(race)
    return found is not None and not found.beaten and found.seed_share < affordable.SEEDS_HELP


def nothing_learnt(race: Race) -> bool:
    """Whether no cell is shown to beat the constant predictor; not asked before the first look."""
    found = over_guess(race)
    return found is not None and not found.beaten


def deepest_is_best(race: Race) -> int | None:
    """The deepest trained cell of a family, where it is better than every other with confidence."""
    for family in race.plan.families:
        mine = [c for c in race.joined if race.plan.cells[c].family == family]
        deepest = max(mine, key=lambda c: race.plan.cells[c].blocks, default=None)
        if deepest is None or deepest not in race.alive or len(race.reliable) < 2:
            continue
        if race.alive == [deepest] or least(race, deepest) > 0:
            return deepest
    return None


def may_gain(race: Race) -> int | None:
    """`deepest_is_best`, where going on may gain more than epsilon.

    A shallower cell that is shown to lie within epsilon of the best is the answer: what is deeper
    adds a little, and is known to.
    """
    deepest = deepest_is_best(race)
    return None if deepest is None or enough(race) not in (None, deepest) else deepest


def _deeper(race: Race) -> int | None:
    """The cell of twice the depth that the ladder is to be extended by, if any."""
    best = may_gain(race)
    if best is None or nothing_learnt(race):
        return None
    cell = race.plan.cells[best]
    wanted = (cell.family, 2 * cell.blocks)
    if wanted[1] > race.plan.ladder(cell).extend_to:
        return None
    cells = enumerate(race.plan.cells)
    deeper = next((i for i, cell in cells if (cell.family, cell.blocks) == wanted), None)
    return deeper if deeper is not None and affordable.deeper(race, best, deeper) else None
