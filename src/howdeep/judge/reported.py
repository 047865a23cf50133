"""The reported score: the test rows, seen once, by the recommended cell."""

from __future__ import annotations

import math

import numpy as np

from howdeep import metrics
from howdeep.base.nouns import TaskInfo
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Interval, TestScore
from howdeep.judge.ends import score_ends, within
from howdeep.judge.row_scores import Floats, Seeds
from howdeep.judge.state import Race
from howdeep.stats.intervals import fresh, two_way, wilson


def handed_over(seeds: Seeds) -> int:
    """The index of the net that is handed over: best validation score, then lowest seed.

    A diverged net is handed over only where every net diverged.
    """
    indices = range(len(seeds.trials))
    return max(indices, key=lambda i: (not seeds.diverged[i], _val(seeds.trials[i]), -i))


def _val(trial: Trial) -> float:
    known = [val for val in trial.val if val is not None]
    whole = len(known) == len(trial.val) and not trial.failed
    return sum(known) / len(known) if whole else -math.inf


def test_score(race: Race, c: int | None) -> TestScore | None:
    """Mean over the cell's seeds, what one more would give, and the one net handed over."""
    if c is None or not race.last_seeds(c):
        return None
    seeds = race.taken(c, race.last_seeds(c))
    constant = race.rows.constant("test")
    if not len(constant):
        return None
    best = handed_over(seeds)
    confidence, metric = race.plan.confidence, race.plan.task.metric
    ends = score_ends(metric)
    rows = _net_rows(race, seeds, best)
    return TestScore(
        metric=metrics.metric(metric).printed,
        retrained=within(Interval(*two_way(race.rows.seeds(seeds, "test"), confidence)), ends),
        handed_over=within(_single(rows, confidence), ends),
        handed_over_seed=seeds.trials[best].seed,
        handed_over_trial=seeds.trials[best].key,
        constant=float(constant.mean()),
        extra=_extra(race.plan.task, rows),
        fresh=within(Interval(*fresh(race.rows.seeds(seeds, "test"), confidence)), ends),
    )


test_score.__test__ = False  # type: ignore[attr-defined]  # no test, whatever its name


def _net_rows(race: Race, seeds: Seeds, best: int) -> Floats:
    """Test rows of the net that is written to disk: in folds it is one of its trial's five."""
    return race.rows.seed(seeds, best, "test" if seeds.diverged[best] else "net.test")


def _single(z: Floats, confidence: float) -> Interval:
    """One net on N rows; shares of right rows by Wilson's interval."""
    if np.isin(z, (0.0, 1.0)).all():
        return Interval(*wilson(z, confidence))
    return Interval(*two_way(z[None], confidence))


def _extra(task: TaskInfo, z: Floats) -> tuple[tuple[str, float], ...]:
    """RMSE and MAE of one net's test rows in units of the target, taken from its row scores.

    Weighted rows give the one that the metric is of: the other would need the weights apart.
    """
    yard = dict(task.yards).get("test")
    if yard is None:
        return ()
    errors = metrics.metric(task.metric).errors
    return errors(-z * yard, task.weighted) if errors else ()
