"""Columns of many levels: rare ones are learnt from where they tell the target apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests import toys

from howdeep.data.task import Task
from howdeep.modalities.table import classical, encode, levels
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import codes_of

KINDS = ("two", "three", "number")


def many(kind: str, strength: float, rows: int = 2_400, users: int = 300, seed: int = 0) -> Task:
    """Users who decide the target by `strength`, and a column of noise; some users are unknown."""
    rng = np.random.default_rng(seed)
    user = rng.integers(0, users, rows)
    effect = strength * rng.normal(size=users)[user] + rng.normal(size=rows)
    cells = np.array([f"u{u:04}" for u in user], dtype=object)
    cells[rng.random(rows) < 0.02] = None
    y: Any = effect
    if kind == "two":
        y = np.where(effect > 0, "yes", "no")
    if kind == "three":
        y = np.digitize(effect, [-0.7, 0.7]).astype(str)
    return make_task(to_table({"user": cells, "x": rng.normal(size=rows)}, y=y), "target")


def kept(task: Task) -> int:
    return len(encode.fit(task, task.folds[0].train).categories[0].codes)


@pytest.mark.parametrize("kind", KINDS)
def test_levels_that_tell_the_target_apart_are_kept(kind: str) -> None:
    assert kept(many(kind, 1.5)) > 280


@pytest.mark.parametrize("kind", KINDS)
def test_levels_that_do_not_are_pooled_as_one(kind: str) -> None:
    task = many(kind, 0.0)
    assert kept(task) == levels.MANY
    found = dict(encode.left_out(task, [encode.fit(task, task.folds[0].train)]))
    assert found["levels"].startswith("Column 'user': 24 of 300 levels are learnt from")


def test_noise_is_rarely_taken_for_more() -> None:
    """Of 400 columns of noise at most two are learnt by heart."""
    rng = np.random.default_rng(1)
    taken = 0
    for _ in range(400):
        codes = rng.integers(0, rng.integers(40, 400), 1_200)
        y = (rng.random(1_200) < rng.uniform(0.05, 0.95)).astype(float)
        taken += levels.rare_tell(codes, np.stack([y, 1 - y], 1))
    assert taken <= 2


def test_only_training_rows_are_asked() -> None:
    task = many("two", 1.5)
    train = task.folds[0].train
    others = np.setdiff1d(np.arange(len(task.target)), train)
    target = task.target.copy()
    target[others] = 1 - target[others]
    assert encode.fit(replace(task, target=target), train) == encode.fit(task, train)


def test_up_to_24_levels_nothing_changes() -> None:
    task = many("two", 1.5, users=20)
    train = task.folds[0].train
    assert encode.fit(task, train) == encode.fit_earlier(task, train)


def test_old_studies_keep_the_levels_that_they_had() -> None:
    task = many("two", 1.5)
    earlier = encode.fit_earlier(task, task.folds[0].train)
    assert len(earlier.categories[0].codes) == levels.MANY


@pytest.mark.parametrize("kind", KINDS)
def test_trees_get_the_mean_target_of_each_level(kind: str) -> None:
    """Cross-fitted on training rows: no row sees its own target."""
    task = many(kind, 1.5)
    train, test = task.folds[0].train, task.test
    read, categories = classical.reader(task, train, "cells")
    wide = {"two": 1, "three": 3, "number": 1}[kind]
    assert len(categories) == 2 + wide
    assert classical.columns(task, "cells") == 2 + wide
    means = read(test)[:, 2:]
    user = codes_of(task)[test, 0]
    pairs = {(u, tuple(m)) for u, m in zip(user.tolist(), means.tolist(), strict=True)}
    assert len(pairs) == len(set(user.tolist()))  # one mean a level
    own = read(train)[:, 2:]
    for row in (0, 17, 300):
        target = task.target.copy()
        classes = len(task.info.classes)
        target[train[row]] += 1 if target[train[row]] < classes - 1 or not classes else -1
        again = classical.reader(replace(task, target=target), train, "cells")[0](train)[:, 2:]
        assert np.array_equal(again[row], own[row])  # a row's own target is not in its mean
        assert not np.array_equal(again, own)
    noise, _ = classical.reader(many(kind, 0.0), train, "cells")
    assert noise(test).shape[1] == 2


def test_a_plan_says_which_levels_are_left_out() -> None:
    plan, _ = toys.begin(many("two", 0.0), max_seeds=2, depths=(0, 1))
    assert "24 of 300 levels" in dict(plan.cuts)["levels"]
    plan, _ = toys.begin(many("two", 1.5, users=20), max_seeds=2, depths=(0, 1))
    assert "levels" not in dict(plan.cuts)


def test_levels_of_one_row_each_tell_nothing() -> None:
    rng = np.random.default_rng(3)
    codes = np.concatenate([np.repeat(np.arange(24), 20), np.arange(24, 500)])
    assert not levels.rare_tell(codes, rng.normal(size=(len(codes), 1)))


def test_one_wild_row_does_not_make_noise_tell() -> None:
    rng = np.random.default_rng(4)
    for row in range(20):
        y = rng.normal(size=(1_200, 1))
        y[row] = 1e6
        assert not levels.rare_tell(rng.integers(0, 200, 1_200), y)


def test_a_rare_class_that_a_few_rare_levels_hold_is_told() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 150, 3_000)
    y = (codes % 10 == 0) & (rng.random(3_000) < 0.8)
    assert levels.rare_tell(codes, np.stack([y, ~y], 1).astype(float))
