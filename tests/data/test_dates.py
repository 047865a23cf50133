"""Dates become numbers that go on in new rows, alike from every source, or are refused."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from between import A, N, Y, made, new, notes, of_file, parts
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.errors import ConfigError, TableError
from howdeep.modalities.table import encode
from howdeep.modalities.table.dates import DAY
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.samples import dates_of, names_of

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")

DATA = os.environ.get("HOWDEEP_TEST_DATA")
CASES = Path(DATA or "none").parent / "cases"
FIRST = dt.datetime(2020, 2, 26, 22, 30, 15, 250_000)


# ---- dates --------------------------------------------------------------------------------------
WHEN = [
    None if i % 10 == 3 else FIRST + dt.timedelta(days=i * 5, hours=i, minutes=i) for i in range(N)
]
DAYS = [None if w is None else w.date() for w in WHEN]


def iso(sep: str = "T", zone: str = "") -> list[str | None]:
    return [None if w is None else w.isoformat(sep) + zone for w in WHEN]


WITH_DATES: dict[str, Callable[[], Any]] = {
    "list": lambda: WHEN,
    "numpy": lambda: np.array(WHEN, dtype="datetime64[ns]"),
    "numpy objects": lambda: np.array([np.datetime64(w, "us") for w in WHEN], dtype=object),
    "pandas": lambda: pd.Series(WHEN, dtype="datetime64[us]"),
    "pandas with arrow": lambda: pd.Series(WHEN, dtype=pd.ArrowDtype(pa.timestamp("ns"))),
    "polars": lambda: pl.Series(WHEN, dtype=pl.Datetime("ns")),
    "arrow": lambda: pa.array(WHEN, pa.timestamp("ns")),
    "text": iso,
    "text of pandas": lambda: pd.Series(iso(" ")),
    "slashes": lambda: [w and w.strftime("%Y/%m/%d %H:%M:%S.%f") for w in WHEN],
    "day first": lambda: [w and w.strftime("%d.%m.%Y %H:%M:%S,%f") for w in WHEN],
    "month first": lambda: [w and w.strftime("%m/%d/%Y %I:%M:%S.%f %p") for w in WHEN],
}
PARTS = [f"when ({c}, {wave})" for c in ("year", "week", "day") for wave in ("sin", "cos")]


@pytest.mark.parametrize("form", WITH_DATES)
def test_dates_are_days_and_circles(form: str) -> None:
    task = made(WITH_DATES[form]())
    found = parts(task)
    assert list(found) == ["a", "when (days)", *PARTS]
    assert task.info.features == (("a", "number"), ("when", "date"))
    np.testing.assert_array_equal(task.samples["numbers"], made(WHEN).samples["numbers"])
    midnight = dt.datetime(2020, 2, 26)
    for row, when in enumerate(WHEN):
        if when is None:
            assert all(math.isnan(found[name][row]) for name in ("when (days)", *PARTS))
            continue
        assert found["when (days)"][row] == (when - midnight) / dt.timedelta(days=1)
        within = (when - dt.datetime.combine(when, dt.time())) / dt.timedelta(days=1)
        leap = when.replace(year=2020).timetuple().tm_yday - 1
        phases = (leap / 366, when.weekday() / 7, within)
        waves = [wave(2 * math.pi * p) for p in phases for wave in (math.sin, math.cos)]
        np.testing.assert_allclose([found[name][row] for name in PARTS], waves, atol=1e-14)


WITH_DAYS: dict[str, Callable[[], Any]] = {
    "list": lambda: DAYS,
    "numpy": lambda: np.array(DAYS, dtype="datetime64[D]"),
    "pandas": lambda: pd.Series(DAYS, dtype="datetime64[s]"),
    "pandas with arrow": lambda: pd.Series(DAYS, dtype=pd.ArrowDtype(pa.date32())),
    "polars": lambda: pl.Series(DAYS, dtype=pl.Date),
    "arrow": lambda: pa.array(DAYS, pa.date64()),
    "periods": lambda: pd.Series(pd.PeriodIndex(DAYS, freq="D")),
    "text": lambda: [d and d.isoformat() for d in DAYS],
    "single digits": lambda: [d and f"{d.year}-{d.month}-{d.day}" for d in DAYS],
}


@pytest.mark.parametrize("form", WITH_DAYS)
def test_days_alone_have_no_time_of_day(form: str) -> None:
    task = made(WITH_DAYS[form]())
    assert list(parts(task)) == ["a", "when (days)", *PARTS[:4]]
    assert task.info.fingerprint == made(DAYS).info.fingerprint


@pytest.mark.parametrize(
    ("values", "left"),
    [
        ([f"{1990 + i % 20}-07-04" for i in range(N)], [*PARTS[2:4]]),  # one day of the year
        ([f"2021-0{1 + i % 3}-0{1 + (7 - (0, 3, 3)[i % 3]) % 7}" for i in range(N)], PARTS[:2]),
        ([f"2021-06-05 {i % 24:02}:00" for i in range(N)], PARTS[4:]),
        ([np.datetime64("2001") + i % 9 for i in range(N)], PARTS[2:4]),
    ],
    ids=["years", "weeks", "hours", "typed years"],
)
def test_parts_that_do_not_vary_are_left_out(values: list[Any], left: list[str]) -> None:
    assert list(parts(made(values))) == ["a", "when (days)", *left]


def test_a_column_of_one_date_or_none_is_left_out() -> None:
    assert "Left out, as all cells are equal: 'when'." in made(["2020-01-01"] * N).info.notes
    empty = np.full(N, np.datetime64("NaT"))
    assert "Left out, as all cells are missing: 'when'." in made(empty).info.notes
    some = made([None, "2020-01-01"] * (N // 2))
    assert list(parts(some)) == ["a", "when (days)"]


@settings(deadline=None)  # a loaded machine is no mistake
@given(st.lists(st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31)), min_size=2))
def test_a_later_date_is_a_larger_number(moments: list[dt.datetime]) -> None:
    values = [moments[i % len(moments)] for i in range(N)]
    values[0] = min(moments) + dt.timedelta(days=1) if len(set(moments)) == 1 else values[0]
    days = parts(made(values))["when (days)"]
    assert days.min() >= 0
    for one, other, x, z in zip(values, values[1:], days, days[1:], strict=False):
        assert (one < other) <= (x <= z)
        if abs(one - other) > dt.timedelta(milliseconds=1):
            assert (one < other) == (x < z)


def test_the_same_table_by_every_way_is_one_task(tmp_path: Path) -> None:
    """CSV by pandas, by polars, Parquet, an Arrow table, and frames: the same bits."""
    columns = {"a": A, "when": WHEN, "y": Y}
    wanted = made(WHEN).info.fingerprint
    frame, other, arrow = pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns)
    ways = {
        "p.csv": lambda path: frame.to_csv(path, index=False),
        "q.csv": other.write_csv,
        "p.parquet": frame.to_parquet,
        "q.parquet": other.write_parquet,
        "r.parquet": lambda path: pq.write_table(arrow, path),
    }
    for name, write in ways.items():
        assert of_file(tmp_path / name, write).info.fingerprint == wanted, name
    for data in (frame, other, arrow):
        assert make_task(to_table(data), "y").info.fingerprint == wanted


# ---- what is not read ---------------------------------------------------------------------------
def test_dates_of_which_nothing_says_the_month_are_not_guessed() -> None:
    cells = [f"{1 + i % 12:02}/{1 + i % 9:02}/2019" for i in range(N)]
    task = made(cells)
    assert dict(task.info.features)["when"] == "category"
    assert (
        "Column 'when' was not read as dates: they may be read day first or month first"
        " ('01/01/2019' in row 1); write them year first, as 2019-03-31." in task.info.notes
    )
    with pytest.raises(TableError, match="its dates may be read day first or month first"):
        made(cells, types={"when": "date"})


@pytest.mark.parametrize(
    ("cell", "order", "days"),
    [("31/12/2019", "day", 9 * 31), ("12/31/2019 10:00", "month", 30)],
)
def test_one_cell_decides_which_number_is_the_month(cell: str, order: str, days: int) -> None:
    cells = ["03/04/2019", "05/06/2019", "2019-05-06"] * 31 + ["", cell, "07/08/2019"]
    task = made(cells)
    assert (
        f"The dates of column 'when' were read {order} first, as '{cell}' in row 95 can be read"
        " in no other way." in task.info.notes
    )
    first = {"day": "2019-04-03", "month": "2019-03-04"}[order]
    assert parts(task)["when (days)"][0] == 0
    found = new(task, {"a": [0.0] * 2, "when": ["03/04/2019", first]})
    np.testing.assert_array_equal(found["when (days)"], [0, 0])


def test_day_first_and_month_first_in_one_column_are_no_dates() -> None:
    cells = ["13/04/2019", "04/13/2019", "01/02/2019"] * 32
    assert "are written day first and month first" in notes(made(cells))
    assert "'when'" in notes(made(cells))


def test_a_cell_that_is_no_date_among_dates_is_named() -> None:
    cells: list[Any] = [f"2019-01-{1 + i % 28:02}" for i in range(N)]
    for odd in ("2019-02-30", "soon", "31/12/19", "2019-13-01"):
        cells[4] = odd
        with pytest.raises(TableError, match=f"'when' holds dates, but row 5 is '{odd}'"):
            made(cells)
        task = made(cells, types={"when": "date"})
        assert np.isnan(parts(task)["when (days)"][4])
        assert f"was taken as missing (the first: '{odd}' in row 5)" in notes(task)
        assert dict(made(cells, types={"when": "category"}).info.features)["when"] == "category"
    cells[4] = "n/a"
    assert "'when' has 1 missing cell of 96" in notes(made(cells))


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["09:00", "10:30", "14:00", "closed"], "date"),
        (["1 day", "2 days", "5 days", "unknown"], "number"),
        (["PT1H", "PT90M", "7"], "number"),
        ([dt.timedelta(1), dt.timedelta(2), 5], "number"),
        (["09:00", "10:30", "25:00"], "number"),
    ],
)
def test_times_and_durations_beside_words_are_categories_unless_asked(
    cells: list[Any], kind: str
) -> None:
    cells = [cells[i % len(cells)] for i in range(N)]
    task = made(cells)
    if cells[2] == "25:00":  # hours and minutes alone are no duration
        assert "mixes times of day and text (the first: '25:00' in row 3)" in notes(task)
        kind = "date"
    assert dict(task.info.features)["when"] == "category"
    assert f"--types NAME={kind} takes its text as missing" in notes(task)
    asked = made(cells, types={"when": kind})
    assert dict(asked.info.features)["when"] == kind
    assert "was taken as missing (the first: " in notes(asked)


def test_words_with_a_date_among_them_stay_categories() -> None:
    cells = [("2019-01-02", "never", "often", "seldom")[i % 4] for i in range(N)]
    assert dict(made(cells).info.features)["when"] == "category"


def test_types_that_cannot_be_are_refused_and_say_what_can() -> None:
    dates = [f"2019-01-{1 + i % 28:02}" for i in range(N)]
    with pytest.raises(ConfigError, match="holds dates, and cannot be 'number'") as raised:
        made(dates, types={"when": "number"})
    assert "when=date" in str(raised.value)
    for cells in ([i % 7 for i in range(N)], ["x", "z"] * 48):
        with pytest.raises(ConfigError, match="column 'when' holds no dates"):
            made(cells, types={"when": "date"})
    assert dict(made(dates, types={"when": "drop"}).info.features) == {"a": "number"}


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+0530", "-08"])
def test_zones_are_taken_in_utc_and_not_mixed(zone: str) -> None:
    task = made(iso(zone=zone))
    hours = {"+0530": -5.5, "-08": 8}.get(zone, 0)
    moved = [w and w + dt.timedelta(hours=hours) for w in WHEN]
    np.testing.assert_array_equal(task.samples["numbers"], made(moved).samples["numbers"])
    assert "Dates with a time zone were taken in UTC: 'when'." in task.info.notes
    cells = [cell if i % 2 else cell and cell + zone for i, cell in enumerate(iso())]
    with pytest.raises(TableError, match=r"with a time zone \(.* in row 1\) and without one"):
        made(cells)
    with pytest.raises(
        TableError, match="row 1: '2020-01-01' stands where training had dates with"
    ):
        new(task, {"a": [0.0], "when": ["2020-01-01"]})
    with pytest.raises(TableError, match="where training had no time zones"):
        new(made(WHEN), {"a": [0.0], "when": ["2020-01-01 00:00" + zone]})


def test_typed_zones_are_one_task(tmp_path: Path) -> None:
    zoned = [w and w.replace(tzinfo=dt.UTC) for w in WHEN]
    wanted = made(zoned).info.fingerprint
    berlin = pd.Series(pd.to_datetime(zoned)).dt.tz_convert("Europe/Berlin")
    assert made(berlin).info.fingerprint == wanted
    polars = pl.Series(zoned).dt.convert_time_zone("America/New_York")
    assert made(polars).info.fingerprint == wanted
    arrow = pa.array(zoned, pa.timestamp("ns", "Asia/Kolkata"))
    assert made(arrow).info.fingerprint == wanted
    table = pa.table({"a": A, "when": arrow, "y": Y})
    task = of_file(tmp_path / "t.parquet", lambda path: pq.write_table(table, path))
    assert task.info.fingerprint == wanted


@pytest.mark.parametrize("encoding", ["table", "linear"])
def test_a_trend_goes_on(encoding: str) -> None:
    """By as far as the dates of training reach, and not a number is made up beyond."""
    days = [dt.date(2021, 3, 1) + dt.timedelta(days=i // 2) for i in range(N)]
    task = made(days)
    encoder = encode.fit(task, np.arange(N // 2), encoding)
    x = encode.transform(encoder, task.samples, encoder.inputs)
    place = [column.name for column in encoder.numbers].index("when (days)")
    base = x[:, sum(column.leading for column in encoder.numbers[:place])].astype(float)
    steps = np.diff(base)[1::2]
    np.testing.assert_allclose(steps[: N // 2 - 2], steps[0], rtol=1e-3)
    far = encode.transform(
        encoder, {**task.samples, "numbers": task.samples["numbers"] * 1e6}, encoder.inputs
    )
    assert np.isfinite(far).all()
    assert np.abs(far).max() < 10


def test_names_that_are_taken_are_not_given_twice() -> None:
    columns = {"when": DAYS, "when (days)": A, "when (year, sin)": A * 2, "y": Y}
    task = make_task(to_table(columns), "y")
    assert len(set(names_of(task).numbers)) == len(names_of(task).numbers)
    found = new(task, {name: cells[:5] for name, cells in columns.items()})
    for name, values in parts(task).items():
        np.testing.assert_array_equal(found[name], values[:5])


# ---- new rows, test files, times ----------------------------------------------------------------
def test_a_later_date_goes_on_and_a_stranger_cell_is_refused() -> None:
    task = made(DAYS)
    last = parts(task)["when (days)"][~np.isnan(parts(task)["when (days)"])].max()
    found = new(task, {"a": [0.0] * 2, "when": [None, "2031-01-01 12:00"]})
    assert np.isnan(found["when (days)"][0])
    assert found["when (days)"][1] > last + 3_000
    for odd in ("soon", "31/12/2019", 3.0):
        with pytest.raises(TableError, match=f"row 2: '{odd}' is no date as training had them"):
            new(task, {"a": [0.0] * 2, "when": [None, odd]})
    with pytest.raises(TableError, match="columns that are not there: 'when'"):
        new(task, {"a": [0.0]})


def test_rows_of_a_test_file_follow_and_are_named_where_they_cannot() -> None:
    table = to_table({"a": A, "when": DAYS, "y": Y})
    later = {"a": A, "when": [f"2031-01-{1 + i % 28:02}" for i in range(N)], "y": Y}
    task = make_task(table, "y", test=to_table(later))
    assert parts(task)["when (days)"][N:].min() > 3_000
    later["when"][6] = "soon"
    with pytest.raises(TableError, match="row 7 of the test file is 'soon'"):
        make_task(table, "y", test=to_table(later))
    later["when"][6] = "2031-01-01 10:00Z"
    with pytest.raises(TableError, match="row 7 of the test file"):
        make_task(table, "y", test=to_table(later))


@pytest.mark.parametrize("form", ["list", "text", "pandas", "polars", "arrow"])
def test_a_date_named_in_time_is_no_feature_and_else_it_is_offered(form: str) -> None:
    cells = [w or FIRST for w in WHEN]
    cells = sorted(cells)
    forms: dict[str, Any] = {
        "list": cells,
        "text": [str(c) for c in cells],
        "pandas": pd.Series(cells),
        "polars": pl.Series(cells),
        "arrow": pa.array(cells),
    }
    assert "--time when" in notes(made(forms[form]))
    timed = made(forms[form], time="when")
    assert dict(timed.info.features) == {"a": "number"}
    assert "Column 'when' is no feature: it puts the rows in order" in notes(timed)


def test_dates_that_give_the_target_away_are_named_by_their_column() -> None:
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(N)]
    with pytest.raises(Exception, match="can be read off 'when': equal to it"):
        make_task(to_table({"a": A, "when": days, "y": np.arange(N) * 1.5}), "y")


def test_parts_are_counted_from_midnight_of_the_earliest_day() -> None:
    assert dates_of(made(WHEN))[0].start % DAY == 0


@pytest.mark.skipif(not (CASES / "decimal.parquet").exists(), reason=f"no cases in {CASES}")
def test_the_cases_are_read_as_meant() -> None:
    task = make_task(read_table(CASES / "decimal.parquet"), "y")
    assert dict(task.info.features) == {"amount": "number", "z": "number"}
    sales = make_task(read_table(CASES / "daily_sales.csv"), "sales")
    assert dict(sales.info.features) == {"date": "date", "store": "number"}
    assert "--time date compares and tests on the later rows" in notes(sales)
    for frame in (pd, pl):
        typed_dates = frame.read_csv(CASES / "daily_sales.csv")
        again = make_task(to_table(typed_dates), "sales")
        assert again.info.fingerprint == sales.info.fingerprint
    by_day = pd.read_csv(CASES / "daily_sales.csv", parse_dates=["date"])
    assert make_task(to_table(by_day), "sales").info.fingerprint == sales.info.fingerprint
    later = pd.read_csv(CASES / "daily_sales_next.csv").drop(columns="sales")
    found = new(sales, later)["date (days)"]
    assert found.min() > parts(sales)["date (days)"].max()
    patients = make_task(read_table(CASES / "patients_grouped.csv"), "outcome")
    assert "--groups patient_id" in notes(patients)
