"""Columns that look like groups or times are pointed out, and ordinary ones are not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from howdeep.data.column import Column
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.table import Table

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", "../shared/data"))


def hinted(cols: dict[str, Any], target: str = "y", **options: Any) -> list[str]:
    """The hints of a table as a reader of text files leaves it."""
    cells = {
        name: [f"{v:.5f}" if isinstance(v, float) else str(v) for v in np.asarray(c).tolist()]
        for name, c in cols.items()
    }
    made = tuple(Column(name, np.array(c, dtype=object)) for name, c in cells.items())
    return of(Table("t.csv", "t.csv", "0" * 64, made), target, **options)


def of(table: Table, target: str, **options: Any) -> list[str]:
    notes = make_task(table, target, **options).info.notes
    return [note for note in notes if "--groups" in note or "--time" in note]


def grouped(each: int, target: str, seed: int = 0, groups: int = 0) -> dict[str, Any]:
    """Groups of `each` rows whose target is theirs, in no order, with one number that follows."""
    rng = np.random.default_rng([seed, each])
    k = groups or max(24, 120 // each)
    of = np.repeat(np.arange(k), each)
    names = rng.permutation(10 * k)[:k] + 1_000
    label, level = rng.integers(0, 2, k), rng.normal(size=k)
    y: Any = {
        "clean": lambda: label[of],
        "noisy": lambda: np.where(rng.random(len(of)) < 0.05, 1 - label[of], label[of]),
        "number": lambda: level[of] + 0.1 * rng.normal(size=len(of)),
    }[target]()
    if target != "number":
        y = np.array(["no", "yes"])[y]
    x = rng.normal(size=(len(of), 3))
    x[:, 0] += level[of]
    order = rng.permutation(len(of))
    cols = {"x0": x[:, 0], "x1": x[:, 1], "x2": x[:, 2], "who": names[of], "y": y}
    return {name: np.asarray(values)[order] for name, values in cols.items()}


# ---- groups -------------------------------------------------------------------------------------
@pytest.mark.parametrize("each", [2, 3, 5, 10, 20, 50])
@pytest.mark.parametrize("target", ["clean", "noisy", "number"])
@pytest.mark.parametrize("form", ["numbers", "text", "in a frame"])
def test_an_identifier_of_groups_is_found(each: int, target: str, form: str) -> None:
    cols = grouped(each, target)
    if form == "text":
        cols["who"] = [f"p-{who}" for who in cols["who"]]
    kind = {"kind": "regression"} if target == "number" else {}
    found = of(to_table(cols), "y", **kind) if form == "in a frame" else hinted(cols, **kind)
    [hint] = found
    assert hint.startswith("Column 'who' looks like what rows belong together by: its ")
    assert "--groups who compares and tests on groups that no net has seen." in hint
    assert f"repeat over {len(cols['y']):,} rows" in hint


def test_a_few_groups_are_found_where_they_fix_the_other_columns_too() -> None:
    """Ten patients of twenty rows; ten kinds of goods that decide as well are a category."""
    cols = grouped(20, "clean", groups=10)
    assert not hinted(cols)
    for name in ("x0", "x1"):
        level = np.random.default_rng(len(name)).normal(size=10_000)
        cols[name] = level[cols["who"]] + 0.1 * cols[name]
    assert "--groups who" in hinted(cols)[0]


def test_groups_numbered_by_their_class_are_told_from_a_threshold_by_the_other_columns() -> None:
    """Controls first, cases last: the number alone might be a measurement that decides."""
    cols = grouped(10, "clean")
    cols["who"] = np.argsort(np.argsort(cols["y"], kind="stable"), kind="stable") // 10
    assert not hinted(cols)
    rng = np.random.default_rng(5)
    for name in ("x0", "x1", "x2"):
        cols[name] = rng.normal(size=1_000)[cols["who"]] + 0.1 * cols[name]
    assert "--groups who" in hinted(cols)[0]


def test_named_groups_end_the_hint_and_a_dropped_identifier_does_not() -> None:
    cols = grouped(5, "clean")
    assert not hinted(cols, groups="who")
    assert "--groups who" in hinted(cols, types={"who": "drop"})[0]


def test_of_nested_identifiers_the_coarsest_is_named_and_odd_names_are_quoted() -> None:
    cols = grouped(10, "clean")
    rng = np.random.default_rng(0)
    cols["my visit"] = [f"{who}-{rng.integers(0, 4)}" for who in cols["who"]]
    [hint] = hinted(cols)
    assert "Column 'who' looks like what rows belong together by (so do 'my visit')" in hint
    del cols["who"]
    assert "--groups 'my visit' compares" in hinted(cols)[0]


@pytest.mark.parametrize("seed", range(12))
def test_ordinary_columns_are_no_groups(seed: int) -> None:
    """Categories of few levels that decide much, and numbers whose effect is smooth."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([200, 1_000]))
    month, hour, dose = rng.integers(0, 12, n), rng.integers(0, 24, n), rng.integers(0, 80, n)
    kind, score = rng.integers(0, 9, n), rng.integers(0, 300, n)
    effect = rng.normal(size=12)[month] + 2 * np.sin(hour / 4) + 3 * (dose > 40) + score / 100
    effect += 3 * (kind % 2)  # as the smell of a mushroom all but decides
    cols: dict[str, Any] = {
        "month": [f"m{m}" for m in month],
        "hour": hour,
        "dose": dose,
        "kind": [f"k{k}" for k in kind],
        "score": score,
    }
    for noise in (0.0, 0.5):
        y = effect + noise * rng.normal(size=n)
        assert not hinted(cols | {"y": y}, kind="regression")
        assert not hinted(cols | {"y": np.where(y > np.median(y), "a", "b")})
    for name in ("kind", "dose", "score"):  # one of them decides alone, but for a few
        one = {"kind": kind % 2, "dose": dose > 40, "score": score > 130}[name]
        flipped = np.where(rng.random(n) < 0.02, ~one.astype(bool), one.astype(bool))
        assert not hinted(cols | {"y": np.where(flipped, "a", "b")})


