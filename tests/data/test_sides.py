"""Weights, groups and times: how cells are read, what is refused, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.errors import ConfigError, InputError, TableError
from howdeep.data.column import Column
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.table import Table
from howdeep.modalities.table.when import NotTime, is_date, times

N = 200


def columns(n: int = N, **more: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=n), rng.normal(size=n)
    y = np.where(a + b / 3 > 0, "up", "down")
    return {"a": a, "b": b} | more | {"y": y}


def table(name: str = "t", **cols: Any) -> Table:
    """As a reader of text files leaves it."""
    made = tuple(Column(k, np.array([str(v) for v in c], dtype=object)) for k, c in cols.items())
    return Table(f"made/{name}.csv", f"{name}.csv", "0" * 64, made)


def task(test: Table | None = None, cols: dict[str, Any] | None = None, **options: Any) -> Task:
    return make_task(table(**(cols or columns())), "y", test=test, **options)


def said(made: Task) -> str:
    return "\n".join(made.info.notes)


def with_cell(values: list[str], row: int, cell: str) -> list[str]:
    """The values with another cell in a row (from 1)."""
    return [*values[: row - 1], cell, *values[row:]]


WEIGHTS = [str(1 + i % 3) for i in range(N)]
GROUPS = [f"p{i // 5}" for i in range(N)]
DAYS = [f"2019-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(N)]


# ---- which column -------------------------------------------------------------------------------
@pytest.mark.parametrize("option", ["weights", "groups", "time"])
def test_the_column_is_named_by_its_name_or_its_number_and_is_no_feature(option: str) -> None:
    cells = {"weights": WEIGHTS, "groups": GROUPS, "time": DAYS}[option]
    cols = columns(side=cells)
    made = task(cols=cols, **{option: "side"})
    by_number = task(cols=cols, **{option: "3"})
    assert [name for name, _ in made.info.features] == ["a", "b"]
    assert "Column 'side' is no feature: it " in said(made)
    assert by_number.info.fingerprint == made.info.fingerprint
    assert made.info.fingerprint != task(cols=columns()).info.fingerprint


@pytest.mark.parametrize("option", ["weights", "groups", "time"])
@pytest.mark.parametrize(
    ("wanted", "says", "fix"),
    [
        ("sid", "made/t.csv has no column 'sid'", "the nearest names are 'side'"),
        ("9", "there is no column number 9", "count from 1 to 4, or say --"),
        ("y", "'y' is the column to predict", "name another column"),
        ("-1", "'y' is the column to predict", "name another column"),
    ],
)
def test_a_column_that_cannot_serve_is_refused(
    option: str, wanted: str, says: str, fix: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        task(cols=columns(side=GROUPS), **{option: wanted})
    assert f"--{option}: " in caught.value.what
    assert says in caught.value.what
    assert fix in caught.value.fix
    assert "--target" not in str(caught.value)


def test_one_column_serves_once() -> None:
    with pytest.raises(ConfigError, match=r"--groups and --time both name the column 'side'"):
        task(cols=columns(side=DAYS), groups="side", time="3")
    with pytest.raises(ConfigError, match="'side' as a category, and another option"):
        task(cols=columns(side=GROUPS), groups="side", types={"side": "category"})
    dropped = task(cols=columns(side=GROUPS), groups="side", types={"side": "drop"})
    assert (
        dropped.info.fingerprint == task(cols=columns(side=GROUPS), groups="side").info.fingerprint
    )


# ---- what cells are refused ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("option", "good", "cell", "why"),
    [
        ("weights", WEIGHTS, "-1", "the weight -1 is not above 0"),
        ("weights", WEIGHTS, "0", "the weight 0 is not above 0"),
        ("weights", WEIGHTS, "", "the weight is missing"),
        ("weights", WEIGHTS, "NA", "the weight is missing"),
        ("weights", WEIGHTS, "inf", "'inf' is no finite number"),
        ("weights", WEIGHTS, "1e999", "'1e999' is no finite number"),
        ("weights", WEIGHTS, "1e200", "the weight 1e+200 is not between"),
        ("weights", WEIGHTS, "1_0", "'1_0' is no finite number"),
        ("groups", GROUPS, "", "the group is missing"),
        ("groups", GROUPS, "?", "'?' is a missing value"),
        ("time", DAYS, "", "the time is missing"),
        ("time", DAYS, "null", "the time is missing"),
        ("time", DAYS, "soon", "'soon' is neither a number nor a date"),
        ("time", DAYS, "2019-02-30", "'2019-02-30' is on no calendar"),
        ("time", DAYS, "03/04/2019", "'03/04/2019' may be read day first or month first"),
        ("time", DAYS, "3/4/19", "does not say its century"),
        ("time", DAYS, "20190304", "'20190304' is of another kind than '2019-01-01'"),
        ("time", DAYS, "2019-03-04T10:00Z", "of another kind than '2019-01-01'"),
    ],
)
def test_a_cell_is_refused_with_its_file_column_row_and_a_fix(
    option: str, good: list[str], cell: str, why: str
) -> None:
    with pytest.raises(TableError) as caught:
        task(cols=columns(side=with_cell(good, 7, cell)), **{option: "side"})
    assert caught.value.what.startswith(f"made/t.csv, column 'side' (--{option}), row 7: ")
    assert why in caught.value.what
    assert caught.value.fix
    test = table("u", **columns(side=with_cell(good, 9, cell)))
    with pytest.raises(TableError) as caught:
        task(test, columns(side=good), **{option: "side"})
    assert caught.value.what.startswith(f"made/u.csv, column 'side' (--{option}), row 9: ")


def test_dates_that_decide_against_each_other_are_refused() -> None:
    with pytest.raises(TableError, match="'31/12/2019' has its year last") as caught:
        task(cols=columns(side=["31/12/2019", "12/31/2019"] * (N // 2)), time="side")
    assert caught.value.fix == "write it year first, as 2019-12-31"


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("03/04/2019", "2019-04-03 (day first) or 2019-03-04 (month first)"),
        ("03.04.2019 10:00", "2019-04-03 (day first) or 2019-03-04 (month first)"),
    ],
)
def test_an_ambiguous_date_comes_with_the_form_to_write(cell: str, form: str) -> None:
    with pytest.raises(TableError) as caught:
        task(cols=columns(side=[cell] * N), time="side")
    assert form in caught.value.fix


@pytest.mark.parametrize(
    ("option", "cells", "why"),
    [
        ("groups", ["p"] * N, "all rows are of one group"),
        ("groups", [f"p{i}" for i in range(N)], "every row is a group by itself"),
        ("time", ["2019-01-01"] * N, "all times are equal"),
    ],
)
def test_columns_that_part_nothing_are_refused(option: str, cells: list[str], why: str) -> None:
    with pytest.raises(ConfigError, match=rf"--{option}: made/t.csv, column 'side': {why}"):
        task(cols=columns(side=cells), **{option: "side"})


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("weights", [1.0] * (N - 1)),
        ("weights", np.full(N, -1.0)),
        ("weights", np.full(N, np.nan)),
        ("weights", np.r_[np.inf, np.ones(N - 1)]),
        ("weights", np.ones((N, 2))),
        ("groups", [None, *GROUPS[1:]]),
        ("groups", np.r_[np.nan, np.arange(N - 1) // 5]),
        ("groups", np.zeros(N)),
        ("time", np.array(["NaT", *DAYS[1:]], dtype="datetime64[D]")),
        ("time", np.r_[np.nan, np.arange(N - 1.0)]),
        ("time", [["a"]] * N),
    ],
)
def test_values_given_are_refused_alike(option: str, values: Any) -> None:
    with pytest.raises(InputError) as caught:
        make_task(to_table(columns()), "y", **{option: values})
    assert option in str(caught.value)
    assert caught.value.fix


# ---- times --------------------------------------------------------------------------------------
def ranks(cells: Any) -> list[float]:
    return times(np.asarray(cells, dtype=object)).ranks.tolist()


def test_forms_of_one_time_are_equal_and_order_is_that_of_the_clock() -> None:
    assert (
        ranks(["2019-03-01", "2019/03/01", "2019.3.1 00:00", "2019-03-01T00:00:00.000"]) == [0] * 4
    )
    assert ranks(["2019-03", "2019-02-28 23:59:59.999999999", "2019-03-01 0:01"]) == [1, 0, 2]
    assert ranks(["2019-03-01T01:00+02:00", "2019-02-28T23:30Z", "2019-02-28 23:00Z"]) == [0, 1, 0]
    assert ranks(["10", "9", "1e1", "-3.5"]) == [2, 1, 2, 0]
    assert ranks(["1546300800000000001", "1546300800000000000"]) == [1, 0]  # nanoseconds
    assert times(np.array([3.0, 1.0, 2.0])).ranks.tolist() == [2, 0, 1]
    assert not is_date("31/12/2019")


@settings(deadline=None)
@given(st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), min_size=1, max_size=30))
def test_date_times_are_ordered_as_datetime_orders_them(moments: list[datetime]) -> None:
    order = {moment: i for i, moment in enumerate(sorted(set(moments)))}
    assert ranks([str(moment) for moment in moments]) == [order[moment] for moment in moments]
    assert ranks([moment.isoformat() for moment in moments]) == ranks([str(m) for m in moments])


@settings(deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}.{0,8}"))
def test_any_cell_is_a_time_or_refused_with_what_to_write(cell: str) -> None:
    found: object
    try:
        found = times(np.array([cell], dtype=object)).ranks.tolist()
    except NotTime as error:
        found = error
    assert found == [0] or (isinstance(found, NotTime) and found.why and found.fix)


FRAMES: dict[str, Callable[[list[datetime]], Any]] = {
    "numpy": lambda moments: np.array(moments, dtype="datetime64[ns]"),
    "pandas": lambda moments: pd.Series(moments),
    "pandas with a zone": lambda moments: pd.Series(moments).dt.tz_localize("UTC"),
    "polars": lambda moments: pl.Series(moments),
    "dates": lambda moments: [moment.date() for moment in moments],
    "list": lambda moments: moments,
    "zoned": lambda moments: [moment.replace(tzinfo=UTC) for moment in moments],
    "text": lambda moments: [str(moment) for moment in moments],
}


@pytest.mark.parametrize("form", FRAMES)
def test_times_of_frames_and_arrays_order_rows_alike(form: str) -> None:
    shuffled = np.random.default_rng(0).permutation(N).tolist()
    moments = [datetime(2019, 1, 1) + timedelta(days=i) for i in shuffled]
    plain = make_task(to_table(columns()), "y", time=np.array(shuffled, float))
    given = make_task(to_table(columns()), "y", time=FRAMES[form](moments))
    named = make_task(to_table(columns(when=FRAMES[form](moments))), "y", time="when")
    assert plain.info.fingerprint == given.info.fingerprint == named.info.fingerprint
    assert "(2019-01-01" in said(given)


# ---- weights ------------------------------------------------------------------------------------
def test_rows_of_a_test_file_weigh_by_their_column_or_alike() -> None:
    test = columns(60, side=["2"] * 30 + ["6"] * 30)
    made = task(table("u", **test), columns(side=WEIGHTS), weights="side")
    assert made.weights is not None
    assert made.weights[N:].tolist() == [2.0] * 30 + [6.0] * 30
    alike = task(
        table("u", **columns(60)), columns(), weights=[float(weight) for weight in WEIGHTS]
    )
    assert alike.weights is not None
    assert len(set(alike.weights[N:].tolist())) == 1
    assert "The test rows weigh alike" in said(alike)
    assert "What was given as weights says how much" in said(alike)


# ---- groups -------------------------------------------------------------------------------------
def test_groups_of_both_files_are_said() -> None:
    test = table("u", **columns(60, side=[f"p{30 + i // 5}" for i in range(60)]))
    made = task(test, columns(side=GROUPS), groups="side")
    assert (
        "In the test file and in the training file: 10 groups of 12, with 50 test rows ('p30',"
        " 'p31', 'p32', 'p33', 'p34' and 5 more): the test score is partly one of groups"
    ) in said(made)
    new = table("u", **columns(60, side=[f"q{i // 5}" for i in range(60)]))
    assert "the test score" not in said(task(new, columns(side=GROUPS), groups="side"))


def test_test_rows_alike_of_other_groups_are_tested_on_where_all_groups_share_rows() -> None:
    rng = np.random.default_rng(0)
    cols: dict[str, Any] = {name: rng.choice(["u", "v", "w"], 500) for name in "abcd"}
    cols |= {"who": [f"p{i // 8}" for i in range(500)], "y": rng.choice(["no", "yes"], 500)}
    main = {name: list(values[:400]) for name, values in cols.items()}
    later = {name: list(values[400:]) for name, values in cols.items()}
    made = task(table("u", **later), main, groups="who")
    assert len(made.test) == 100
    assert "tested on as equal rows are common in these data" in said(made)


def test_groups_of_few_different_rows_are_kept_whole_and_copies_are_not() -> None:
    """Four categories make 81 different rows: tied by copies, all groups would be one."""
    rng = np.random.default_rng(0)
    cols: dict[str, Any] = {name: rng.choice(["u", "v", "w"], 400) for name in "abcd"}
    groups = np.arange(400) // 8
    cols |= {"who": [f"p{g}" for g in groups], "y": rng.choice(["no", "yes"], 400)}
    made = task(cols=cols, groups="who")
    assert "groups were kept whole, and not rows alike" in said(made)
    for fold in made.folds:
        held = np.concatenate([view.score for view in fold.views])
        assert not set(groups[fold.train]) & (set(groups[held]) | set(groups[made.test]))


def test_rows_alike_of_two_groups_tie_them_where_they_are_few() -> None:
    cols = columns(400)
    cols["a"][8], cols["b"][8] = cols["a"][0], cols["b"][0]
    made = task(cols=cols | {"y": cols["y"]}, groups=np.arange(400) // 8)
    for part in (made.test, *(view.score for fold in made.folds for view in fold.views)):
        assert (0 in part) == (8 in part)


# ---- time ---------------------------------------------------------------------------------------
def test_a_test_file_that_is_not_later_is_said() -> None:
    later = table("u", **columns(60, side=[f"2020-01-{1 + i // 2:02}" for i in range(60)]))
    made = task(later, columns(side=DAYS), time="side")
    assert "(2019-01-01 to 2019-08-04): the later ones are compared and tested." in said(made)
    assert "Earlier than" not in said(made)
    mixed = [*["2019-01-15"] * 20, *[f"2020-01-{1 + i // 2:02}" for i in range(40)]]
    made = task(table("u", **columns(60, side=mixed)), columns(side=DAYS), time="side")
    assert (
        "Earlier than the last of the training file: 20 of 60 test rows (2019-01-15 to 2020-01-20)"
    ) in said(made)


def test_copies_of_another_time_are_not_the_same_row_in_both_files() -> None:
    cols = columns(side=DAYS)
    again = {name: values[:60] for name, values in cols.items()} | {"side": ["2020-01-01"] * 60}
    notes = said(task(table("u", **again), cols, time="side"))
    assert "left out of the test" not in notes
    again["side"] = [*DAYS[:50], *["2020-01-01"] * 10]
    made = task(table("u", **again), cols, time="side")
    assert "left out of the test: 50 of 60 test rows." in said(made)
    assert len(made.test) == 10
