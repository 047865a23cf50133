"""Fitting one classical model: from a group to results that the study stores as it stores nets'.

The rows are the nets': fitted on the training rows of a fold, chosen on the rows of a view that
choose checkpoints, scored on its other rows and on the test rows. One thread, so that the figures
are the same on every number of cores; every seed comes from the group.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from howdeep import modalities
from howdeep.base import keys, naming
from howdeep.base.nouns import Model
from howdeep.base.trials import Chosen, Group, Result, Trial
from howdeep.data import cap, scoring
from howdeep.data.task import Fold, RowIndex, Task
from howdeep.metrics import Scale
from howdeep.modalities import Read
from howdeep.trainers.classical._data import Choice, Data, Floats, Mark
from howdeep.trainers.classical._files import model
from howdeep.trainers.classical._plan import kind_of

ABSENT = -1e3  # log probability of a class that the training rows do not have


@dataclass(frozen=True, eq=False)
class _Fold:
    """A fold with what every seed of a model needs."""

    task: Task
    fold: Fold
    read: Read
    data: Data
    scale: Scale
    present: NDArray[np.int64]  # class numbers that the training rows have

    def outputs(self, choice: Choice, rows: RowIndex) -> Floats:
        """Outputs (n, C) of a fit on any rows."""
        return _spread(choice.predict(self.read(rows)), self.present, self.task.outputs)

    def scores(self, choice: Choice, rows: RowIndex) -> Floats:
        """Contributions (n,) of a fit on any rows."""
        out = self.outputs(choice, rows)
        return scoring.scorer(self.task, rows).contributions(out, self.scale)


def fit(group: Group, task: Task) -> tuple[Result, ...]:
    """Fit the model of a group; one result a seed.

    How much of it is done is the model's: training rows, settings tried, its largest size.
    """
    assert isinstance(group.rung, Model)
    name, much = group.rung.name, group.rung
    kind = kind_of(name, task)  # loads scikit-learn: the limit holds for what is loaded already
    with threadpool_limits(1):
        fewer_val = modalities.of(task.info).defaults.fewer_val
        thin = cap.cap_train(task, much.rows, group.seed, fewer_val=fewer_val)
        chosen: list[list[tuple[Choice, ...]]] = [[] for _ in group.members]  # member, fold, view
        outputs: list[list[Floats]] = [[] for _ in group.members]
        scales = []
        test: list[list[Floats]] = [[] for _ in group.members]
        for f, fold in enumerate(thin.folds):
            scale = scoring.scale(task, task.folds[f].train)  # the nets', whatever was thinned
            ready = _ready(task, fold, scale, kind)
            scales += [scale] * len(fold.views)
            for i, member in enumerate(group.members):
                seed = keys.seed_of(group.seed, "rival", name, member.seed, f)
                if i == 0:
                    best = _best(name, ready, seed, range(much.settings), much.size)
                else:
                    best = _again(name, ready, seed, chosen[0][f], much.size)
                chosen[i].append(best)
                for choice, view in zip(best, fold.views, strict=True):
                    outputs[i].append(ready.outputs(choice, view.score))
                    test[i].append(ready.scores(choice, task.test))
    return tuple(
        Result(
            _trial(group, i, task, chosen[i]),
            {
                "select": scoring.joined(task, outputs[i], scales).astype(np.float32),
                "test": np.mean(test[i], axis=0).astype(np.float32),
            },
        )
        for i in range(len(group.members))
    )


def _ready(task: Task, fold: Fold, scale: Scale, kind: str) -> _Fold:
    read, categories = modalities.of(task.info).classical.reader(task, fold.train, kind)
    y: NDArray[np.generic] = task.target[fold.train]
    present = np.zeros(0, dtype=np.int64)
    if task.info.kind == "classification":
        present, y = np.unique(task.target[fold.train].astype(np.int64), return_inverse=True)
    else:
        y = (task.target[fold.train] - scale.shift) / scale.spread
    weights = scoring.loss_weights(task, fold.train)
    held = np.concatenate([view.choose for view in fold.views])
    ends = np.cumsum([0, *(len(view.choose) for view in fold.views)])
    marks = [_marker(task, view.choose, scale) for view in fold.views]

    def judge(out: Floats) -> tuple[Mark, ...]:
        out = _spread(out, present, task.outputs)
        return tuple(mark(out[a:b]) for mark, a, b in zip(marks, ends[:-1], ends[1:], strict=True))

    data = Data(
        x=read(fold.train),
        y=y,
        weights=None if (weights == weights[0]).all() else weights,
        held=read(held),
        categories=categories,
        classes=len(present),
        metric=scoring.metric_of(task),
        views=len(fold.views),
        judge=judge,
    )
    return _Fold(task, fold, read, data, scale, present)


def _marker(task: Task, rows: RowIndex, scale: Scale) -> Callable[[Floats], Mark]:
    """What marks outputs on `rows`: the metric, and minus the log or squared loss for ties."""
    by = scoring.scorer(task, rows)

    def mark(out: Floats) -> Mark:
        first = by.contributions(out, scale)
        second = first if by.tie == by.metric else by.ties(out, scale)
        return float(first.mean()), float(second.mean())

    return mark


def _spread(out: Floats, present: NDArray[np.int64], outputs: int) -> Floats:
    """Logits (n, C) of all classes from those of the classes that the training rows have."""
    if not len(present) or len(present) == outputs:
        return out
    top = out.max(1, keepdims=True)
    known = out - top - np.log(np.exp(out - top).sum(1, keepdims=True))
    every = np.full((len(out), outputs), ABSENT)
    every[:, present] = np.maximum(known, ABSENT)
    return every


def _best(
    name: str, ready: _Fold, seed: int, settings: Sequence[int], size: int
) -> tuple[Choice, ...]:
    """For each view of the fold the fit with the best mark; of equal ones the first."""
    data = ready.data
    if data.classes == 1:  # a rare class may be missing in a fold's training rows
        only = Choice(0, 0, data.judge(np.zeros((len(data.held), 1))), _nothing)
        return (only,) * len(ready.fold.views)
    best: list[Choice] = []
    for choice in model(name).choices(data, seed, settings, size):
        best = best or [choice] * len(choice.marks)
        best = [choice if choice.marks[v] > old.marks[v] else old for v, old in enumerate(best)]
    return tuple(best)


def _again(
    name: str, ready: _Fold, seed: int, first: Sequence[Choice], size: int
) -> tuple[Choice, ...]:
    """A later seed's fits: for each view with the setting that the first seed chose on its rows."""
    drawn = {one.setting for one in first if not one.fixed}
    fits = {setting: _best(name, ready, seed, [setting], size) for setting in sorted(drawn)}
    return tuple(one if one.fixed else fits[one.setting][view] for view, one in enumerate(first))