def test_luck_with_a_rare_class_is_no_group() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        y = np.where(rng.random(100) < 0.06, "ill", "well")
        y[:4] = "ill"
        pairs = rng.permutation(np.repeat(np.arange(50), 2))
        assert not hinted({"a": rng.normal(size=100), "pair": pairs, "y": y})


# ---- times --------------------------------------------------------------------------------------
def dated(days: int = 60, step: int = 1) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    first = np.datetime64("2019-01-01")
    when = [str(first + i) for i in range(days) for _ in range(5)][::step]
    return {"day": when, "shop": rng.normal(size=days * 5), "y": rng.normal(size=days * 5)}


@pytest.mark.parametrize("step", [1, -1])
def test_rows_in_the_order_of_their_dates_are_pointed_out(step: int) -> None:
    [hint] = hinted(dated(step=step))
    assert hint == (
        "The rows stand in the order of 'day' (60 dates, 2019-01-01 to 2019-03-01). If new rows"
        " will be later ones, --time day compares and tests on the later rows."
    )
    cols = dated() | {"day": np.array(dated()["day"], dtype="datetime64[s]")}
    assert "--time day" in of(to_table(cols), "y")[0]
    assert not hinted(dated(), time="day")


@pytest.mark.parametrize("order", ["%d.%m.%Y", "%m/%d/%Y 10:00"])
def test_dates_with_their_year_last_are_pointed_out_and_put_in_order(order: str) -> None:
    cols = dated()
    cols["day"] = [np.datetime64(d).item().strftime(order) for d in cols["day"]]
    [hint] = hinted(cols)
    assert f"'day' (60 dates, {cols['day'][0]} to {cols['day'][-1]})" in hint
    task = make_task(to_table(cols), "y", time="day")
    first = "day" if order.startswith("%d") else "month"
    assert any(
        note.startswith(f"Its dates were read {first} first, as '") for note in task.info.notes
    )
    wanted = make_task(to_table(dated()), "y", time="day")
    np.testing.assert_array_equal(task.test, wanted.test)


def test_dates_in_no_order_or_in_doubtful_forms_are_not() -> None:
    cols = dated()
    shuffled = np.random.default_rng(1).permutation(cols["day"])
    assert not hinted(cols | {"day": shuffled})
    few = [*cols["day"][:45], *["2019-01-09"] * 255]  # nine may be in their order by luck
    assert not hinted(cols | {"day": few})
    months = [f"{1 + i // 25:02}/{1 + i // 50:02}/2019" for i in range(300)]
    assert not hinted(cols | {"day": months})
    assert not hinted(cols | {"day": np.arange(300) // 5})


# ---- real tables --------------------------------------------------------------------------------
REAL: dict[str, tuple[str, dict[str, Any]]] = {
    "adult/train.csv": ("-1", {"header": False}),
    "california_housing/housing.csv": ("median_house_value", {}),
    "letter_recognition/letter.csv": ("-1", {}),
    "online_shoppers/online_shoppers_intention.csv": ("Revenue", {}),
    "phoneme/phoneme.csv": ("-1", {"header": False}),
    "pima/pima.csv": ("-1", {"header": False}),
    "wine_quality/red.csv": ("-1", {"header": False}),
    "wine_quality/white.csv": ("-1", {"header": False}),
}


@pytest.mark.parametrize("name", REAL)
def test_ordinary_real_tables_get_no_hint(name: str) -> None:
    if not (ROOT / name).exists():
        pytest.skip(f"no {ROOT / name}: HOWDEEP_TEST_DATA names the folder of real data")
    target, how = REAL[name]
    assert not of(read_table(ROOT / name, **how), target, merge_rare=True)


def test_an_hourly_series_is_pointed_out() -> None:
    path = ROOT / "etth" / "ETTh1.csv"
    if not path.exists():
        pytest.skip(f"no {path}: HOWDEEP_TEST_DATA names the folder of real data")
    [hint] = of(read_table(path), "OT")
    assert "--time date" in hint
