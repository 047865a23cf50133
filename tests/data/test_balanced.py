"""Balanced accuracy in folds: a class counts as much as the others over the whole part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from howdeep.base.errors import TargetError
from howdeep.data import scoring
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.route.dossier import share


@pytest.mark.parametrize(("rows", "rare"), [(100, 4), (60, 5), (200, 10)])
def test_the_constant_predictor_scores_one_over_the_classes(rows: int, rare: int) -> None:
    rng = np.random.default_rng(0)
    label = np.array(["no"] * (rows - rare) + ["yes"] * rare)
    table = to_table({"a": rng.normal(size=rows), "y": rng.permutation(label)})
    task = make_task(table, "y", merge_rare=False, metric="balanced_accuracy")
    assert len(task.folds) == 5
    classes = len(set(task.target[task.select]))
    assert scoring.constant_on(task, "select").mean() == pytest.approx(1 / classes)


@pytest.mark.parametrize(("sizes", "named"), [((58, 2), "'c1'"), ((50, 48, 2, 2), "'c2', 'c3'")])
def test_classes_too_rare_to_train_and_compare_on_are_refused(
    sizes: tuple[int, ...], named: str
) -> None:
    """Where a part lacks a class, the others weigh more, and scores would pass 100 %."""
    rng = np.random.default_rng(0)
    label = np.repeat([f"c{j}" for j in range(len(sizes))], sizes)
    table = to_table({"a": rng.normal(size=len(label)), "y": label})
    with pytest.raises(TargetError, match=f"{named} ha.* fewer than 3 rows") as error:
        make_task(table, "y", metric="balanced_accuracy")
    assert "--metric accuracy" in error.value.fix
    assert ("--merge-rare" in error.value.fix) == (len(sizes) > 2)
    assert make_task(table, "y", metric="accuracy").info.metric == "accuracy"


def test_half_folds_add_up_to_the_metric() -> None:
    """Mean over the part of right x n / (C n_class) is the mean of the classes' accuracies."""
    rng = np.random.default_rng(1)
    n = 300
    label = np.where(np.arange(n) % 12 == 0, "b", np.where(np.arange(n) % 5 == 0, "c", "a"))
    table = to_table({"x": rng.normal(size=n), "y": label})
    task = make_task(table, "y", metric="balanced_accuracy")
    right = rng.random(n) < 0.7
    views = [view.score for fold in task.folds for view in fold.views]
    scores = np.concatenate([right[v] * scoring.row_weights(task, v) for v in views])
    rows = task.select
    each = [right[rows][task.target[rows] == c].mean() for c in range(3)]
    assert scores.mean() == pytest.approx(np.mean(each))
    assert scoring.loss_weights(task, task.folds[0].train).mean() == pytest.approx(1)


def test_sample_weights_average_one_over_the_part() -> None:
    rng = np.random.default_rng(2)
    table = to_table({"x": rng.normal(size=200), "y": rng.choice(["a", "b"], 200)})
    task = replace(make_task(table, "y", metric="accuracy"), weights=rng.uniform(0.1, 3, 200))
    views = [view.score for fold in task.folds for view in fold.views]
    every = np.concatenate([scoring.row_weights(task, v) for v in views])
    assert every.mean() == pytest.approx(1)


def test_with_sample_weights_all_right_is_one_and_scores_are_scikit_learns() -> None:
    """A class whose rows weigh more counts no more than another for it."""
    rng = np.random.default_rng(3)
    n = 400
    label = np.where(np.arange(n) % 10 == 0, "b", np.where(np.arange(n) % 4 == 0, "c", "a"))
    weights = np.where(label == "b", 5.0, 1.0) * rng.uniform(0.5, 2, n)
    table = to_table({"x": rng.normal(size=n), "y": label})
    task = replace(make_task(table, "y", metric="balanced_accuracy"), weights=weights)
    views = [view.score for fold in task.folds for view in fold.views]
    every = np.concatenate([scoring.row_weights(task, v) for v in views])
    assert every.mean() == pytest.approx(1)
    assert scoring.row_weights(task, task.test).mean() == pytest.approx(1)
    assert scoring.loss_weights(task, task.folds[0].train).mean() == pytest.approx(1)
    true, own = task.target[task.test], weights[task.test]
    said = np.where(rng.random(len(true)) < 0.6, true, 0)
    theirs = balanced_accuracy_score(true, said, sample_weight=own)
    assert ((said == true) * scoring.row_weights(task, task.test)).mean() == pytest.approx(theirs)


@pytest.mark.parametrize("rare", [4, 7, 20])
def test_all_right_on_a_piece_of_a_part_is_what_its_score_is_a_share_of(rare: int) -> None:
    """Half a fold may lack a class, and then all right is not one."""
    rng = np.random.default_rng(4)
    label = np.array(["a"] * (300 - rare) + ["b"] * rare)
    table = to_table({"x": rng.normal(size=300), "y": label})
    task = make_task(table, "y", metric="balanced_accuracy")
    for fold in task.folds:
        most = scoring.most(task, fold.tune_val)
        out = np.eye(2)[task.target[fold.tune_val].astype(int)]
        right = scoring.scorer(task, fold.tune_val).contributions(
            out, scoring.scale(task, fold.tune_train)
        )
        assert share(right.mean(), most) == pytest.approx(1)
        assert share(0.4 * right.mean(), most) == pytest.approx(0.4)
    one = replace(task, info=replace(task.info, metric="accuracy"))
    assert scoring.most(one, one.folds[0].tune_val) == 1.0
