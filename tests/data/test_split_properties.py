"""Splits of random tables: what holds for every one of them (docs/decision.md, "Splits")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.errors import InputError
from howdeep.data import cap, splits
from howdeep.data.splits import Splits
from howdeep.data.task import Task, to_arrays
from howdeep.data.units import in_giants
from howdeep.modalities.table import PARTING
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task

HOLDOUT = (0.6, 0.1, 0.15, 0.15)
FOLDS = (0.08,) * 10 + (0.2,)
KINDS = ("single", "copies", "one often", "many often", "noisy copies", "groups", "pure groups")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to split: a class each (or the tenth of a number), and the unit it belongs to."""

    kind: str
    strata: np.ndarray
    units: np.ndarray

    @property
    def mixed(self) -> bool:
        return self.kind in ("noisy copies", "groups")


def rows(kind: str, n: int, classes: int, skew: float, seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    strata = rng.choice(classes, n, p=rng.dirichlet(np.full(classes, skew)))
    if rng.random() < 0.2:  # a number to predict, some of them far out
        strata = splits.strata_of(rng.standard_cauchy(n), 0)
    units = np.arange(n)
    if kind == "one often":
        units[: int(rng.integers(2, n // 2))] = 0
    elif kind == "many often":
        units[: n // 2] = rng.integers(0, 25, n // 2)
    elif kind in ("copies", "noisy copies"):
        units = np.sort(np.minimum(rng.zipf(1.7, n), n))
        units = np.where(rng.random(n) < 0.5, units, n + np.arange(n))
    elif kind in ("groups", "pure groups"):
        units = rng.integers(0, n // int(rng.integers(2, 9)), n)
    if kind not in ("noisy copies", "groups"):  # units of one class
        _, first, inverse = np.unique(units, return_index=True, return_inverse=True)
        strata = strata[first][inverse]
    return Rows(kind, np.unique(strata, return_inverse=True)[1], units)


TABLES = st.builds(
    rows,
    kind=st.sampled_from(KINDS),
    n=st.sampled_from((60, 150, 600, 2_000, 4_600)),
    classes=st.sampled_from((1, 2, 3, 10, 30)),
    skew=st.sampled_from((0.1, 0.5, 5.0)),
    seed=st.integers(0, 10**6),
)


def split(strata: np.ndarray, units: np.ndarray, seed: int, **options: Any) -> Splits:
    """As rows of a table are split."""
    return splits.split(strata, units, seed, holdout_rows=PARTING.holdout_rows, **options)


def parts(made: Splits) -> list[np.ndarray]:
    """Every row that is not a giant's, once: those that train alone, and those held out."""
    if made.scheme == "holdout":
        view = made.folds[0].views[0]
        train = np.setdiff1d(made.folds[0].train, made.giants)
        return [train, view.choose, view.score, made.test]
    return [*(view.score for fold in made.folds for view in fold.views), made.test]


def table_of(part: list[np.ndarray], strata: np.ndarray) -> np.ndarray:
    return np.array([np.bincount(strata[p], minlength=strata.max() + 1) for p in part])


def units_of(table: Rows, dealt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each class, the rows of it in its largest unit, and how many units have it."""
    pairs, many = np.unique(
        np.stack([table.strata, table.units])[:, dealt], axis=1, return_counts=True
    )
    largest = np.zeros(table.strata.max() + 1, int)
    np.maximum.at(largest, pairs[0], many)
    return largest, np.bincount(pairs[0], minlength=len(largest))


@settings(max_examples=200, deadline=None)
@given(TABLES, st.integers(0, 5))
def test_every_row_has_one_place_and_units_are_whole(table: Rows, seed: int) -> None:
    made = split(table.strata, table.units, seed)
    giant = in_giants(table.units)
    np.testing.assert_array_equal(made.giants, np.flatnonzero(giant))
    assert sorted(np.concatenate(parts(made))) == np.flatnonzero(~giant).tolist()
    seen: set[int] = set()
    for part in parts(made):
        mine = set(table.units[part].tolist())
        assert not mine & seen
        seen |= mine
    for fold in made.folds:
        assert set(made.giants) <= set(fold.train) & set(fold.tune_train)
        assert not set(table.units[fold.tune_train]) & set(table.units[fold.tune_val])
        if made.scheme == "folds":
            assert sorted([*fold.tune_train, *fold.tune_val]) == fold.train.tolist()
            held = np.concatenate([view.score for view in fold.views])
            assert sorted([*held, *fold.train, *made.test]) == list(range(len(giant)))


@settings(max_examples=200, deadline=None)
@given(TABLES, st.integers(0, 5))
def test_a_part_has_its_share_of_every_class(table: Rows, seed: int) -> None:
    """Off by one row and the largest unit at most; more only where few units had to cover."""
    made = split(table.strata, table.units, seed)
    dealt = ~in_giants(table.units)
    if not dealt.any():
        return
    shares = np.array(HOLDOUT if made.scheme == "holdout" else FOLDS)[:, None]
    have, total = table_of(parts(made), table.strata), np.bincount(table.strata[dealt])
    total = np.pad(total, (0, have.shape[1] - len(total)))
    largest, many = units_of(table, dealt)
    off, bound = np.abs(have - shares * total), 1 + largest
    plenty = many > len(shares)
    slack = 2 if table.mixed else 1  # units of many classes: as near as a search comes
    assert (off <= 1 + slack * largest + 1e-6)[:, plenty].all()
    assert (off <= bound + largest + 1e-6)[:, ~plenty].all() or table.mixed
    if not table.mixed and (plenty | (many == 0)).all():
        assert (off <= bound + 1e-6).all()


@settings(max_examples=200, deadline=None)
@given(TABLES, st.integers(0, 5))
def test_classes_of_few_units_cover_the_parts_in_order(table: Rows, seed: int) -> None:
    made = split(table.strata, table.units, seed)
    dealt = ~in_giants(table.units)
    if table.mixed or not dealt.any():
        return
    have = table_of(parts(made), table.strata) > 0
    many, sure = units_of(table, dealt)[1], set(table.strata[~dealt].tolist())
    for kind in np.flatnonzero(many):
        k, mine = int(many[kind]), have[:, kind]
        if made.scheme == "holdout":
            order = [1, 2, 3, 0] if kind in sure else [0, 1, 2, 3]
            least = min(k, 2) if table.kind == "pure groups" else min(k, 4)
            assert mine[order[:least]].all()
        else:
            assert k < 2 or mine[:10].reshape(5, 2).any(1).sum() >= 2
            # The third part is not served where that would break a share: units of many rows.
            assert k < 3 or mine[10] or table.kind in ("pure groups", "one often")
        for fold in made.folds:
            inside = set(table.strata[fold.train].tolist())
            assert kind in inside or (k == 1 and kind not in sure)
            assert inside == set(table.strata[fold.tune_train].tolist())


@settings(max_examples=40, deadline=None)
@given(TABLES, st.integers(0, 5))
def test_the_same_seed_splits_alike(table: Rows, seed: int) -> None:
    one, two = (split(table.strata, table.units, seed) for _ in range(2))
    for a, b in zip(parts(one), parts(two), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(one.folds, two.folds, strict=True):
        np.testing.assert_array_equal(a.tune_val, b.tune_val)


@settings(max_examples=60, deadline=None)
@given(TABLES, st.integers(0, 5))
def test_parts_in_the_order_of_time(table: Rows, seed: int) -> None:
    n = len(table.units)
    time = np.random.default_rng(seed).integers(0, n, n).astype(float)
    made = split(table.strata, table.units, seed, time=time)
    giant = in_giants(table.units)
    assert sorted(np.concatenate(parts(made))) == np.flatnonzero(~giant).tolist()
    train, held = made.folds[0].train, np.concatenate(parts(made)[1:])
    if len(held):
        assert time[np.intersect1d(train, made.giants)].max(initial=-1) < time[held].min()


# ---- where copies go -----------------------------------------------------------------------------
@pytest.mark.parametrize("copies", [5, 15, 30])
@pytest.mark.parametrize("noisy", [False, True])
def test_a_row_that_occurs_often_is_tested_as_often_as_any(copies: int, noisy: bool) -> None:
    rng = np.random.default_rng(0)
    strata = splits.strata_of(rng.lognormal(size=600), 0)
    strata[:copies] = rng.integers(0, 10, copies) if noisy else 3
    units = np.arange(600)
    units[:copies] = 0
    tested = [0 in split(strata, units, seed).test for seed in range(200)]
    assert 0.1 < np.mean(tested) < 0.3  # .2, give or take 3.5 standard errors


@pytest.mark.parametrize("copies", [31, 100, 250])
def test_one_that_would_be_a_part_by_itself_is_never_scored(copies: int) -> None:
    units = np.arange(600)
    units[:copies] = 0
    strata = np.random.default_rng(0).integers(0, 3, 600)
    for seed in range(20):
        made = split(strata, units, seed)
        assert min(made.test) >= copies
        assert [len(p) / (600 - copies) for p in parts(made)] == pytest.approx(FOLDS, abs=0.01)


@pytest.mark.parametrize(("n", "copies"), [(600, 7), (1_000, 20), (6_000, 70)])
@pytest.mark.parametrize("numbers", [False, True])
def test_copies_of_a_row_that_would_rule_their_part_train(
    n: int, copies: int, numbers: bool
) -> None:
    """A sensor that is off in 2 % of the rows, all of them in the test part, decides the score."""
    rng = np.random.default_rng(0)
    strata = splits.strata_of(rng.normal(size=n), 0) if numbers else rng.integers(0, 2, n)
    units = np.arange(n)
    units[:copies] = 0
    strata[:copies] = strata[0]
    for seed in range(20):
        made = split(strata, units, seed, copies=True)
        assert made.giants.tolist() == list(range(copies))
        assert all(set(made.giants) <= set(fold.train) for fold in made.folds)


def test_a_class_that_was_copied_as_a_whole_is_dealt_like_any_other() -> None:
    """Oversampled by ten: no copy is large next to the others of its class."""
    strata = np.array([0] * 900 + [1] * 100)
    units = np.concatenate([np.arange(900), 900 + np.repeat(np.arange(10), 10)])
    for seed in range(20):
        made = split(strata, units, seed, copies=True)
        assert not len(made.giants)
        assert {0, 1} <= set(strata[made.test])


@pytest.mark.parametrize("n", [1_000, 8_000])
@pytest.mark.parametrize("often", [0.3, 0.6])
def test_different_rows_keep_the_shares(n: int, often: float) -> None:
    """Half of the rows are copies, of one row or of very many: all parts have different rows."""
    rng = np.random.default_rng(n)
    units = np.arange(n)
    units[: int(often * n)] = 0
    strata = rng.choice(3, n, p=[0.9, 0.08, 0.02])
    strata[: int(often * n)] = 0
    twice = rng.integers(0, n // 2, n)
    for each, tolerance in ((units, 0.01), (twice, 0.03)):
        made = split(strata, each, 0)
        shares = HOLDOUT if made.scheme == "holdout" else FOLDS
        different = np.array([len(np.unique(each[part])) for part in parts(made)])
        assert different / different.sum() == pytest.approx(np.array(shares), abs=tolerance)


# ---- tasks ---------------------------------------------------------------------------------------
@settings(max_examples=100, deadline=None)
@given(TABLES, st.integers(0, 3), st.sampled_from(("rows", "groups", "time")))
def test_a_task_has_every_class_where_it_is_needed_or_is_refused(
    table: Rows, seed: int, way: str
) -> None:
    rng = np.random.default_rng(seed)
    n = len(table.units)
    x = rng.normal(size=(n, 2))
    if way == "rows":
        x = x[np.unique(table.units, return_inverse=True)[1]]
    y = np.array([f"c{k}" for k in table.strata])
    options = {"rows": {}, "groups": {"groups": table.units}, "time": {"time": rng.random(n)}}
    refusal = ""
    try:
        task = make_task(to_table(x, y), "target", seed=seed, **options[way])
    except InputError as error:
        refusal = str(error)
    if refusal:
        known = ("different rows", "cannot be split", "--merge-rare", "constant", "--groups: ")
        known += ("rows to train and compare on", "can be read off")  # a unit a class
        known += ("classes have a single row",)  # more than half of many: names, no classes
        assert any(words in refusal for words in known)
        return
    check(task)
    again = make_task(to_table(x, y), "target", seed=seed, **options[way])
    assert again.info == task.info
    capped = cap.cap_train(task, max(len(task.folds[0].train) // 3, 40), seed)
    check(capped)


def check(task: Task) -> None:
    """Every class trains and chooses; the counts of different rows are right."""
    chosen = [view.choose for fold in task.folds for view in fold.views]
    for part in (*(f.train for f in task.folds), np.concatenate(chosen)):
        assert set(task.target[part].tolist()) == set(range(len(task.info.classes)))
    arrays = to_arrays(task)[0]
    different = dict(task.info.distinct)
    assert different.keys() == dict(task.info.rows).keys()
    assert different["test"] == len(np.unique(arrays["numbers"][task.test], axis=0))
