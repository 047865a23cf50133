"""Depth, or parameters? The recommended cell against its shallower rival of equal size.

The rival is trained a look at a time, like the race, and no further once its gain is known to lie
on one side of epsilon.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from howdeep.base.trials import Trial
from howdeep.base.verdicts import CellRef, Control, Interval, Standing
from howdeep.judge import race as racing
from howdeep.judge.plan import control_of
from howdeep.judge.race import Race
from howdeep.judge.scores import first_seeds
from howdeep.stats.intervals import paired
from howdeep.stats.looks import schedule
from howdeep.stats.mcb import FEW_DF

Says = Literal["depth", "parameters", "unclear"]

MEANINGLESS = "with no or one block there is no shallower net of the same family to widen"


def control(
    race: Race, standing: Standing, trials: Sequence[Trial], c: int | None
) -> tuple[Control | None, str]:
    """The paired interval of the last look at it, outside the status; or why there is none.

    "parameters": the widened rival is within epsilon, so that size explains the gain;
    "depth": the recommended cell is better by more than that may explain; else "unclear".
    """
    if c is None:
        return None, "no cell is recommended"
    if race.plan.cells[c].blocks < 2:
        return None, MEANINGLESS
    if standing.too_short:
        return None, "the ladder ends before a depth is enough"
    mine = _widened(race, trials, c)
    found = control_of(race.plan, trials, standing) if mine else None
    if found is None:
        lost = any(t.failed for t in trials if t.stage == "control_rate")
        why = "the widened nets could not be trained"
        return None, why if lost else "no shallower net of equal size was trained"
    _, rival, wide, cost = found
    seen = _looked(race, c, mine)
    if isinstance(seen, str):
        return None, seen
    parameters = race.plan.cells[c].cost.parameters
    widened = dataclasses.replace(CellRef.of(rival), width=wide.width, parameters=cost.parameters)
    return Control(widened, cost.parameters / parameters, seen.gain, seen.seeds, seen.says), ""


def wanted(race: Race, trials: Iterable[Trial]) -> int:
    """With how many seeds the widened rival is to be trained; 0 where no more of them are needed.

    Whether there is a rival to widen, and a ladder long enough, is not asked here.
    """
    c = racing.enough(race)
    if not race.done or c is None:
        return 0
    mine = _widened(race, trials, c)
    looks, _ = _looks(race.last_seeds(c))
    if len(mine) < looks[0]:
        return looks[0]
    seen = _looked(race, c, mine)
    if isinstance(seen, str) or seen.closed:
        return 0
    return next((n for n in looks if n > seen.seeds), 0)


@dataclass(frozen=True)
class _Seen:
    """The last look at the widened rival."""

    gain: Interval
    seeds: int
    epsilon: float

    @property
    def says(self) -> Says:
        low, high = self.gain.low, self.gain.high
        if high is not None and high <= self.epsilon:
            return "parameters"
        return "depth" if low is not None and low > 0 else "unclear"

    @property
    def closed(self) -> bool:
        """Whether more seeds could not be expected to say anything else.

        A gain between 0 and epsilon may be either: it stays open, so that what is said of it does
        not depend on how early it was looked at.
        """
        low = self.gain.low
        return self.says == "parameters" or (low is not None and low > self.epsilon)


def _looked(race: Race, c: int, mine: Sequence[Trial]) -> _Seen | str:
    """Look after look until one closes it or nets are wanting; or why there is none."""
    looks, shares = _looks(race.last_seeds(c))
    ours, theirs = _common(race.taken(c, race.last_seeds(c)).trials, mine)
    epsilon, alpha = race.plan.epsilon, 1 - race.plan.confidence
    seen: _Seen | str = "it was not trained on two seeds or more"
    for n, share in zip(looks, shares, strict=True):
        if len(ours) < n:
            break
        sides = [first_seeds(side, n, epsilon) for side in (ours, theirs)]
        if sides[1].unreliable:
            return "more than 20 % of the widened nets failed"
        first, second = (race.rows.seeds(side, "select") for side in sides)
        prior = None if n == looks[-1] else _variance(race, n)
        gain = Interval(*paired(first, second, 1 - alpha * share, prior))
        seen = _Seen(gain, n, epsilon)
        if seen.closed:
            break
    return seen


def _variance(race: Race, n: int) -> float:
    """What an early look at n seeds is told: the race's own seed variance, where seeds are few."""
    return race.spread.get(n, 0.0) if n - 1 <= FEW_DF else 0.0


def _looks(seeds: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """When the rival is looked at, and the share of alpha of each look.

    As the race of so many seeds, so that all intervals hold together; but where there are more
    looks than two not at 3 seeds: the level of such a first look is too small for them.

    >>> _looks(12)[0], _looks(5), _looks(3)
    ((5, 8, 12), ((3, 5), (0.1, 0.9)), ((3,), (1.0,)))
    """
    looks, shares = schedule(seeds)
    return (looks[1:], shares[1:]) if len(looks) > 2 else (looks, shares)


def _widened(race: Race, trials: Iterable[Trial], c: int) -> list[Trial]:
    """The nets of the rival that was widened to the size of a cell."""
    return [t for t in trials if t.stage == "control" and t.cell == race.name(c)]


def _common(ours: Iterable[Trial], theirs: Iterable[Trial]) -> tuple[list[Trial], list[Trial]]:
    """The trials of both sides at the seeds that both have, in order of seed."""
    a, b = {t.seed: t for t in ours}, {t.seed: t for t in theirs}
    seeds = sorted(a.keys() & b.keys())
    return [a[s] for s in seeds], [b[s] for s in seeds]
