"""Trials as earlier versions wrote them, read as what they are called now."""

from __future__ import annotations

from dataclasses import replace

from howdeep.base.nouns import Plan, Rung
from howdeep.base.trials import Chosen, Trial


def updated(trial: Trial, plan: Plan) -> Trial:
    """A trial as this version writes it.

    Up to howdeep 0.3 a classical model was written as a rung of its name, the size chosen as steps
    and the number of the setting as the best step. What the words for it were stands in the
    verdict.
    """
    if trial.stage != "rival" or not isinstance(trial.rung, Rung):
        return trial
    pairs = zip(trial.best_step, trial.steps, strict=True)
    chosen = tuple(Chosen(setting, size, "", "") for setting, size in pairs)
    model = next(one for one in plan.rivals if one.name == trial.cell)
    nothing = (0,) * len(trial.steps)
    return replace(trial, rung=model, steps=nothing, best_step=nothing, chosen=chosen)
