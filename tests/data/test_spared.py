"""Rows that a cap keeps from training are compared on, in hold-out splits of tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.data import cap
from howdeep.data.compact import compact
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.data.units import alike
from howdeep.modalities.table import PARTING, prepare
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task


@pytest.fixture(autouse=True)
def holdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "PARTING", replace(PARTING, holdout_rows=1_000))


def table(n: int, copies: int = 1, seed: int = 0, **given: object) -> Task:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n // copies, 3)).repeat(copies, axis=0)
    y = np.where(rng.random(len(x) // copies).repeat(copies) < 0.2, "rare", "usual")
    return make_task(to_table(x, y), "target", **given)  # type: ignore[arg-type]


def capped(full: Task, rows: int) -> Task:
    return cap.compared_on_spared(cap.cap_train(full, rows, 0), full, 0)


def test_all_rows_that_do_not_train_are_compared_on() -> None:
    full = table(2_000)
    made = capped(full, 400)
    before, after = full.folds[0], made.folds[0]
    assert set(made.select) == set(full.select) | (set(before.train) - set(after.train))
    assert made.info.select_rows == len(made.select) == len(full.select) + 800
    assert "800 more are compared on" in made.info.notes[-1]
    np.testing.assert_array_equal(made.test, full.test)
    np.testing.assert_array_equal(after.views[0].choose, before.views[0].choose)


def test_they_are_no_more_than_can_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cap, "MAX_COMPARED", 500)
    full = table(2_000)
    made = capped(full, 400)
    assert len(made.select) == 500
    added = np.setdiff1d(made.select, full.select)
    rare = [float((full.target[rows] == 0).mean()) for rows in (added, full.folds[0].train)]
    assert rare[0] == pytest.approx(rare[1], abs=0.01)


@settings(max_examples=30)
@given(st.integers(1, 60), st.integers(0, 9), st.integers(50, 900))
def test_no_row_is_compared_on_whose_copy_trains_or_chooses(
    copies: int, seed: int, rows: int
) -> None:
    made = capped(table(3_000, copies, seed), rows)
    units, fold = alike(made.samples), made.folds[0]
    taught = np.concatenate([fold.train, fold.tune_train, fold.tune_val, fold.views[0].choose])
    assert not np.intersect1d(units[made.select], units[taught]).size
    assert len(np.unique(made.select)) == len(made.select)


@pytest.mark.parametrize(
    "given",
    [{"groups": np.arange(2_000) // 4}, {"time": np.arange(2_000.0)}],
    ids=["groups", "time"],
)
def test_groups_and_times_stay_apart(given: dict[str, np.ndarray]) -> None:
    full = table(2_000, **given)
    made = capped(full, 400)
    np.testing.assert_array_equal(made.select, full.select)


def test_folds_compare_on_every_row_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "PARTING", PARTING)
    full = table(2_000)
    np.testing.assert_array_equal(capped(full, 400).select, full.select)


def test_a_stored_task_is_the_same_and_adds_no_rows() -> None:
    made = compact(capped(table(2_000), 400))
    again = from_arrays(*to_arrays(made))
    assert again.info == made.info
    np.testing.assert_array_equal(again.select, made.select)
    assert len(capped(replace(made, free=False), 100).select) == len(made.select)
