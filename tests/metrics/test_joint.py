"""Metrics whose rows only contribute together, where rows are few, missing or not scored at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests import toys

from howdeep import metrics
from howdeep.data import scoring
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.trainers.fused import encoded, evaluate, gpu_scores, loop, outcome

JOINT = [name for name in metrics.names() if metrics.metric(name).joint]


def made(metric: str, rare: int, weighted: bool = False, n: int = 300) -> Task:
    """Two classes, of which the second has so few rows that most half folds lack it."""
    rng = np.random.default_rng(rare)
    y = np.array(["often"] * (n - rare) + ["rare"] * rare)
    weights = rng.uniform(0.2, 4, n) if weighted else None
    return make_task(
        to_table({"x": rng.normal(size=n), "y": y}), "y", metric=metric, weights=weights
    )


@pytest.mark.parametrize("metric", JOINT)
@pytest.mark.parametrize("rare", [5, 7, 12])
def test_half_folds_that_lack_a_class_are_scored_all_the_same(metric: str, rare: int) -> None:
    task, rng = made(metric, rare), np.random.default_rng(1)
    views = [(fold, view) for fold in task.folds for view in fold.views]
    assert any(len(set(task.target[view.score].tolist())) == 1 for _, view in views) or rare > 7
    outs = [rng.normal(size=(len(view.score), 2)) for _, view in views]
    perfect = [9.0 * np.eye(2)[task.target[view.score].astype(np.int64)] for _, view in views]
    scales = [scoring.scale(task, fold.train) for fold, _ in views]
    assert np.isfinite(scoring.joined(task, outs, scales)).all()
    assert scoring.joined(task, perfect, scales).mean() == pytest.approx(1.0)
    assert np.isfinite(scoring.constant_on(task, "select")).all()


@pytest.mark.parametrize("metric", JOINT)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 40])
def test_both_ways_of_scoring_agree_on_few_rows(metric: str, weighted: bool, rows: int) -> None:
    """One row, rows of one class, and ties; the way of a GPU and that of a processor."""
    task = made(metric, 60, weighted)
    fold = encoded.encoded(task)[0]
    some = np.sort(np.concatenate([np.arange(rows), np.arange(240, 240 + rows - 1)]))
    out = torch.from_numpy(np.random.default_rng(2).normal(size=(3, len(some), 2)))
    out[2] = 0.25  # a net that says the same of every row
    out = out.float()
    found = gpu_scores.seen(task, out, fold, [some], out[:, :0], some[:0])
    wanted = evaluate.means(task, out.numpy(), some, fold)
    assert [net[0].metric for net in found] == pytest.approx(wanted.tolist())
    assert np.isfinite(wanted).all()


@pytest.mark.parametrize("metric", JOINT)
def test_a_net_that_ended_in_one_view_is_guessed_there_alone(
    metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy = toys.task(rows=300, folds=3)
    toy = replace(toy, info=replace(toy.info, metric=metric))
    data = encoded.encoded(toy)
    group = toys.group(toy, encoded.inputs(toy, encoded.encoders(toy)), "mlp", 1, steps=60)
    whole = loop.train(group, toy, data)[0].arrays["select"]
    bad, own = toy.folds[0].views[0].score, outcome._view_outputs

    def lost(group, fold, views, rows):  # type: ignore[no-untyped-def]
        found = own(group, fold, views, rows)
        if rows is bad and found[0] is not None:
            found[0] = np.full_like(found[0], np.nan)
        return found

    monkeypatch.setattr(outcome, "_view_outputs", lost)
    hurt = loop.train(group, toy, data)[0].arrays["select"]
    assert np.isfinite(hurt).all()
    assert hurt.mean() < whole.mean()
    assert hurt.mean() > scoring.constant_on(toy, "select").mean()
