"""What is said of a split, and what is refused before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from howdeep.base.errors import TableError, TargetError
from howdeep.data.cap import cap_train, thinned
from howdeep.data.compact import compact
from howdeep.data.identity import stamped
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.modalities.image.imageset import ImageSet
from howdeep.modalities.image.prepare import image_task
from howdeep.modalities.table import PARTING, prepare
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.samples import numbers_of


def cells(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 2))


def labels(n: int, **rare: int) -> np.ndarray:
    """Two classes in turn, after `rare` ones with so many rows."""
    first = [name for name, many in rare.items() for _ in range(many)]
    return np.array(first + ["no", "yes"] * n)[:n]


def task(x: np.ndarray, y: np.ndarray, **options: Any) -> Task:
    return make_task(to_table(x, y), "target", **options)


def said(made: Task) -> str:
    return "\n".join(made.info.notes)


# ---- classes ------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [300, 4_500])
def test_a_class_of_one_different_row_is_refused_and_merging_helps(n: int) -> None:
    """Six rows are enough for no warning of their number, and all of them are alike."""
    x, y = cells(n), labels(n, odd=6, few=4)
    x[:6] = x[0]
    with pytest.raises(TargetError, match=r"'odd' \(1 different row\).*\n.*--merge-rare"):
        task(x, y)
    made = task(x, y, merge_rare=True)
    assert made.info.classes == ("no", "rare", "yes")
    assert "2 rare classes of 'target' were merged into 'rare' (10 rows): 'few', 'odd'." in (
        said(made)
    )
    with pytest.raises(TargetError, match="6 rows that belong together, and no other class"):
        task(x, labels(n, odd=6), merge_rare=True)


def test_a_class_of_one_group_is_refused() -> None:
    groups = np.arange(400) // 8
    with pytest.raises(TargetError, match=r"'odd' \(1 group\)"):
        task(cells(400), labels(400, odd=8), groups=groups)
    made = task(cells(400), labels(400, odd=8, few=8), groups=groups, merge_rare=True)
    assert "rare" in made.info.classes


def test_a_class_that_comes_too_late_is_refused_with_the_reason() -> None:
    time = np.arange(400)[::-1]
    with pytest.raises(TargetError, match=r"'odd'.*training rows or the validation.*too late"):
        task(cells(400), labels(400, odd=40), time=time)
    with pytest.raises(TargetError, match="among the validation rows"):
        task(cells(400), labels(400, odd=40), time=-time)
    with pytest.raises(TargetError, match="fix: remove these rows, or give rows of other times"):
        task(cells(400), labels(400, odd=40), time=time, merge_rare=True)


def test_a_test_file_takes_nothing_from_the_classes_that_choose() -> None:
    x, y = cells(360), labels(360, odd=2)
    made = make_task(to_table(x[:300], y[:300]), "target", test=to_table(x[300:], y[300:]))
    assert "'odd' (2 different rows, none in 8 of 10 half-folds and the test rows)" in said(made)
    x[:2] = x[0]
    with pytest.raises(TargetError, match="'odd'"):
        make_task(to_table(x[:300], y[:300]), "target", test=to_table(x[300:], y[300:]))


@pytest.mark.parametrize(
    ("rows", "where"),
    [(2, "the select rows and the test rows"), (3, "the test rows"), (4, "")],
)
def test_parts_of_a_holdout_that_lack_a_class_are_named(
    rows: int, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "PARTING", replace(PARTING, holdout_rows=4_000))
    made = task(cells(5_000), labels(5_000, odd=rows))
    words = f"rows of: 'odd' ({rows} different rows, none in {where})."
    assert (words in said(made)) == bool(where)
    assert ("Too few" in said(made)) == bool(where)


def test_many_classes_are_named_in_one_sentence() -> None:
    many = {f"r{i:02}": 2 + i % 3 for i in range(12)}
    made = task(cells(600), labels(600, **many))
    [note] = [note for note in made.info.notes if note.startswith("Too few")]
    assert note.count("different rows") == 8
    assert note.endswith(" and 4 more.")


def test_images_are_refused_and_named_alike() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (300, 4, 4, 1), dtype=np.uint8)
    images = ImageSet("made", "made", "0" * 64, pixels, tuple(labels(300, odd=3).tolist()))
    made = image_task(images)
    assert "'odd' (3 different images, none in 8 of 10 half-folds)" in said(made)
    pixels[1:3] = pixels[0]
    with pytest.raises(TargetError, match=r"'odd' \(1 different image\).*\n.*--merge-rare"):
        image_task(images)
    both = replace(images, labels=tuple(labels(300, odd=3, few=3).tolist()))
    assert "rare" in image_task(both, merge_rare=True).info.classes


# ---- giants -------------------------------------------------------------------------------------
def test_a_row_that_occurs_too_often_is_said_to_train_only() -> None:
    x = cells(600)
    x[10:260] = x[10]
    made = task(x, labels(600))
    assert "One row occurs 250 times (42% of the rows; the first is row 11): its copies train" in (
        said(made)
    )
    x[300:400] = x[300]
    assert "2 rows occur so often that their copies make 58% of the rows (the largest begin at" in (
        said(task(x, labels(600)))
    )


def test_a_group_that_is_too_large_is_said_to_train_only() -> None:
    groups = np.concatenate([np.zeros(200, int), np.arange(1, 401)])
    made = task(cells(600), labels(600), groups=groups)
    assert "The group of row 1 holds 200 rows (33% of the rows): they train" in said(made)
    dozen = task(cells(600), labels(600), groups=np.arange(600) % 12)
    assert "never scored" not in said(dozen)  # all groups are large
    with pytest.raises(TableError, match="cannot be split"):
        task(
            cells(600), labels(600), groups=np.minimum(np.arange(600) // 570 * np.arange(600), 599)
        )


def test_in_the_order_of_time_only_early_rows_of_a_large_group_train() -> None:
    x, time = cells(600), np.arange(600.0)
    groups = np.where(np.arange(600) % 3 == 0, 0, np.arange(600))
    made = task(x, labels(600), time=time, groups=groups)
    assert "they train where they are early enough and are never scored" in said(made)
    train = made.folds[0].train
    held = np.concatenate([made.folds[0].tune_val, made.select, made.test])
    assert time[train].max() < time[held].min()
    assert not (held % 3 == 0).any()
    small = compact(made)
    assert len(small.target) < 600
    assert small.info.distinct == made.info.distinct


def test_in_the_order_of_time_a_row_like_an_earlier_one_is_another_row() -> None:
    """What comes next month is of the same shops: only what happened at one time is a copy."""
    x, time = cells(600), np.arange(600.0)
    x[::3] = x[0]
    made = task(x, labels(600), time=time)
    assert "as in an earlier row" not in said(made)
    train, test = made.folds[0].train, made.test
    assert time[train].max() < time[test].min()
    assert (train % 3 == 0).any()
    assert (test % 3 == 0).any()
    once = task(x, labels(600), time=time // 6)  # of six rows at a time two are equal
    assert "Cells and time as in an earlier row: 100 rows; rows alike were kept in one part." in (
        said(once)
    )


# ---- different rows -----------------------------------------------------------------------------
def test_different_rows_are_counted_and_said_where_they_are_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prepare, "PARTING", replace(PARTING, holdout_rows=4_000))
    x = cells(5_000)
    x[2_500:] = x[:2_500]
    made = task(x, labels(5_000))
    rows, different = dict(made.info.rows), dict(made.info.distinct)
    assert different == {name: n // 2 for name, n in rows.items()}
    assert f"Different rows: {different['train']:,} of {rows['train']:,} (train)" in said(made)
    assert from_arrays(*to_arrays(made)).info == made.info
    capped = cap_train(made, 1_000, 0)
    train = numbers_of(capped)[capped.folds[0].train]
    assert dict(capped.info.distinct)["train"] == len(np.unique(train, axis=0)) < 1_000
    assert f"({len(np.unique(train, axis=0)):,} different ones)" in capped.info.notes[-1]
    assert "Different" not in said(task(cells(300), labels(300)))


# ---- the cap ------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [900, 6_000])
def test_capped_rows_keep_every_class_and_their_number(n: int) -> None:
    many = {f"r{i}": 4 for i in range(20)}
    full = task(cells(n), labels(n, **many))
    capped = cap_train(full, 100, 0)
    for before, after in zip(full.folds, capped.folds, strict=True):
        assert len(after.train) == 100
        assert set(full.target[after.train]) == set(full.target[before.train])
        assert set(full.target[after.tune_train]) == set(full.target[before.tune_train])


def test_thinned_rows_are_a_share_of_each_stratum() -> None:
    strata = np.repeat([0, 1, 2], [900, 95, 5])
    rng = np.random.default_rng(0)
    assert np.bincount(strata[thinned(strata, 100, rng)]).tolist() == [90, 9, 1]
    assert len(thinned(np.arange(50), 10, rng)) == 50  # one of each at least
    assert thinned(strata, 2_000, rng).tolist() == list(range(1_000))


def test_a_task_keeps_its_groups_and_its_fingerprint() -> None:
    groups = np.arange(600) // 4
    made = task(cells(600), labels(600), groups=groups)
    assert made.groups is not None
    truth = np.arange(600) // 4
    assert len(made.groups) == 600
    same = made.groups[:, None] == made.groups[None, :]
    assert (same >= (truth[:, None] == truth[None, :])).all()
    again = from_arrays(*to_arrays(made))
    assert again.groups is not None
    assert (again.groups == made.groups).all()
    assert set(again.samples) == set(made.samples)
    assert stamped(replace(made, groups=None)).info.fingerprint == made.info.fingerprint
    assert task(cells(600), labels(600)).groups is None
