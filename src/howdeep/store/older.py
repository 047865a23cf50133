"""Plans, tasks and trials as earlier versions wrote them, read as what they are called now."""

from __future__ import annotations

from dataclasses import replace

from howdeep import modalities
from howdeep.base.nouns import Plan, Rung, TaskInfo
from howdeep.base.trials import Chosen, Trial
from howdeep.data.task import Task


def planned(plan: Plan) -> Plan:
    """A plan whose task says of what modality its data are."""
    return plan if plan.task.modality else replace(plan, task=known(plan.task))


def known(info: TaskInfo) -> TaskInfo:
    """Before studies said so, data were tables, or images, which have a shape."""
    return info if info.modality else replace(info, modality="image" if info.shape else "table")


def encoded(task: Task) -> Task:
    """Before encoders were stored they were not aligned: fitted again, they are those."""
    fit = modalities.of(task.info).encode.fit_earlier
    encoders = {e: tuple(fit(task, fold.train, e) for fold in task.folds) for e in task.encodings}
    return replace(task, encoders=encoders)


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
