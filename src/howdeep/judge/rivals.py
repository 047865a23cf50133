"""Classical models beside the nets: the round that fits them, and how they compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Literal

from howdeep.base.naming import group_key
from howdeep.base.nouns import Classical, Inputs, Plan, Rung
from howdeep.base.trials import Group, Member, Round, Trial
from howdeep.base.verdicts import Interval, Rival
from howdeep.judge import compare
from howdeep.judge.cut import worst_flops
from howdeep.judge.race import Race
from howdeep.judge.scores import by_cell
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


def _group(plan: Plan, one: Classical) -> Group:
    """A model as a group: its name as the family, how much of it is done as options."""
    options = tuple((name, str(getattr(one, name))) for name in ("rows", "settings", "size"))
    inputs = Inputs(one.columns, one.columns, one.columns)
    return Group(
        stage="rival",
        cell=one.name,
        rung=Rung(one.name, 0, 0, inputs, plan.cells[0].rung.outputs, options),
        members=tuple(Member(seed, (0,) * plan.folds) for seed in range(one.seeds)),
        fingerprint=plan.task.fingerprint,
        recipe=plan.ladders[0].recipe,  # of no meaning to a classical model
        seed=plan.seed,
    )


# ---- comparing them -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Beside:
    """All rivals, the best of those that are better, and the cell that they are compared with."""

    rivals: tuple[Rival, ...]
    best: Rival | None
    against: int | None


def compared(race: Race, trials: Sequence[Trial], chosen: int | None) -> Beside:
    """Compare each model's select rows with those of one cell, by Bonferroni over the models.

    The cell is the one that the verdict names; where it names none, the best mean among those that
    may be the best. A model better by more than epsilon, with confidence, is the verdict's rival.
    """
    against = _best_mean(race) if chosen is None else chosen
    fits = by_cell(trials, "rival")
    count = max(len(race.plan.rivals), 1)
    confidence = 1 - (1 - race.plan.confidence) / count
    net = None
    if against is not None and fits:
        taken = race.taken(against, race.last_seeds(against))
        net = summary(race.rows.seeds(taken, "select"))
    found = tuple(
        _rival(race, one, fits[one.name], net, confidence)
        for one in race.plan.rivals
        if one.name in fits
    )
    better = [rival for rival in found if rival.says == "better"]
    best = max(better, key=lambda rival: rival.score or 0.0, default=None)
    return Beside(found, best, against if found else None)


def _best_mean(race: Race) -> int | None:
    """Of the cells that may be the best the one with the best mean; None before any look."""
    if race.look < 0:
        return None
    scores = {
        c: float(race.rows.means(race.taken(c, race.last_seeds(c)), "select").mean())
        for c in compare.candidates(race)
    }
    return max(scores, key=lambda c: (scores[c], -c), default=None)


def _rival(
    race: Race, one: Classical, fits: Sequence[Trial], net: Summary | None, confidence: float
) -> Rival:
    if any(fit.failed for fit in fits):
        return Rival(one.name, 0, one.rows, fits[0].failed, "", None, None, None, "failed")
    z = summary(race.rows.trial(fit, "select") for fit in fits)
    test = None
    if len(race.rows.constant("test")):
        of_test = (race.rows.trial(fit, "test") for fit in fits)
        test = Interval(*two_way(of_test, race.plan.confidence))
    difference = None if net is None else Interval(*unpaired(z, net, confidence))
    words, code = _settings(race.plan, one, fits[0])
    return Rival(
        name=one.name,
        seeds=len(fits),
        rows=one.rows,
        settings=words,
        code=code,
        score=z.mean,
        test=test,
        difference=difference,
        says="unclear" if difference is None else _says(difference, race.plan.epsilon),
    )


def _settings(plan: Plan, one: Classical, fit: Trial) -> tuple[str, str]:
    """What was chosen on validation rows, of several folds the median: in words and as a call."""
    from howdeep.training import classical  # here, because it imports scikit-learn

    setting, size = median_low(fit.best_step), median_low(fit.steps)
    classes = plan.task.kind == "classification"
    return classical.describe(one.name, setting, size, one.rows, classes)


def _says(difference: Interval, epsilon: float) -> Says:
    low, high = difference.low, difference.high
    if low is None or high is None:  # all rows differ alike: nothing is left to chance
        low = high = difference.value
    if low > epsilon:
        return "better"
    if high < -epsilon:
        return "worse"
    return "as good" if low >= -epsilon and high <= epsilon else "unclear"
