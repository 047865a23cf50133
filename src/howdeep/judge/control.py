"""Depth, or parameters? The recommended cell against its shallower rival of equal size."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Literal

from howdeep.base.trials import Trial
from howdeep.base.verdicts import CellRef, Control, Interval, Standing
from howdeep.judge.plan import control_of
from howdeep.judge.race import Race
from howdeep.judge.scores import first_seeds
from howdeep.stats.intervals import paired

MEANINGLESS = "with no or one block there is no shallower net of the same family to widen"


def control(
    race: Race, standing: Standing, trials: Sequence[Trial], c: int | None
) -> tuple[Control | None, str]:
    """One paired interval over common seeds, outside the status; or why there is none.

    "parameters": the widened rival is within epsilon, so that size explains the gain;
    "depth": the recommended cell is better by more than that may explain; else "unclear".
    """
    if c is None:
        return None, "no cell is recommended"
    if race.plan.cells[c].blocks < 2:
        return None, MEANINGLESS
    if standing.too_short:
        return None, "the ladder ends before a depth is enough"
    mine = [t for t in trials if t.stage == "control" and t.cell == race.name(c)]
    found = control_of(race.plan, trials, standing) if mine else None
    if found is None:
        lost = any(t.failed for t in trials if t.stage == "control_rate")
        why = "the widened nets could not be trained"
        return None, why if lost else "no shallower net of equal size was trained"
    _, rival, wide, cost = found
    ours, theirs = _common(race.taken(c, race.last_seeds(c)).trials, mine)
    if len(ours) < 2:
        return None, "it was not trained on two seeds or more"
    epsilon = race.plan.epsilon
    sides = [first_seeds(side, len(side), epsilon) for side in (ours, theirs)]
    if sides[1].unreliable:
        return None, "more than 20 % of the widened nets failed"
    first, second = (race.rows.seeds(side, "select") for side in sides)
    gain = Interval(*paired(first, second, race.plan.confidence))
    parameters = race.plan.cells[c].cost.parameters
    widened = dataclasses.replace(CellRef.of(rival), width=wide.width, parameters=cost.parameters)
    return Control(widened, cost.parameters / parameters, gain, len(ours), _says(gain, epsilon)), ""


def _common(ours: Iterable[Trial], theirs: Iterable[Trial]) -> tuple[list[Trial], list[Trial]]:
    """The trials of both sides at the seeds that both have, in order of seed."""
    a, b = {t.seed: t for t in ours}, {t.seed: t for t in theirs}
    seeds = sorted(a.keys() & b.keys())
    return [a[s] for s in seeds], [b[s] for s in seeds]


def _says(gain: Interval, epsilon: float) -> Literal["depth", "parameters", "unclear"]:
    if gain.high is not None and gain.high <= epsilon:
        return "parameters"
    return "depth" if gain.low is not None and gain.low > 0 else "unclear"
