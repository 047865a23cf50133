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
    step = plan.ladder(cell).search.step
    best = rates.best(rates.tried(trials), step)
    if best not in tried:
        return Noise()
    rng = np.random.default_rng(
        keys.seed_of("rate noise", plan.seed, cell.name, *filter(None, [what]))
    )
    return noise(tried, scores, best, step, rng)


def _units(trials: Sequence[Trial]) -> tuple[list[int], Floats]:
    """Rates in order, and the scores (R, U) of every net that tried them, by seed and fold.

    Rates that some unit lacks, because its nets were lost, are left out.
    """
    by_rate: dict[int, dict[int, list[float]]] = {}
    for t in sorted(trials, key=lambda t: (t.rates, -t.seed)):
        if not t.failed:
            values = [f if v is None else v for v, f in zip(t.val, t.floor, strict=True)]
            by_rate.setdefault(t.rates[0], {})[t.seed] = values
    seeds = max((own.keys() for own in by_rate.values()), key=len, default=set[int]())
    whole = sorted(rate for rate, own in by_rate.items() if own.keys() == seeds)
    scores = [[v for seed in sorted(seeds) for v in by_rate[rate][seed]] for rate in whole]
    return whole, np.asarray(scores, dtype=np.float64)


def noise(
    tried: Sequence[int], scores: Floats, best: int, step: int, rng: np.random.Generator
) -> Noise:
    """The variance of the score at the rate chosen, from scores (R, U) of R rates by U nets.

    What U nets drawn show counts U / (U-1) times, as in a variance. With one net a rate its noise
    is told by how far the curve over rates is from smooth: a sixth of the median square of its
    second differences, by the median that a square of a normal one has (cliffs, at which nets stop
    learning, are not noise). Where several rates are equally good, `best` is chosen.
    """
    if len(tried) < 2:
        return Noise()
    mean, units = scores.mean(1), scores.shape[1]
    if units > 1:
        drawn = scores[:, rng.integers(0, units, (DRAWS, units))].mean(-1).T  # (DRAWS, R)
    else:
        drawn = mean + math.sqrt(_roughness(mean)) * rng.normal(size=(DRAWS, len(tried)))
    df = max(units - 1, LEAST_DF)
    merits = rates.merits(tried, drawn, step)
    equal = merits[:, tried.index(best)] >= merits.max(1) - ROUNDING
    chosen = np.where(equal, tried.index(best), merits.argmax(1))
    smooth = rates.merits(tried, mean, step)  # less noise of its own, and blurred at cliffs
    both = mean[chosen].var(), smooth[chosen].var()
    found = min(both) if units >= FEW else max(both)  # few nets, drawn again, show little
    return Noise(float(found) * units / max(units - 1, 1), df)


def _roughness(mean: Floats) -> float:
    """The variance of one mean, from second differences of the means in order of their rates."""
    bends = np.diff(mean, 2)
    return float(np.median(np.square(bends)) / (6 * NORMAL_MEDIAN)) if len(bends) else 0.0
