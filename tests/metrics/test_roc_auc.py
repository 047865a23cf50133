"""ROC AUC of a study's rows is scikit-learn's, in both schemes; and it decides a whole study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import howdeep
from howdeep import metrics
from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.store.study import Study

SHARES = {"two": (0.8, 0.2), "rare": (0.97, 0.03), "four": (0.4, 0.3, 0.2, 0.1)}
HOLDOUT, FOLDS = 60_000, 400


def made(name: str, n: int, weighted: bool = False) -> Task:
    rng = np.random.default_rng(0)
    y = rng.choice([f"c{i}" for i in range(len(SHARES[name]))], n, p=SHARES[name])
    weights = rng.uniform(0.2, 3, n) if weighted else None
    table = to_table({"x": rng.normal(size=n), "y": y})
    return make_task(table, "y", metric="roc_auc", weights=weights)


def chances(out: np.ndarray) -> np.ndarray:
    p = np.exp(out - out.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


def theirs(y: np.ndarray, out: np.ndarray, weights: np.ndarray | None = None) -> float:
    p = chances(out)
    if p.shape[1] == 2:  # where a probability rounds to 1, rows would be tied
        return float(roc_auc_score(y, out[:, 1] - out[:, 0], sample_weight=weights))
    return float(roc_auc_score(y, p, multi_class="ovr", sample_weight=weights))


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_that_one_net_scored_are_ranked_as_scikit_learn_ranks_them(
    name: str, weighted: bool
) -> None:
    task, rng = made(name, FOLDS, weighted), np.random.default_rng(1)
    y = task.target[task.test].astype(np.int64)
    out = rng.normal(size=(len(y), task.outputs)) + 2 * np.eye(task.outputs)[y]
    z = scoring.scorer(task, task.test).contributions(out, scoring.scale(task, task.folds[0].train))
    own = task.weights[task.test] if task.weights is not None else None
    assert z.mean() == pytest.approx(theirs(y, out, own), abs=1e-12)


@pytest.mark.parametrize("name", SHARES)
def test_in_folds_only_rows_of_one_net_are_ranked_against_each_other(name: str) -> None:
    """Nets whose scores lie on other scales are worth what each is worth by itself."""
    task, rng = made(name, FOLDS), np.random.default_rng(2)
    views = [(fold, view) for fold in task.folds for view in fold.views]
    assert len(views) == 10
    outs, scales = [], []
    for i, (fold, view) in enumerate(views):
        y = task.target[view.score].astype(np.int64)
        out = rng.normal(size=(len(y), task.outputs)) + 2 * np.eye(task.outputs)[y]
        shift = np.zeros(task.outputs)
        shift[-1] = 50.0 * i  # moves every row alike: no ranking changes
        outs.append(out + shift if task.outputs == 2 else out)
        scales.append(scoring.scale(task, fold.train))
    z = scoring.joined(task, outs, scales)
    alone = scoring.joined(task, [o - o.mean(0) if task.outputs == 2 else o for o in outs], scales)
    assert z.mean() == pytest.approx(alone.mean(), abs=1e-9)
    pairs, right = 0.0, 0.0
    if task.outputs == 2:
        for (_, view), out in zip(views, outs, strict=True):
            y = task.target[view.score].astype(np.int64)
            some = float(y.sum() * (len(y) - y.sum()))
            pairs += some
            right += some * theirs(y, out) if some else 0.0
        assert z.mean() == pytest.approx(right / pairs, abs=1e-12)


@pytest.mark.parametrize("name", SHARES)
def test_guessing_is_a_half_everywhere(name: str) -> None:
    task = made(name, FOLDS)
    for part in ("select", "test"):
        assert scoring.constant_on(task, part) == pytest.approx(0.5)


def test_a_row_of_a_rare_class_counts_more_and_few_rows_are_in_effect() -> None:
    even, rare = made("two", FOLDS), made("rare", FOLDS)
    assert scoring.unit(rare) > 3 * scoring.unit(even)
    assert scoring.effective_rows(rare) < scoring.effective_rows(even) / 2
    assert metrics.metric("roc_auc").unseen * len(rare.select) / 12 > scoring.unit(rare) > 1


@pytest.mark.parametrize("folds", [True, False])
def test_a_whole_study_is_decided_by_it(folds: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(500 if folds else 900, 2))
    hidden = 1 / (1 + np.exp(-3 * x[:, 0] * x[:, 1]))
    y = np.where(rng.random(len(x)) < hidden, "up", "down")
    given = {"x": x[:500], "y": y[:500]}
    test = None if folds else ({"a": x[500:, 0], "b": x[500:, 1]}, y[500:])
    frame = {"a": given["x"][:, 0], "b": given["x"][:, 1]}
    answer = howdeep.run(
        frame,
        y=given["y"],
        test=test,
        metric="roc_auc",
        out=tmp_path / "a.study",
        depths=(0, 1, 2),
        max_seeds=3,
        max_steps=600,
        rivals=("plain", "forest"),
        jobs=1,
    )
    verdict = answer.verdict
    assert verdict.metric == "roc_auc"
    assert verdict.constant == pytest.approx(0.5)
    best = max(cell.standing.score for cell in verdict.cells)
    linear = next(c.standing.score for c in verdict.cells if not c.standing.cell.blocks)
    assert best > 0.7 > linear
    with Study.open(tmp_path / "a.study") as study:
        trial = next(t for t in study.trials() if t.stage == "main")
        rows = study.arrays(trial)["select"]
        assert rows.shape == (study.plan.task.select_rows,)
    assert "ROC AUC" in (tmp_path / "a.study" / "report.html").read_text()
