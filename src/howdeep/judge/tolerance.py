"""The difference that does not matter: a share of the error that is left, once that is known.

Known when the learning rates are: from the nets that tried them, on the rows that they were tried
on. None of those nets is ever compared, and no row of a comparison is looked at (in folds the rows
lie inside each fold's training rows), so that what is found cannot move it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from howdeep import metrics
from howdeep.base.nouns import Plan, Tolerance
from howdeep.base.trials import Trial
from howdeep.judge import rates

SHARE_OF_ERROR = 0.05  # of rows that are wrong
SHARE_OF_LOSS = 0.10  # of squared and absolute errors, and of log loss, whose rows vary more
LEAST = 0.3  # / sqrt(rows): what so many rows can tell apart of the share that is right
LEAST_OF_LOSS = 3.0  # / sqrt(rows): what they can of a loss, as a share of it
MOST = 0.5


def usual(metric: str, rows: float) -> Tolerance:
    """The tolerance of a study that compares on so many (effective) rows.

    >>> usual("accuracy", 3_600).least, usual("mse", 400).share, usual("mse", 10_000).share
    (0.005, 0.15, 0.1)
    """
    by_error = metrics.metric(metric).by_error
    if by_error is not None:
        return Tolerance(SHARE_OF_ERROR, min(LEAST / rows**0.5, MOST), by_error / rows**0.5)
    return Tolerance(min(max(SHARE_OF_LOSS, LEAST_OF_LOSS / rows**0.5), MOST), 0.0)


def with_epsilon(plan: Plan, trials: Iterable[Trial]) -> Plan:
    """The plan with the difference that its tolerance comes to, from what was tried so far.

    It moves no more once the rates of all depths trained from the start are chosen.
    """
    if plan.tolerance is None:
        return plan
    found = rates.searches(plan, trials)
    first = [found[c.name].score for c in plan.cells if plan.first(c) and c.name in found]
    return replace(plan, epsilon=epsilon(plan, max(first))) if first else plan


def epsilon(plan: Plan, best: float) -> float:
    """What the tolerance comes to where the best net scores so much on validation rows."""
    if plan.tolerance is None:
        return plan.epsilon
    left = max(metrics.metric(plan.task.metric).most - best, 0.0)
    rule = plan.tolerance
    return min(max(rule.share * left, rule.least, rule.by_error * left**0.5, 1e-6), MOST)
