"""howdeep's own engine, `training.fused`: the seeds of a depth as one tensor program."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from howdeep.base.nouns import Inputs, Precision, Recipe, Rung
from howdeep.base.trials import Group, Member, Result
from howdeep.data import scoring
from howdeep.data.column import Column
from howdeep.data.task import Fold, Task, View
from howdeep.executors.gpu import Gpu
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.table import Table
from howdeep.nets import families
from howdeep.trainers.fused import loop
from howdeep.trainers.fused.encoded import EncodedFold, placed
from workloads import BATCH, EXPONENT, Workload

NEEDS: tuple[str, ...] = ()
CONV = True
PRECISION: Precision = "fp32"


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
        torch.from_numpy(x), torch.from_numpy(y), torch.ones(len(y)), scoring.scale(made, train)
    )
    return made, data


def train(work: Workload) -> dict[int, list[float]]:
    """A group a depth, as a study trains it."""
    if work.conv:
        from peers import _plain_cnn

        known = families.names()
        families.names = lambda: (*known, "plain_cnn")
        sys.modules["howdeep.nets.families.plain_cnn"] = _plain_cnn
    made, data = task(work)
    found = {g.net.blocks: loop.train(g, made, (data,)) for g in groups(work, data)}
    return {depth: accuracies(results) for depth, results in found.items()}


def train_on(
    work: Workload, device: torch.device, made: Task, data: EncodedFold
) -> dict[int, list[float]]:
    """The same on a GPU (`gpu.py`), the depths side by side; `made`, `data`: `task(work)`."""
    deepest_first = groups(work, data)[::-1]
    outcomes = Gpu(device).train(deepest_first, made, placed((data,), device))
    found = {outcome.group.net.blocks: accuracies(outcome.results) for outcome in outcomes}
    return dict(sorted(found.items()))


def groups(work: Workload, data: EncodedFold) -> list[Group]:
    """The seeds of each depth, the deepest last."""
    columns = data.x.shape[1]
    image = work.x.shape[1:] if work.conv else ()
    inputs = Inputs(columns, columns, columns, image)
    how = Recipe(BATCH, work.steps, evaluate_every=work.steps, warmup=0, ema=0.0, weight_decay=0.0)
    how = replace(how, precision=PRECISION)
    members = tuple(Member(seed, (EXPONENT,)) for seed in range(work.seeds))
    family = "plain_cnn" if work.conv else "mlp"
    rungs = [Rung(family, depth, work.width, inputs, work.classes) for depth in work.depths]
    return [Group("main", "bench", rung, members, "", how, 0) for rung in rungs]


def accuracies(results: Sequence[Result]) -> list[float]:
    """On the test rows, seed by seed."""
    return [float(result.arrays["select"].mean()) for result in results]
