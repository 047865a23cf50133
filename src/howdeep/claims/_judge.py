"""From effects to verdicts: intervals at 99 %, one sentence each, and how often so many err."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from howdeep.claims._claim import LEVEL, Claim, Effect, Expect, Measured

State = Literal["holds", "fails", "open"]
Verdict = Literal["supported", "depends", "refuted", "undecided"]


@dataclass(frozen=True)
class Judged:
    """An expectation with the effect's estimate, its interval at 99 % and what follows.

    `p`: two-sided, of an effect as far from the margin where the truth is the margin.
    `seeds`: values that were averaged; 0 of exact ones.
    """

    expect: Expect
    estimate: float | None
    low: float | None
    high: float | None
    p: float
    seeds: int
    state: State


@dataclass(frozen=True)
class Outcome:
    """A claim's verdict with everything that was judged."""

    verdict: Verdict
    expects: tuple[Judged, ...]
    controls: tuple[Judged, ...]
    also: tuple[Judged, ...]
    because: str = ""  # why nothing is decided, where that is not the intervals' width
    p: float = 1.0


def judge(claim: Claim, measured: Measured) -> Outcome:
    """The verdict that the criterion of a claim gives to what was measured.

    Raises:
        KeyError: the experiment lacks an effect that the criterion names.
    """
    expects, controls, also = (
        tuple(_judged(one, measured.effects[one.effect]) for one in group)
        for group in (claim.expects, claim.controls, claim.also)
    )
    failed = [one.expect.says for one in controls if one.state == "fails"]
    if failed:
        because = f"its control failed: it is not so that {failed[0]}"
        return Outcome("undecided", expects, controls, also, because)
    states = {one.state for one in expects}
    verdict: Verdict = "undecided"
    if states == {"holds"}:
        verdict = "supported"
    elif states == {"fails"}:
        verdict = "refuted"
    elif {"holds", "fails"} <= states:
        verdict = "depends"
    decisive = [one.p for one in expects if verdict == "undecided" or one.state != "open"]
    return Outcome(verdict, expects, controls, also, p=max(decisive))


def interval(effect: Effect, level: float = LEVEL) -> tuple[float, float, float, float]:
    """Estimate, standard error, and the ends of Student's interval at `level`.

    The seeds' variance of the mean and the rows' are added; degrees of freedom by Welch and
    Satterthwaite (1946), the rows' part taken as known.

    >>> [round(x, 2) for x in interval(Effect((1.0, 2.0, 3.0)), 0.95)]
    [2.0, 0.58, -0.48, 4.48]
    """
    if not effect.values:  # what could not be measured here
        return math.nan, math.inf, -math.inf, math.inf
    values = np.asarray(effect.values, dtype=float)
    mean = float(values.mean())
    if effect.exact:
        return mean, 0.0, mean, mean
    if len(values) < 2 or not np.isfinite(values).all():
        return mean, math.inf, -math.inf, math.inf
    seeds = float(values.var(ddof=1)) / len(values)
    error = math.sqrt(seeds + effect.row_error**2)
    reach = float(stats.t.ppf((1 + level) / 2, _freedom(seeds, effect, len(values)))) * error
    return mean, error, mean - reach, mean + reach


def _freedom(seeds: float, effect: Effect, count: int) -> float:
    whole = seeds + effect.row_error**2
    return math.inf if seeds == 0 else (whole / seeds) ** 2 * (count - 1)


def _judged(expect: Expect, effect: Effect) -> Judged:
    mean, error, low, high = interval(effect)
    count = 0 if effect.exact else len(effect.values)
    state: State = "holds" if low > expect.over else "fails" if high <= expect.over else "open"
    if not math.isfinite(error) or not math.isfinite(mean):
        return Judged(expect, mean if math.isfinite(mean) else None, None, None, 1.0, count, "open")
    return Judged(expect, mean, low, high, _p(expect, effect, mean, error), count, state)


def _p(expect: Expect, effect: Effect, mean: float, error: float) -> float:
    if error == 0.0:
        return 1.0 if mean == expect.over and not effect.exact else 0.0
    values = np.asarray(effect.values, dtype=float)
    freedom = _freedom(float(values.var(ddof=1)) / len(values), effect, len(values))
    return float(2 * stats.t.sf(abs(mean - expect.over) / error, freedom))


# ---- many claims --------------------------------------------------------------------------------
def adjusted(p: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg values of p-values (1995, J. R. Stat. Soc. B 57, 289-300).

    >>> [round(q, 3) for q in adjusted([0.01, 0.04, 0.03, 0.5])]
    [0.04, 0.053, 0.053, 0.5]
    """
    return [float(q) for q in stats.false_discovery_control(p)] if len(p) else []


def false_verdicts(outcomes: Sequence[Outcome]) -> float:
    """How many expectations would be decided wrongly, on average, were every truth at its margin.

    One in a hundred of those with noise: an interval at 99 % leaves its margin so often.
    """
    return (1 - LEVEL) * sum(one.seeds > 0 for found in outcomes for one in found.expects)
