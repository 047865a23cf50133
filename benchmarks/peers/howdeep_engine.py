"""howdeep's own engine, `training.fused`: the seeds of a depth as one tensor program."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import torch
from workloads import BATCH, EXPONENT, Workload

from howdeep import families
from howdeep.base.nouns import Inputs, Recipe, Rung
from howdeep.base.trials import Group, Member
from howdeep.data import metrics
from howdeep.data.prepare import make_task
from howdeep.data.table import Column, Table
from howdeep.data.task import Fold, Task, View
from howdeep.training import fused
from howdeep.training.encoded import EncodedFold

NEEDS = ()
CONV = True
PRECISION = "fp32"


def task(work: Workload) -> tuple[Task, EncodedFold]:
    """The workload's rows as a task: trained on all, looked at once, scored on the test rows."""
    y = np.concatenate([work.y, work.y_test])
    train, test = np.arange(len(work.y)), np.arange(len(work.y), len(y))
    rng = np.random.default_rng(0)
    columns = (Column("x", rng.standard_normal(len(y))), Column("y", y.astype(str).astype(object)))
    made = make_task(Table(work.name, "", "0" * 64, columns), "y")
    fold = Fold(train, (View(test[:100], test),), train, test[:100])
    made = Task(**{**vars(made), "folds": (fold,), "test": test[:1]})
    x = np.concatenate([work.x, work.x_test]).reshape(len(y), -1)
    data = EncodedFold(
        torch.from_numpy(x), torch.from_numpy(y), torch.ones(len(y)), metrics.scale(made, train)
    )
    return made, data


def train(work: Workload) -> dict[int, list[float]]:
    """A group a depth, as a study trains it."""
    if work.conv:
        from peers import _plain_cnn

        known = families.names()
        families.names = lambda: (*known, "plain_cnn")
        sys.modules["howdeep.families.plain_cnn"] = _plain_cnn
    made, data = task(work)
    columns = data.x.shape[1]
    image = work.x.shape[1:] if work.conv else ()
    inputs = Inputs(columns, columns, columns, image)
    how = Recipe(BATCH, work.steps, evaluate_every=work.steps, warmup=0, ema=0.0, weight_decay=0.0)
    how = replace(how, precision=PRECISION)
    out = {}
    for depth in work.depths:
        rung = Rung("plain_cnn" if work.conv else "mlp", depth, work.width, inputs, work.classes)
        members = tuple(Member(seed, (EXPONENT,)) for seed in range(work.seeds))
        results = fused.train(Group("main", "bench", rung, members, "", how, 0), made, (data,))
        out[depth] = [float(result.arrays["select"].mean()) for result in results]
    return out
