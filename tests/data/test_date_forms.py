"""Months, quarters, weeks and spelt dates are dates where they mean one thing, and said if not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from between import A, N, Y, made, new, notes, of_file, parts

from howdeep.base.errors import TableError, TargetError
from howdeep.modalities.table import dateforms
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task

NAMES = "January February March April May June July August September October November December"
MONTHS = NAMES.split()
DAYS = [pd.Timestamp("2019-03-01") + pd.Timedelta(days=17 * i) for i in range(N)]
FIRSTS = [day.replace(day=1) for day in DAYS]
QUARTERS = [day.replace(day=1, month=3 * ((day.month - 1) // 3) + 1) for day in DAYS]
MONDAYS = [day - pd.Timedelta(days=day.weekday()) for day in DAYS]


def week(day: pd.Timestamp) -> tuple[int, int]:
    year, number, _ = day.isocalendar()
    return year, number


SPELT: dict[str, list[str]] = {
    "12 Mar 2021": [f"{d.day} {MONTHS[d.month - 1][:3]} {d.year}" for d in DAYS],
    "12-MAR-2021": [f"{d.day:02}-{MONTHS[d.month - 1][:3].upper()}-{d.year}" for d in DAYS],
    "March 12, 2021": [f"{MONTHS[d.month - 1]} {d.day}, {d.year}" for d in DAYS],
    "Mar. 12th, 2021": [f"{MONTHS[d.month - 1][:3]}. {d.day}th, {d.year}" for d in DAYS],
    "Fri, 12 Mar 2021": [d.strftime("%a, %d %b %Y") for d in DAYS],
    "2021-Mar-12": [f"{d.year}-{MONTHS[d.month - 1][:3]}-{d.day:02}" for d in DAYS],
    "12Mar2021": [f"{d.day:02}{MONTHS[d.month - 1][:3]}{d.year}" for d in DAYS],
    "20210312T0000": [d.strftime("%Y%m%dT%H%M") for d in DAYS],
}
PERIODS: dict[str, tuple[list[str], list[pd.Timestamp], str]] = {
    "2021-03": ([f"{d.year}-{d.month:02}" for d in DAYS], FIRSTS, "Months"),
    "03/2021": ([f"{d.month:02}/{d.year}" for d in DAYS], FIRSTS, "Months"),
    "March 2021": ([f"{MONTHS[d.month - 1]} {d.year}" for d in DAYS], FIRSTS, "Months"),
    "mar-2021": ([f"{MONTHS[d.month - 1][:3].lower()}-{d.year}" for d in DAYS], FIRSTS, "Months"),
    "2021Q1": ([f"{d.year}Q{(d.month + 2) // 3}" for d in DAYS], QUARTERS, "Quarters"),
    "Q1 2021": ([f"Q{(d.month + 2) // 3} {d.year}" for d in DAYS], QUARTERS, "Quarters"),
    "2021-W10": (["{}-W{:02}".format(*week(d)) for d in DAYS], MONDAYS, "Weeks"),
    "2021W10": (["{}W{:02}".format(*week(d)) for d in DAYS], MONDAYS, "Weeks"),
}


def in_days(days: list[pd.Timestamp]) -> np.ndarray[Any, Any]:
    return np.array([(day - min(days)).days for day in days], dtype=np.float64)


@pytest.mark.parametrize("form", SPELT)
def test_spelt_dates_are_the_dates_that_they_name(form: str) -> None:
    task = made(SPELT[form])
    assert dict(task.info.features)["when"] == "date"
    np.testing.assert_array_equal(parts(task)["when (days)"], in_days(DAYS))
    assert task.info.fingerprint == made(DAYS).info.fingerprint
    np.testing.assert_array_equal(
        new(task, {"a": A[:3], "when": SPELT[form][:3]})["when (days)"], in_days(DAYS)[:3]
    )


@pytest.mark.parametrize("form", PERIODS)
def test_months_quarters_and_weeks_are_dates_by_their_first_day(form: str, tmp_path: Path) -> None:
    cells, days, what = PERIODS[form]
    task = made(cells)
    assert dict(task.info.features)["when"] == "date"
    assert f"{what} stand for their first day: 'when'." in task.info.notes
    np.testing.assert_array_equal(parts(task)["when (days)"], in_days(days))
    assert not any("week" in name for name in parts(task))
    frame = pd.DataFrame({"a": A, "when": cells, "y": Y})
    in_file = of_file(tmp_path / "t.csv", lambda path: frame.to_csv(path, index=False))
    assert in_file.info.fingerprint == task.info.fingerprint
    assert made(pl.Series(cells)).info.fingerprint == task.info.fingerprint
    found = new(task, {"a": A[:3], "when": [cells[0], None, cells[2]]})["when (days)"]
    np.testing.assert_array_equal(found, [in_days(days)[0], np.nan, in_days(days)[2]])
    for odd in ("soon", "2021-03-12", "2021-13"):
        with pytest.raises(TableError, match=r"row 2: .* is no date as training had them"):
            new(task, {"a": A[:2], "when": [cells[0], odd]})


def test_periods_of_pandas_are_what_their_text_is() -> None:
    months = pd.Series(pd.period_range("2019-01", periods=N, freq="M"))
    assert made(months).info.fingerprint == made(months.astype(str)).info.fingerprint
    quarters = pd.Series(pd.period_range("1990Q1", periods=N, freq="Q"))
    assert made(quarters).info.fingerprint == made(quarters.astype(str)).info.fingerprint


@pytest.mark.parametrize("form", ["2021-03", "March 2021", "2021Q1", "2021-W10"])
def test_time_takes_the_same_forms(form: str) -> None:
    cells = sorted(PERIODS[form][0], key=lambda cell: PERIODS[form][0].index(cell))
    assert "--time when" in notes(made(cells))
    timed = made(cells, time="when")
    assert dict(timed.info.features) == {"a": "number"}


DOUBTFUL: dict[str, tuple[list[str], str]] = {
    "Mar-21": ([f"{MONTHS[i % 12][:3]}-{15 + i % 6}" for i in range(N)], "a month and its day"),
    "seasons": ([f"20{i % 10:02}-{i % 10 + 1:02}" for i in range(N)], "seasons of two years"),
    "born": ([f"{i % 4 + 1}-Mar-{30 + 9 * (i % 5)}" for i in range(N)], "do not say their century"),
    "mixed": (["soon" if i % 9 == 0 else f"2021Q{i % 4 + 1}" for i in range(N)], "mixes quarters"),
}


@pytest.mark.parametrize("form", DOUBTFUL)
def test_what_may_mean_two_things_is_a_category_and_said(form: str) -> None:
    cells, word = DOUBTFUL[form]
    task = made(cells)
    assert dict(task.info.features)["when"] == "category"
    assert word in notes(task)
    asked = made(cells, types={"when": "date"})
    assert dict(asked.info.features)["when"] == "date"


def test_years_of_two_digits_are_read_where_their_century_is_sure() -> None:
    task = made([f"{i % 28 + 1:02}-Mar-{(75 + i % 40) % 100:02}" for i in range(N)])
    assert "Years of two digits were read as 1950 to 2049: 'when'." in task.info.notes
    found = new(task, {"a": A[:2], "when": ["01-Mar-75", "01-Mar-10"]})["when (days)"]
    assert found[1] - found[0] == (pd.Timestamp("2010-03-01") - pd.Timestamp("1975-03-01")).days
    unsure = made([f"Mar-{40 * (i % 3):02}" for i in range(N)])
    assert dict(unsure.info.features)["when"] == "category"


@pytest.mark.parametrize(
    "cells",
    [
        [("Mon", "Tue", "Wed", "Thursday")[i % 4] for i in range(N)],
        [MONTHS[i % 12] for i in range(N)],
        [MONTHS[i % 12][:3].lower() for i in range(N)],
    ],
)
def test_names_of_days_and_months_are_categories_and_said(cells: list[str]) -> None:
    task = made(cells)
    assert dict(task.info.features)["when"] == "category"
    assert "Names of days or months were taken as categories: 'when'." in task.info.notes


@pytest.mark.parametrize(
    "cells",
    [
        [f"A{i % 5}-2021" for i in range(N)],
        [f"1001-{i % 12 + 1}" for i in range(N)],
        [f"May {i % 3}" for i in range(N)],
        [f"{i % 7}Q" for i in range(N)],
    ],
)
def test_codes_are_no_dates(cells: list[str]) -> None:
    assert dict(made(cells).info.features)["when"] == "category"


def test_a_target_of_dates_is_refused_and_one_of_numbers_is_not() -> None:
    for cells in (DAYS, SPELT["March 12, 2021"], PERIODS["2021Q1"][0], ["10:15", "11:20"] * 48):
        with pytest.raises(TargetError, match="neither classes nor numbers"):
            make_task(to_table({"a": A, "y": cells}), "y")
    waits = pd.to_timedelta(np.arange(N), unit="h")
    with pytest.raises(TargetError, match="holds durations"):
        make_task(to_table({"a": A, "y": waits}), "y")
    two = [PERIODS["2021Q1"][0][0], PERIODS["2021Q1"][0][40]] * (N // 2)
    assert make_task(to_table({"a": A, "y": two}), "y", kind="classification").info.classes


def test_every_form_names_itself_and_no_other() -> None:
    """What one form reads the others do not, so that a column has one meaning."""
    every = {form: set(cells) for form, (cells, _, _) in PERIODS.items()}
    for cells in every.values():
        readers = {f for f in dateforms.PERIODS if all(dateforms.period(c, f) for c in cells)}
        assert len(readers) == 1, json.dumps(sorted(cells)[:3])
    for cells in SPELT.values():
        assert not any(dateforms.form_of(set(cells))[0] for cells in [cells])
