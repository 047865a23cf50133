"""The main scores in the unit that people read, for readers of `result.json`: R² is R² there."""

from __future__ import annotations

from typing import Any

from howdeep.base.verdicts import Dossier, Interval
from howdeep.metrics import Unit
from howdeep.report.words import unit


def as_printed(dossier: Dossier) -> dict[str, Any]:
    """Scores of guessing, of the nets, the classical models and the net handed over.

    Elsewhere scores are larger-is-better numbers of the metric, such as minus an error; here they
    are `offset + factor x score` of the metric's unit, as in the report, not rounded.
    """
    verdict, metric = dossier.verdict, unit(dossier.verdict.metric)
    test = verdict.handed_over
    nets = {c.standing.cell.name: c.standing for c in verdict.cells}
    models = {rival.name: rival.score for rival in verdict.rivals}
    return {
        "measure": metric.name,
        "unit": metric.suffix.strip(),
        "better": metric.better,
        "guessing": metric.shown(verdict.constant),
        "same_if_within": abs(metric.factor) * verdict.epsilon,
        "nets": {name: metric.shown(s.score) for name, s in nets.items() if s.seeds},
        "models": {name: metric.shown(s) for name, s in models.items() if s is not None},
        "test": _interval(metric, test.handed_over) if test else None,
        "test_retrained": _interval(metric, test.retrained) if test else None,
        "test_guessing": metric.shown(test.constant) if test else None,
    }


def _interval(metric: Unit, found: Interval) -> dict[str, float | None]:
    """An interval in that unit, its lower end first even where less is better."""
    value = metric.shown(found.value)
    if found.low is None or found.high is None:
        return {"value": value, "low": None, "high": None}
    low, high = sorted(metric.shown(end) for end in (found.low, found.high))
    return {"value": value, "low": low, "high": high}
