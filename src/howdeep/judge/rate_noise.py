"""How far a cell's mean moves because its learning rate was chosen by a few nets.

All seeds of a cell share one rate, so that no number of them shows what another search would have
found. The search is drawn again instead: nets that tried rates are drawn with replacement (B. Efron
1979, "Bootstrap methods: another look at the jackknife", Annals of Statistics 7, 1-26), each with
its seed and its fold, for all rates alike, and a rate is chosen by the same rule. The variance of
the scores that the rates so chosen have on tuning rows goes into every interval (docs/decision.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Trial
from howdeep.judge import rates

Floats = NDArray[np.float64]
DRAWS = 200
FEW, LEAST_DF = 3, 3
ROUNDING = 1e-12
NORMAL_MEDIAN = 0.455  # of the square of a standard normal variable


@dataclass(frozen=True)
class Noise:
    """A variance with its degrees of freedom."""

    variance: float = 0.0
    df: float = math.inf

    @property
    def part(self) -> tuple[float, float]:
        """As a part of an interval's variance."""
        return self.variance, self.df


def by_cell(plan: Plan, trials: Iterable[Trial]) -> dict[str, Noise]:
    """What the choice of a rate adds to the variance of each cell's mean."""
    return {
        name: of_search(plan, plan.cell(name), some)
        for name, some in rates.searched(plan, trials).items()
    }


def of_search(plan: Plan, cell: Cell, trials: Sequence[Trial], what: str = "") -> Noise:
    """What the choice of a rate among `trials` adds to the variance of a mean.

    `what` tells searches of the same cell apart: those of nets widened to its size.
    """
    tried, scores = _units(trials)
    search = plan.ladder(cell).search
    own = rates.trust(search, (t.seed for t in trials))
    best = rates.best(rates.tried(trials), search.step, own)
    if best not in tried:
        return Noise()  # all of its nets were lost
    rng = np.random.default_rng(
        keys.seed_of("rate noise", plan.seed, cell.name, *filter(None, [what]))
    )
    return noise(tried, scores, best, search.step, rng, own)


def _units(trials: Sequence[Trial]) -> tuple[list[int], Floats]:
    """Rates in order, and the scores (R, U) of every net that tried them, by seed and fold.

    NaN where a rate was not tried with a seed, or the net was lost.
    """
    by_rate: dict[int, dict[int, list[float]]] = {}
    for t in sorted(trials, key=lambda t: (t.rates, -t.seed)):
        if not t.failed:
            values = [f if v is None else v for v, f in zip(t.val, t.floor, strict=True)]
            by_rate.setdefault(t.rates[0], {})[t.seed] = values
    seeds = sorted({seed for own in by_rate.values() for seed in own}, reverse=True)
    folds = max((len(v) for own in by_rate.values() for v in own.values()), default=0)
    none = [math.nan] * folds
    scores = [[v for seed in seeds for v in own.get(seed, none)] for own in by_rate.values()]
    return list(by_rate), np.asarray(scores, dtype=np.float64)


def noise(
    tried: Sequence[int],
    scores: Floats,
    best: int,
    step: int,
    rng: np.random.Generator,
    own: float = rates.OWN,
) -> Noise:
    """The variance of the score at the rate chosen, from scores (R, U) of R rates by U nets.

    What U nets drawn show counts U / (U-1) times, as in a variance. Rates that fewer nets have
    tried (NaN) are not chosen, as in the search itself, but speak for or against their
    neighbours. With one net a rate its noise is told by how far the curve over rates is from
    smooth: a sixth of the median square of its second differences, by the median that a square of
    a normal one has (cliffs, at which nets stop learning, are not noise). Where several rates are
    equally good, `best` is chosen. `own`: as in `rates.merits`.
    """
    most = (~np.isnan(scores)).sum(1).max(initial=0)
    whole = (~np.isnan(scores)).sum(1) == most
    whole[tried.index(best)] = True
    if whole.sum() < 2:
        return Noise()
    mean, units = np.nanmean(scores, 1), int(most)
    if units > 1:
        drawn = _drawn(scores, mean, rng)
    else:
        drawn = mean + math.sqrt(_roughness(mean)) * rng.normal(size=(DRAWS, len(tried)))
    df = max(units - 1, LEAST_DF)
    merits = np.where(whole, rates.merits(tried, drawn, step, own), -np.inf)
    equal = merits[:, tried.index(best)] >= merits.max(1) - ROUNDING
    chosen = np.where(equal, tried.index(best), merits.argmax(1))
    smooth = rates.merits(tried, mean, step, own)  # less noise of its own, and blurred at cliffs
    both = mean[chosen].var(), smooth[chosen].var()
    found = min(both) if units >= FEW else max(both)  # few nets, drawn again, show little
    return Noise(float(found) * units / max(units - 1, 1), df)


def _drawn(scores: Floats, mean: Floats, rng: np.random.Generator) -> Floats:
    """Means (DRAWS, R) of nets drawn with replacement, the same for all rates.

    Of a rate none of whose nets was drawn it is the mean of them all.
    """
    units = scores.shape[1]
    some = scores[:, rng.integers(0, units, (DRAWS, units))]  # (R, DRAWS, U)
    there = (~np.isnan(some)).sum(-1)
    sums = np.nansum(some, -1)
    found: Floats = np.where(there > 0, sums / np.maximum(there, 1), mean[:, None]).T
    return found


def _roughness(mean: Floats) -> float:
    """The variance of one mean, from second differences of the means in order of their rates."""
    bends = np.diff(mean, 2)
    return float(np.median(np.square(bends)) / (6 * NORMAL_MEDIAN)) if len(bends) else 0.0
