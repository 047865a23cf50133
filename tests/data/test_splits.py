"""Splits: every row in one part, duplicates whole, classes spread, nothing random but the seed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.errors import ConfigError, TableError
from howdeep.data import cap, splits
from howdeep.data.splits import Splits
from howdeep.data.task import Task
from howdeep.data.units import alike, join_units
from howdeep.modalities import image, table
from howdeep.modalities.table import prepare
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import CODES, NUMBERS


def labels(n: int, shares: tuple[float, ...] = (0.7, 0.2, 0.1), seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(len(shares), size=n, p=shares).astype(np.int64)


def holdout(made: Splits) -> dict[str, np.ndarray]:
    view = made.folds[0].views[0]
    parts = {"train": made.folds[0].train, "val": view.choose, "select": view.score}
    return parts | {"test": made.test}


IMAGES = image.PARTING.holdout_rows  # few enough for many draws


def make(n: int, seed: int = 0, **options: object) -> Splits:
    y = labels(n)
    given = {"holdout_rows": IMAGES} | options
    return splits.split(y, np.arange(n), seed, **given)  # type: ignore[arg-type]


# ---- hold-out ------------------------------------------------------------------------------------
def test_4000_rows_are_held_out_60_10_15_15() -> None:
    made = make(4_000)
    assert made.scheme == "holdout"
    sizes = {name: len(rows) for name, rows in holdout(made).items()}
    assert sizes == {"train": 2_400, "val": 400, "select": 600, "test": 600}
    every = np.concatenate(list(holdout(made).values()))
    assert sorted(every) == list(range(4_000))


def test_fewer_rows_are_folded() -> None:
    assert make(3_999).scheme == "folds"
    rows = table.PARTING.holdout_rows
    assert make(rows - 1, holdout_rows=rows).scheme == "folds"
    assert make(rows, holdout_rows=rows).scheme == "holdout"


def test_parts_are_capped_and_the_rest_trains() -> None:
    sizes = {name: len(rows) for name, rows in holdout(make(100_000)).items()}
    assert sizes == {"train": 75_000, "val": 5_000, "select": 10_000, "test": 10_000}


def test_with_a_test_file_nothing_else_is_held_for_testing() -> None:
    made = make(10_000, test_given=True)
    sizes = {name: len(rows) for name, rows in holdout(made).items()}
    assert sizes == {"train": 7_500, "val": 1_000, "select": 1_500, "test": 0}


def test_rates_are_tuned_on_train_and_val() -> None:
    made = make(5_000)
    fold = made.folds[0]
    np.testing.assert_array_equal(fold.tune_train, fold.train)
    np.testing.assert_array_equal(fold.tune_val, fold.views[0].choose)


def test_classes_are_spread_over_the_parts() -> None:
    y = labels(6_000)
    for rows in holdout(splits.split(y, np.arange(6_000), 0, holdout_rows=IMAGES)).values():
        share = np.bincount(y[rows], minlength=3) / len(rows)
        np.testing.assert_allclose(share, np.bincount(y) / 6_000, atol=0.01)


def test_quantiles_of_the_target_are_spread_over_the_parts() -> None:
    y = np.random.default_rng(0).lognormal(size=5_000)
    made = splits.split(splits.strata_of(y, 0), np.arange(5_000), 0, holdout_rows=IMAGES)
    for rows in holdout(made).values():
        below = [(y[rows] < np.quantile(y, q)).mean() for q in (0.1, 0.5, 0.9)]
        np.testing.assert_allclose(below, [0.1, 0.5, 0.9], atol=0.02)


def test_training_sees_every_class_however_rare() -> None:
    y = labels(5_000)
    y[:2], y[2:5], y[5:6] = 3, 4, 5
    train = holdout(splits.split(y, np.arange(5_000), 3, holdout_rows=IMAGES))["train"]
    assert set(y[train]) == set(range(6))


# ---- folds ---------------------------------------------------------------------------------------
@settings(max_examples=25, deadline=None)
@given(st.integers(50, 600), st.integers(0, 5), st.booleans())
def test_every_row_is_scored_once_and_never_trained_on(n: int, seed: int, given: bool) -> None:
    made = make(n, seed, test_given=given)
    assert len(made.folds) == 5
    scored = np.concatenate([view.score for fold in made.folds for view in fold.views])
    assert sorted([*scored, *made.test]) == list(range(n))
    assert len(made.test) == (0 if given else pytest.approx(n / 5, abs=1))
    for fold in made.folds:
        one, two = fold.views
        np.testing.assert_array_equal(one.choose, two.score)
        np.testing.assert_array_equal(two.choose, one.score)
        assert abs(len(one.score) - len(two.score)) <= 1
        held = {*one.score, *two.score}
        assert not held & set(fold.train)
        assert held | set(fold.train) == set(scored)


def test_rates_never_see_held_out_rows_of_their_fold() -> None:
    for fold in make(1_000).folds:
        tuned = sorted([*fold.tune_train, *fold.tune_val])
        assert tuned == sorted(fold.train)
        assert len(fold.tune_val) == pytest.approx(len(fold.train) / 5, abs=1)


# ---- duplicates, groups, time --------------------------------------------------------------------
def parts(made: Splits) -> list[np.ndarray]:
    if made.scheme == "holdout":
        return list(holdout(made).values())
    halves = [view.score for fold in made.folds for view in fold.views]
    return [*halves, made.test]


@pytest.mark.parametrize("n", [900, 6_000])
def test_units_stay_whole(n: int) -> None:
    units = np.random.default_rng(0).integers(0, n // 3, n)
    made = splits.split(labels(n), units, 0, holdout_rows=IMAGES)
    seen: set[int] = set()
    for rows in parts(made):
        mine = set(units[rows].tolist())
        assert not mine & seen
        seen |= mine
    for fold in made.folds:
        assert not set(units[fold.tune_train]) & set(units[fold.tune_val])


def test_a_giant_unit_trains_and_unbalances_no_part() -> None:
    units = np.arange(6_000)
    units[2_000:4_000] = 2_000
    made = splits.split(labels(6_000), units, 0, holdout_rows=IMAGES)
    giant = np.arange(2_000, 4_000)
    np.testing.assert_array_equal(made.giants, giant)
    assert set(giant) <= set(made.folds[0].train)
    assert [len(rows) for rows in parts(made)] == pytest.approx([4_400, 400, 600, 600], abs=1)


def test_a_giant_unit_is_in_every_fold_but_never_held_out() -> None:
    units = np.arange(600)
    units[:250] = 0
    made = splits.split(labels(600), units, 0, holdout_rows=IMAGES)
    for fold in made.folds:
        assert set(range(250)) <= set(fold.tune_train)
        assert not set(range(250)) & {*fold.views[0].score, *fold.views[1].score, *made.test}


def test_duplicates_are_equal_cells_whatever_the_target() -> None:
    numbers = np.array([[1.0, np.nan], [1.0, np.nan], [1.0, 2.0], [1.0, np.nan]])
    codes = np.array([[0], [0], [0], [1]])
    assert list(alike({NUMBERS: numbers, CODES: codes})) == [0, 0, 1, 2]
    wide = np.tile(numbers, 9)
    assert list(alike({NUMBERS: wide, CODES: codes})) == [0, 0, 1, 2]


def test_groups_and_duplicates_join() -> None:
    """a-b are duplicates, b-c one group, so all three stay together."""
    assert list(join_units(np.array([0, 0, 1, 2]), np.array([5, 7, 7, 9]))) in (
        [0, 0, 0, 1],
        [1, 1, 1, 0],
    )


@pytest.mark.parametrize("n", [500, 5_000])
def test_later_rows_go_to_later_parts(n: int) -> None:
    time = np.random.default_rng(0).integers(0, n // 4, n).astype(float)
    made = make(n, time=time, holdout_rows=table.PARTING.holdout_rows)
    assert made.scheme == "holdout"
    ordered = list(holdout(made).values())
    for earlier, later in itertools.pairwise(ordered):
        assert time[earlier].max() < time[later].min()
    assert [len(p) / n for p in ordered] == pytest.approx([0.6, 0.1, 0.15, 0.15], abs=0.02)


def test_groups_stay_whole_in_a_task_and_impossible_ones_are_refused() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(600, 2)), labels(600)
    groups = np.repeat(np.arange(60), 10)
    task = make_task(to_table(x, y), "target", groups=groups)
    assert not set(groups[task.test]) & set(groups[task.select])
    with pytest.raises(TableError, match=r"cannot be split: 2 groups are too few"):
        make_task(to_table(x, y), "target", groups=np.arange(600) // 300)
    with pytest.raises(ConfigError, match="all rows are of one group"):
        make_task(to_table(x, y), "target", groups=np.zeros(600))


# ---- randomness ----------------------------------------------------------------------------------
def test_only_the_seed_is_random() -> None:
    one, same, other = make(5_000, 1), make(5_000, 1), make(5_000, 2)
    np.testing.assert_array_equal(one.test, same.test)
    assert set(one.test) != set(other.test)


def test_the_global_generator_is_left_alone() -> None:
    state = np.random.get_state()[1].copy()  # type: ignore[index]
    make(5_000)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # type: ignore[index]


# ---- the cap on training rows --------------------------------------------------------------------
def task(n: int) -> Task:
    x = np.random.default_rng(0).normal(size=(n, 3))
    return make_task(to_table(x, labels(n)), "target")


def test_capped_training_rows_keep_the_class_shares_and_all_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parting = replace(table.PARTING, holdout_rows=IMAGES)
    monkeypatch.setattr(prepare, "PARTING", parting)
    full = task(8_000)
    capped = cap.cap_train(full, 1_000, 0)
    kept, before = capped.folds[0].train, full.folds[0].train
    assert len(kept) == 1_000
    assert set(kept) <= set(before)
    np.testing.assert_array_equal(capped.folds[0].tune_train, kept)
    np.testing.assert_array_equal(capped.select, full.select)
    np.testing.assert_array_equal(capped.test, full.test)
    shares = [np.bincount(full.target[rows].astype(int)) / len(rows) for rows in (kept, before)]
    np.testing.assert_allclose(*shares, atol=0.005)
    assert dict(capped.info.rows)["train"] == 1_000
    assert capped.info.fingerprint != full.info.fingerprint
    assert "1,000 of 4,800 training rows" in capped.info.notes[-1]
    assert cap.cap_train(full, 1_000, 0).info == capped.info
    assert set(cap.cap_train(full, 1_000, 1).folds[0].train) != set(kept)


def test_a_cap_above_the_rows_changes_nothing() -> None:
    full = task(5_000)
    assert cap.cap_train(full, 3_200, 0) is full


def test_folds_are_capped_inside_each_fold() -> None:
    capped = cap.cap_train(task(1_000), 300, 0)
    for fold in capped.folds:
        assert len(fold.train) == 300
        assert sorted([*fold.tune_train, *fold.tune_val]) == sorted(fold.train)
