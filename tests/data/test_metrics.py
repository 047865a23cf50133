"""Every score is scikit-learn's on the same predictions, whatever the scheme and the target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as theirs

from howdeep.data import scoring
from howdeep.data.task import RowIndex, Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.trainers.fused import gpu_scores

HOLDOUT, FOLDS = 4_100, 300
TARGETS = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_t(1.2, n) * 40,
    "lognormal": lambda rng, n: np.exp(2.5 * rng.normal(size=n)),
    "large and narrow": lambda rng, n: 1e9 + rng.normal(size=n),
}
CLASSES = {
    "two": (0.7, 0.3),
    "rare": (0.9, 0.07, 0.03),
    "ten": (0.1,) * 10,
}


def numbers(name: str, n: int, metric: str, seed: int = 0) -> Task:
    rng = np.random.default_rng(seed)
    frame = {"x": rng.normal(size=n), "y": TARGETS[name](rng, n)}
    return make_task(to_table(frame), "y", kind="regression", metric=metric)  # type: ignore[arg-type]


def labels(name: str, n: int, metric: str, seed: int = 0) -> Task:
    rng = np.random.default_rng(seed)
    y = rng.choice([f"c{i}" for i in range(len(CLASSES[name]))], n, p=CLASSES[name])
    return make_task(to_table({"x": rng.normal(size=n), "y": y}), "y", metric=metric)  # type: ignore[arg-type]


def views(task: Task) -> list[tuple[RowIndex, RowIndex]]:
    """(training rows, scored rows) of every view, in the order of the select part."""
    return [(fold.train, view.score) for fold in task.folds for view in fold.views]


def scored(task: Task, out: np.ndarray, train: RowIndex, rows: RowIndex) -> np.ndarray:
    """What rows contribute of outputs (n, C) on `rows`, the same on a GPU's way."""
    scale, by = scoring.scale(task, train), scoring.scorer(task, rows)
    z = by.contributions(out, scale)
    there = gpu_scores.row_scores(
        by.metric, torch.from_numpy(out)[None], torch.from_numpy(by.basis.target), by.basis, scale
    )
    np.testing.assert_allclose(there[0].numpy() * by.basis.weights, z, rtol=1e-9, atol=1e-12)
    return z


def error(metric: str, y: np.ndarray, guess: np.ndarray) -> float:
    if metric == "mse":
        return theirs.r2_score(y, guess) - 1
    return theirs.d2_absolute_error_score(y, guess) - 1


@pytest.mark.parametrize("n", [FOLDS, HOLDOUT])
@pytest.mark.parametrize("metric", ["mse", "mae"])
@pytest.mark.parametrize("name", TARGETS)
def test_errors_of_numbers(name: str, metric: str, n: int) -> None:
    """In folds that is the score of the pooled predictions, each fold by a net of its own."""
    task, rng = numbers(name, n, metric), np.random.default_rng(1)
    z, guesses = [], []
    for train, rows in views(task):
        scale = scoring.scale(task, train)
        out = rng.normal(size=(len(rows), 1))
        guesses.append(out[:, 0] * scale.spread + scale.shift)
        z.append(scored(task, out, train, rows))
    wanted = error(metric, task.target[task.select], np.concatenate(guesses))
    assert np.concatenate(z).mean() == pytest.approx(wanted, rel=1e-6)
    train = task.folds[0].train
    scale, out = scoring.scale(task, train), rng.normal(size=(len(task.test), 1))
    wanted = error(metric, task.target[task.test], out[:, 0] * scale.spread + scale.shift)
    assert scored(task, out, train, task.test).mean() == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("n", [FOLDS, HOLDOUT])
@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "log_loss"])
@pytest.mark.parametrize("name", CLASSES)
def test_scores_of_classes(name: str, metric: str, n: int) -> None:
    task, rng = labels(name, n, metric), np.random.default_rng(2)
    every = [
        (train, rows, rng.normal(size=(len(rows), task.outputs))) for train, rows in views(task)
    ]
    z = np.concatenate([scored(task, out, train, rows) for train, rows, out in every])
    out, y = np.concatenate([out for _, _, out in every]), task.target[task.select]
    chances = np.exp(out) / np.exp(out).sum(1, keepdims=True)
    wanted = {
        "accuracy": theirs.accuracy_score(y, out.argmax(1)),
        "balanced_accuracy": theirs.balanced_accuracy_score(y, out.argmax(1)),
        "log_loss": -theirs.log_loss(y, chances, labels=range(task.outputs)),
    }
    assert z.mean() == pytest.approx(wanted[metric], rel=1e-6)


@pytest.mark.parametrize("n", [FOLDS, HOLDOUT])
def test_always_guessing_the_mean_has_no_r2(n: int) -> None:
    task = numbers("lognormal", n, "mse")
    for part in ("select", "test"):
        assert -1.1 < scoring.constant_on(task, part).mean() <= -1


@pytest.mark.parametrize("n", [FOLDS, HOLDOUT])
@pytest.mark.parametrize("metric", ["mse", "mae"])
def test_weighted_rows_count_as_scikit_learn_counts_them(metric: str, n: int) -> None:
    rng = np.random.default_rng(3)
    task = numbers("normal", n, metric)
    task = replace(task, weights=rng.uniform(0.1, 5, n))
    z, guesses = [], []
    for train, rows in views(task):
        scale, out = scoring.scale(task, train), rng.normal(size=(len(rows), 1))
        guesses.append(out[:, 0] * scale.spread + scale.shift)
        z.append(scored(task, out, train, rows))
    y, w, guess = task.target[task.select], task.weights[task.select], np.concatenate(guesses)  # type: ignore[index]
    score = theirs.r2_score if metric == "mse" else theirs.d2_absolute_error_score
    near = 1e-9 if metric == "mse" else 1e-2  # of a weighted median there are several definitions
    wanted = score(y, guess, sample_weight=w) - 1
    assert np.concatenate(z).mean() == pytest.approx(wanted, rel=near)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1e-100, 1e-9, 1.0, 1e9, 1e100]))
def test_r2_does_not_depend_on_the_unit(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    frame = {"x": rng.normal(size=120), "y": rng.normal(size=120) * unit}
    task = make_task(to_table(frame), "y", kind="regression", metric="mse")
    train, rows = views(task)[0]
    out = rng.normal(size=(len(rows), 1))
    plain = replace(task, target=task.target / unit)
    one, other = (scored(t, out, train, rows).mean() for t in (task, plain))
    assert one == pytest.approx(other, rel=1e-9)


def test_rows_that_are_all_alike_have_a_score() -> None:
    """A test file of one price: scikit-learn has no R2 there, and neither do errors overflow."""
    rng = np.random.default_rng(0)
    main = to_table({"x": rng.normal(size=100), "y": rng.normal(size=100)})
    test = to_table({"x": rng.normal(size=20), "y": np.full(20, 0.5)})
    task = make_task(main, "y", kind="regression", test=test)
    assert np.isfinite(scoring.constant_on(task, "test")).all()
