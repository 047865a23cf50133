"""`check_trainer`: what every way of fitting candidates keeps to; for one's own as for others."""

from __future__ import annotations

import math

import numpy as np

from howdeep.base import naming
from howdeep.base.nouns import Model, Recipe
from howdeep.base.trials import Group, Member, Result
from howdeep.data.task import Task
from howdeep.trainers import Trainer


def check_trainer(trainer: Trainer, task: Task, model: str) -> None:
    """Check a trainer of models on a task; an `AssertionError` says what does not hold.

    `model`: one that it offers, which is fitted. What is planned for a task is of this trainer,
    takes no more than it may, and says what people call it. A group gives one result a member,
    keyed as its group is, with finite scores of all rows that are compared and tested, marks and
    words of what was chosen in each fold; the same bits every time, in company and alone.

    >>> import numpy as np
    >>> from howdeep import trainers
    >>> from howdeep.modalities.table.frames import to_table
    >>> from howdeep.modalities.table.prepare import make_task
    >>> x = np.random.default_rng(0).normal(size=(300, 3))
    >>> made = make_task(to_table(x, y=(x[:, 0] + x[:, 1] > 0).astype(str)), "target")
    >>> check_trainer(trainers.trainer("classical"), made, "plain")
    """
    name = trainer.name
    assert model in trainer.names(), f"{name}: it offers no {model}"
    assert set(trainer.usual()) <= set(trainer.names()), f"{name}: what is usual is not offered"
    assert not trainer.missing(model), f"{name}: {trainer.missing(model)}"
    assert trainer.models is not None, f"{name}: it has no models"
    none, _ = trainer.models(task, [model], 1.0, math.inf)
    assert not none, f"{name}: what takes longer than it may is planned all the same"
    planned, notes = trainer.models(task, [model], None, math.inf)
    assert planned, f"{name}: no {model} is planned, {dict(notes)}"
    for one in planned:
        assert one.trainer == name, f"{name}: {one.name} says that {one.trainer} fits it"
        assert one.label, f"{name}: nobody would know what to call {one.name}"
        _check_fit(trainer, task, one)


def _check_fit(trainer: Trainer, task: Task, model: Model) -> None:
    where, nothing = f"{trainer.name}, {model.name}", Recipe(1, 1, 1)
    none = (0,) * len(task.folds)
    members = tuple(Member(seed, none) for seed in range(model.seeds))
    group = Group("rival", model.name, model, members, task.info.fingerprint, nothing, 0)
    found = trainer.fit(group, task, None)
    assert len(found) == len(members), f"{where}: {len(found)} results of {len(members)} members"
    for i, result in enumerate(found):
        _check_result(where, task, group, i, result)
    again = trainer.fit(group, task, None)
    for first, then in zip(found, again, strict=True):
        assert first.trial == then.trial, f"{where}: another fit gives another trial"
        for part in first.arrays:
            same = np.array_equal(first.arrays[part], then.arrays[part])
            assert same, f"{where}: another fit gives other scores"


def _check_result(where: str, task: Task, group: Group, index: int, result: Result) -> None:
    trial, arrays = result.trial, result.arrays
    assert trial.key == naming.trial_key(group, index), f"{where}: its key is another's"
    assert trial.group == naming.group_key(group), f"{where}: its group is another"
    for part, rows in (("select", task.select), ("test", task.test)):
        assert part in arrays, f"{where}: no scores of the {part} rows"
        shape = arrays[part].shape
        assert shape == (len(rows),), f"{where}: {shape} scores of {len(rows)} {part} rows"
        assert np.isfinite(arrays[part]).all(), f"{where}: {part} scores that are not finite"
    folds = len(task.folds)
    for name in ("val", "tie", "floor", "chosen"):
        told = len(getattr(trial, name))
        assert told == folds, f"{where}: {name} of {told} folds, not {folds}"
    assert all(one.words for one in trial.chosen), f"{where}: it does not say what was chosen"
