"""Macro F1 of a study's rows is scikit-learn's, in folds over all nets of a seed together."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task

SHARES = {"two": (0.8, 0.2), "rare": (0.95, 0.05), "four": (0.4, 0.3, 0.2, 0.1)}


def made(name: str, weighted: bool) -> Task:
    rng = np.random.default_rng(0)
    y = rng.choice([f"c{i}" for i in range(len(SHARES[name]))], 400, p=SHARES[name])
    weights = rng.uniform(0.2, 3, 400) if weighted else None
    table = to_table({"x": rng.normal(size=400), "y": y})
    return make_task(table, "y", metric="f1_macro", weights=weights)


def outputs(task: Task, rows: np.ndarray, seed: int) -> np.ndarray:
    y = task.target[rows].astype(np.int64)
    noise = np.random.default_rng(seed).normal(size=(len(y), task.outputs))
    return noise + 1.5 * np.eye(task.outputs)[y]


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("weighted", [False, True])
def test_folds_are_counted_together(name: str, weighted: bool) -> None:
    task = made(name, weighted)
    views = [(fold, view) for fold in task.folds for view in fold.views]
    assert len(views) == 10
    outs = [outputs(task, view.score, i) for i, (_, view) in enumerate(views)]
    z = scoring.joined(task, outs, [scoring.scale(task, fold.train) for fold, _ in views])
    y, said = task.target[task.select], np.concatenate(outs).argmax(1)
    own = None if task.weights is None else task.weights[task.select]
    wanted = f1_score(y, said, average="macro", sample_weight=own)
    assert z.mean() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("name", SHARES)
def test_so_are_test_rows_and_guessing(name: str) -> None:
    task = made(name, False)
    y, out = task.target[task.test], outputs(task, task.test, 9)
    scale = scoring.scale(task, task.folds[0].train)
    z = scoring.scorer(task, task.test).contributions(out, scale)
    assert z.mean() == pytest.approx(f1_score(y, out.argmax(1), average="macro"), abs=1e-12)
    most = int(np.bincount(task.target[task.folds[0].train].astype(np.int64)).argmax())
    always = f1_score(y, np.full(len(y), most), average="macro")
    assert scoring.constant_on(task, "test").mean() == pytest.approx(always, abs=1e-12)


def test_a_row_of_a_rare_class_counts_as_in_balanced_accuracy() -> None:
    task = made("rare", False)
    rare = int((task.target[task.select] == 1).sum())
    assert scoring.unit(task) == pytest.approx(len(task.select) / 2 / rare)