def _nothing(x: NDArray[np.floating]) -> Floats:
    return np.zeros((len(x), 1))


def _trial(group: Group, member: int, task: Task, chosen: Sequence[tuple[Choice, ...]]) -> Trial:
    """The record of one seed; `chosen` by fold and view."""
    assert isinstance(group.rung, Model)
    means = [
        np.mean([choice.marks[v] for v, choice in enumerate(views)], axis=0) for views in chosen
    ]
    floor = [
        np.mean([scoring.constant_scores(task, f.train, v.choose).mean() for v in f.views])
        for f in task.folds
    ]
    return Trial(
        key=naming.trial_key(group, member),
        group=naming.group_key(group),
        stage=group.stage,
        cell=group.cell,
        rung=group.rung,
        seed=group.members[member].seed,
        rates=group.members[member].rates,
        val=tuple(float(mean[0]) for mean in means),
        tie=tuple(float(mean[1]) for mean in means),
        floor=tuple(float(value) for value in floor),
        train=(None,) * len(chosen),
        steps=(0,) * len(chosen),
        best_step=(0,) * len(chosen),
        capped=0,
        nonfinite=0,
        flops=0.0,
        chosen=tuple(_said(group.rung, views, task) for views in chosen),
    )


def _said(one: Model, views: Sequence[Choice], task: Task) -> Chosen:
    """What was chosen in one fold: the setting of its first view, at the largest size of any."""
    file, setting = model(one.name), views[0].setting
    size = max(choice.size for choice in views)
    classes = task.info.kind == "classification"
    words = file.describe(setting, size)
    return Chosen(setting, size, words, file.code(setting, size, one.rows, classes))
