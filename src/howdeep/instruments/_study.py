"""The nets of a study as subjects: one of every cell, as it was trained, with the study's rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep.base.nouns import Rung
from howdeep.base.trials import Trial
from howdeep.data.task import Task
from howdeep.export.handover import HandedOver, handed_over
from howdeep.instruments._subject import Kind, Loss, Rows, Subject
from howdeep.nets.families import family
from howdeep.store.study import Study


def subjects(study: Study, cells: Sequence[str] = (), rows: int = 4_096) -> tuple[Subject, ...]:
    """One net of each cell (or of those named), shallow first: the first seed whose net was kept.

    `rows`: at most so many of each part are encoded, drawn alike for every net.

    Raises:
        StudyError: the study is damaged.
    """
    task, wanted = study.task(), set(cells)
    order = {cell.name: cell.order for cell in study.plan.cells}
    first: dict[str, tuple[Trial, HandedOver]] = {}
    for trial in sorted(_main(study), key=lambda trial: trial.seed):
        if trial.cell in first or (wanted and trial.cell not in wanted):
            continue
        net = handed_over(study, task, trial)
        if net is not None:
            first[trial.cell] = (trial, net)
    known = sorted(first, key=lambda name: order.get(name, (1 << 30, 0, name)))
    return tuple(_subject(study, task, *first[name], rows) for name in known)


def _main(study: Study) -> list[Trial]:
    """The trials of the comparison itself, whose nets were trained at their chosen rate."""
    return [
        trial
        for trial in study.trials()
        if trial.stage == "main" and not trial.failed and isinstance(trial.rung, Rung)
    ]


def _subject(study: Study, task: Task, trial: Trial, net: HandedOver, most: int) -> Subject:
    fold_number = int(study.arrays(trial)["net.fold"][0])
    fold = task.folds[fold_number]
    chose = np.concatenate([view.choose for view in fold.views])
    parts = {"train": fold.train, "choose": np.unique(chose), "test": task.test}
    classes = task.info.classes
    return Subject(
        name=trial.cell,
        net=net.net,
        parts={name: _rows(task, net, index, most) for name, index in parts.items()},
        loss=loss_of("classes" if classes else "numbers"),
        kind="classes" if classes else "numbers",
        classes=classes,
        depth=trial.net.blocks,
        family=trial.net.family if trial.net.blocks else "",
        rate=2.0 ** trial.rates[fold_number],
        scale=net.spread,
        fresh=fresh(trial.net),
        image=trial.net.inputs.image,
        task=task,
        encode=net.encode,
    )


def _rows(task: Task, net: HandedOver, index: NDArray[np.int64], most: int) -> Rows:
    if len(index) > most:
        drawn = np.random.default_rng(0).permutation(len(index))[:most]
        index = index[np.sort(drawn)]
    samples = {name: values[index] for name, values in task.samples.items()}
    target = task.target[index]
    if task.info.classes:
        y = torch.from_numpy(target.astype(np.int64))
    else:
        y = torch.from_numpy(((target - net.shift) / net.spread).astype(np.float32))
    x = net.encode(samples) if len(index) else torch.zeros(0, net.inputs.columns)
    weights = None if task.weights is None else task.weights[index].astype(np.float64)
    groups = None if task.groups is None else task.groups[index]
    return Rows((x,), y, index, weights, groups)


def loss_of(kind: Kind) -> Loss:
    """Cross-entropy of class numbers (N,), or the squared error of numbers (N,) or (N, C)."""

    def squared(outputs: Tensor, targets: Tensor) -> Tensor:
        return F.mse_loss(outputs.reshape(targets.shape), targets)

    return F.cross_entropy if kind == "classes" else squared


def fresh(rung: Rung) -> Callable[[int], nn.Module]:
    """What makes untrained nets of a rung, as training begins with."""
    own = family(rung.family)

    def make(seed: int) -> nn.Module:
        net = own.module(rung)
        start = own.init(rung, torch.Generator().manual_seed(seed))
        net.load_state_dict(own.state_dict(rung, start), strict=False)
        return net.eval()

    return make
