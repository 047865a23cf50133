"""Depth, or parameters? The recommended cell against shallower rivals of equal size.

A rival is trained a look at a time, like the race, and no further once its gain is known to lie on
one side of epsilon. There are two: the control and the twin (`judge.widened`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from howdeep.base.nouns import Stage
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Control, Interval, Standing
from howdeep.judge import race as racing
from howdeep.judge import rate_noise
from howdeep.judge.rate_noise import Noise
from howdeep.judge.row_scores import first_seeds
from howdeep.judge.state import Race
from howdeep.judge.widened import Rival, What, rivals, widen
from howdeep.stats.intervals import Parts, paired
from howdeep.stats.looks import schedule
from howdeep.stats.mcb import FEW_DF

Says = Literal["depth", "parameters", "unclear"]
Answer = tuple[Control | None, str]  # what is known of a rival; or why nothing is

MEANINGLESS = "with no or one block there is no shallower net of the same family to widen"
UNTRAINED = "what is left of the allowance of operations does not reach for it"


def controls(
    race: Race, standing: Standing, trials: Sequence[Trial], c: int | None
) -> dict[What, Answer]:
    """The paired interval of the last look at each rival, outside the status; or why there is none.

    "parameters": the widened rival is within epsilon, so that size explains the gain;
    "depth": the recommended cell is better by more than that may explain; else "unclear".
    """
    why = _needless(race, standing, c)
    if c is None or why:
        return {"control": (None, why), "twin": (None, why)}
    found = rivals(race.plan, race.trials, race.plan.cells[c])
    if "control" not in found:
        control: Answer = None, "no shallower depth of its family was trained"
    else:
        control = _answer(race, trials, c, found["control"])
    same = found.get("control") == found["twin"]
    twin = control if same else _answer(race, trials, c, found["twin"])
    return {"control": control, "twin": twin}


def _needless(race: Race, standing: Standing, c: int | None) -> str:
    """Why no rival is asked for; empty where one is."""
    if c is None:
        return "no cell is recommended"
    if race.plan.cells[c].blocks < 2:
        return MEANINGLESS
    return "the ladder ends before a depth is enough" if standing.too_short else ""


def _answer(race: Race, trials: Sequence[Trial], c: int, rival: Rival) -> Answer:
    found = widen(race.plan, rival, race.plan.cells[c])
    if isinstance(found, str):
        return None, found
    mine = _widened(race, trials, c, rival)
    if not mine:
        return None, _untrained(race, trials, c, rival)
    seen = _looked(race, c, mine, _shared(race, trials, c, rival))
    if isinstance(seen, str):
        return None, seen
    return Control(found.ref, found.parameters_ratio, seen.gain, seen.seeds, seen.says), ""


def _untrained(race: Race, trials: Sequence[Trial], c: int, rival: Rival) -> str:
    if not race.done:
        return "the study was stopped before it"
    tried = _widened(race, trials, c, rival, "control_rate")
    if tried and all(t.failed for t in tried):
        return "the widened nets could not be trained"
    return UNTRAINED


def wanted(race: Race, trials: Iterable[Trial]) -> dict[What, int]:
    """With how many seeds each rival is to be trained; 0 where no more of them are needed.

    Whether it can be widened, and whether the ladder is long enough, is not asked here.
    """
    c, every = racing.enough(race), tuple(trials)
    if not race.done or c is None:
        return {}
    found = rivals(race.plan, race.trials, race.plan.cells[c])
    return {what: _more(race, c, every, one) for what, one in found.items()}


def _more(race: Race, c: int, trials: Sequence[Trial], rival: Rival) -> int:
    """Seeds of the next look at a rival."""
    looks, _ = _looks(race.last_seeds(c))
    mine = _widened(race, trials, c, rival)
    if len(mine) < looks[0]:
        return looks[0]
    seen = _looked(race, c, mine, _shared(race, trials, c, rival))
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


def _shared(race: Race, trials: Iterable[Trial], c: int, rival: Rival) -> Parts:
    """The noise of the learning rates that either side's nets share."""
    tried = _widened(race, trials, c, rival, "control_rate")
    cell = race.plan.cells[c]
    theirs = rate_noise.of_search(race.plan, cell, tried, str(rival.blocks)) if tried else Noise()
    return race.noise.get(cell.name, Noise()).part, theirs.part


def _looked(race: Race, c: int, mine: Sequence[Trial], shared: Parts) -> _Seen | str:
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
        gain = Interval(*paired(first, second, 1 - alpha * share, prior, shared))
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


def _widened(
    race: Race, trials: Iterable[Trial], c: int, rival: Rival, stage: Stage = "control"
) -> list[Trial]:
    """The nets of a rival that was widened to the size of a cell."""
    mine = (t for t in trials if t.stage == stage and t.cell == race.name(c))
    return [t for t in mine if t.net.blocks == rival.blocks]


def _common(ours: Iterable[Trial], theirs: Iterable[Trial]) -> tuple[list[Trial], list[Trial]]:
    """The trials of both sides at the seeds that both have, in order of seed."""
    a, b = {t.seed: t for t in ours}, {t.seed: t for t in theirs}
    seeds = sorted(a.keys() & b.keys())
    return [a[s] for s in seeds], [b[s] for s in seeds]
