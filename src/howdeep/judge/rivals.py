"""Classical models next to the nets: the round that fits them, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Literal

from howdeep.base.naming import group_key
from howdeep.base.nouns import Model, Plan
from howdeep.base.trials import Group, Member, Round, Trial
from howdeep.base.verdicts import Interval, Rival
from howdeep.judge import compare
from howdeep.judge.cut import worst_flops
from howdeep.judge.ends import difference_ends, over_guess_ends, score_ends, within
from howdeep.judge.guess import ROUNDING
from howdeep.judge.rate_noise import Noise
from howdeep.judge.row_scores import by_cell
from howdeep.judge.state import Race
from howdeep.stats.intervals import two_way, unpaired
from howdeep.stats.streams import Summary, summary

Says = Literal["better", "as good", "worse", "unclear", "failed"]


# ---- fitting them -------------------------------------------------------------------------------
def beside(plan: Plan, trials: Iterable[Trial], round: Round | None) -> Round | None:
    """The round with all classical models of the plan in it, a group each, unless they are fitted.

    They join the first round, which is always completed: a time budget acts between looks. The
    cheapest group comes first, so that something is seen soon, then the costliest, so that no
    process ends with nothing left to do.
    """
    if round is None or not plan.rivals or any(trial.stage == "rival" for trial in trials):
        return round
    groups = (*round.groups, *(_group(plan, one) for one in plan.rivals))
    *most, least = sorted(groups, key=lambda g: (-worst_flops(plan, g), group_key(g)))
    return Round(round.stage, f"classical models, {round.title}", (least, *most))


def _group(plan: Plan, one: Model) -> Group:
    """A model's seeds as a group."""
    return Group(
        stage="rival",
        cell=one.name,
        rung=one,
        members=tuple(Member(seed, (0,) * plan.folds) for seed in range(one.seeds)),
        fingerprint=plan.task.fingerprint,
        recipe=None,
        seed=plan.seed,
    )


# ---- comparing them -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Beside:
    """All rivals, the best of those that are better, and the cells that they are compared with.

    `best` is a second cell: that of the best mean, where it is not the one that the verdict names.
    """

    rivals: tuple[Rival, ...]
    winner: Rival | None
    against: int | None
    best: int | None


@dataclass(frozen=True, eq=False)
class _Side:
    """A cell's rows, and the noise of the learning rate that its nets share."""

    rows: Summary
    noise: Noise


@dataclass(frozen=True, eq=False)
class _Nets:
    """What models are compared with: the cell named (or guessing), and the best one if another."""

    named: _Side | None
    best: _Side | None
    ends: tuple[float | None, float | None]  # of a difference from the first
    margin: float  # by which a model has to be better


def compared(
    race: Race, trials: Sequence[Trial], chosen: int | None, *, guessing: bool = False
) -> Beside:
    """Compare each model's select rows with those of the nets, by Bonferroni over all comparisons.

    With the cell that the verdict names and with the best mean among those that may be the best;
    where it names none, with the latter. A model that is better than both by more than epsilon,
    with confidence, wins. `guessing`: nothing was learnt, and the constant predictor is compared
    with, which is beaten by any lower end above 0.
    """
    fits = by_cell(trials, "rival")
    first, second = _opposed(race, chosen) if fits and not guessing else (None, None)
    metric, constant = race.plan.task.metric, race.rows.constant("select")
    named, best = _rows_of(race, first), _rows_of(race, second)
    nets = _Nets(named, best, difference_ends(metric), race.plan.epsilon)
    if guessing:
        ends = over_guess_ends(metric, float(constant.mean()))
        nets = _Nets(_Side(summary(constant[None]), Noise()), None, ends, ROUNDING)
    count = max(len(race.plan.rivals), 1) * (1 if best is None else 2)
    confidence = 1 - (1 - race.plan.confidence) / count
    found = tuple(
        _rival(race, one, fits[one.name], nets, confidence)
        for one in race.plan.rivals
        if one.name in fits
    )
    better = [rival for rival in found if rival.says == "better"]
    winner = max(better, key=lambda rival: rival.score or 0.0, default=None)
    return Beside(found, winner, first, second)


def _opposed(race: Race, chosen: int | None) -> tuple[int | None, int | None]:
    """The cell that models are compared with, and the best one where that is another."""
    best = _best_mean(race)
    if chosen is None or best == chosen:
        return best, None
    return chosen, best


def _rows_of(race: Race, c: int | None) -> _Side | None:
    if c is None:
        return None
    rows = summary(race.rows.seeds(race.taken(c, race.last_seeds(c)), "select"))
    return _Side(rows, race.noise.get(race.name(c), Noise()))


def _best_mean(race: Race) -> int | None:
    """Of the cells that may be the best the one with the best mean; None before any look."""
    if race.look < 0:
        return None
    scores = {
        c: float(race.rows.means(race.taken(c, race.last_seeds(c)), "select").mean())
        for c in compare.candidates(race)
    }
    return max(scores, key=lambda c: (scores[c], -c), default=None)


def _rival(race: Race, one: Model, fits: Sequence[Trial], nets: _Nets, confidence: float) -> Rival:
    """One model's scores, and what the comparisons say of it."""
    if any(fit.failed for fit in fits):
        return Rival(one.name, 0, one.rows, fits[0].failed, "", None, None, None, "failed")
    z = summary(race.rows.trial(fit, "select") for fit in fits)
    test = None
    if len(race.rows.constant("test")):
        of_test = (race.rows.trial(fit, "test") for fit in fits)
        bounds = Interval(*two_way(of_test, race.plan.confidence))
        test = within(bounds, score_ends(race.plan.task.metric))
    named = _difference(z, nets.named, confidence, nets.ends)
    best = _difference(z, nets.best, confidence, nets.ends)
    words, code = _settings(fits[0])
    return Rival(
        name=one.name,
        seeds=len(fits),
        rows=one.rows,
        settings=words,
        code=code,
        score=z.mean,
        test=test,
        difference=named,
        says="unclear" if named is None else _says(named, best, nets.margin),
        over_best=best,
    )


def _difference(
    z: Summary, net: _Side | None, confidence: float, ends: tuple[float | None, float | None]
) -> Interval | None:
    if net is None:
        return None
    return within(Interval(*unpaired(z, net.rows, confidence, (net.noise.part,))), ends)


def _settings(fit: Trial) -> tuple[str, str]:
    """What was chosen on validation rows, in words and as a call.

    Of several folds it is that of the one whose size is the median: settings have no order.
    """
    if not fit.chosen:
        return "", ""
    size, setting = median_low((own.size, own.setting) for own in fit.chosen)
    found = next(own for own in fit.chosen if (own.size, own.setting) == (size, setting))
    return found.words, found.code


def _says(named: Interval, best: Interval | None, margin: float) -> Says:
    """What the difference from the cell named says; "better" has to hold against the best too."""
    low, high = _bounds(named)
    if low > margin:
        return "better" if best is None or _bounds(best)[0] > margin else "unclear"
    if high < -margin:
        return "worse"
    return "as good" if low >= -margin and high <= margin else "unclear"


def _bounds(difference: Interval) -> tuple[float, float]:
    """Both ends; where all rows differ alike nothing is left to chance."""
    low, high = difference.low, difference.high
    return (difference.value,) * 2 if low is None or high is None else (low, high)
