"""Typed numbers stay numbers: decimals, durations, times of day, every width."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from between import A, N, Y, made, new, of_file, parts
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.errors import TableError
from howdeep.modalities.table.dates import duration_text, read_duration
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.typed import typed

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")

# ---- decimals -----------------------------------------------------------------------------------
MONEY = [None if i % 9 == 0 else Decimal(f"{i - 30}.{i % 10}{i % 7}") for i in range(N)]
FLOATS = np.array([np.nan if value is None else float(str(value)) for value in MONEY])
WITH_DECIMALS: dict[str, Callable[[], Any]] = {
    "list": lambda: MONEY,
    "numpy": lambda: np.array(MONEY, dtype=object),
    "pandas": lambda: pd.Series(MONEY),
    "pandas with arrow": lambda: pd.Series(MONEY, dtype=pd.ArrowDtype(pa.decimal128(20, 4))),
    "polars": lambda: pl.Series(MONEY, dtype=pl.Decimal(20, 4)),
    "arrow 128": lambda: pa.array(MONEY, pa.decimal128(30, 9)),
    "arrow 256": lambda: pa.chunked_array([pa.array(MONEY, pa.decimal256(60, 20))]),
    "beside floats": lambda: [float(v) if v and i % 2 else v for i, v in enumerate(MONEY)],
}


@pytest.mark.parametrize("form", WITH_DECIMALS)
def test_decimals_are_the_numbers_that_text_gives(form: str) -> None:
    found = typed(WITH_DECIMALS[form]())
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, FLOATS)


@pytest.mark.parametrize("kind", [pa.decimal128(12, 2), pa.decimal256(60, 30)])
def test_decimals_of_a_parquet_file_are_numbers(kind: Any, tmp_path: Path) -> None:
    table = pa.table({"a": A, "when": pa.array(MONEY, kind), "y": Y})
    task = of_file(tmp_path / "t.parquet", lambda path: pq.write_table(table, path))
    np.testing.assert_array_equal(parts(task)["when"], FLOATS)
    assert dict(task.info.features)["when"] == "number"
    assert task.info.fingerprint == made(MONEY).info.fingerprint


def test_decimals_that_are_identifiers_stay_exact_and_odd_ones_are_missing_or_refused() -> None:
    big = [Decimal(2**53 + 1), Decimal("12.00"), None]
    assert typed(big).tolist() == [str(2**53 + 1), "12.00", None]
    assert typed([Decimal(2**53 + 1) + Decimal("0.5"), 1]).dtype == np.float64
    assert np.isnan(typed([Decimal("NaN"), Decimal("sNaN"), 1])[:2].astype(float)).all()
    with pytest.raises(TableError, match="infinite"):
        to_table({"a": [Decimal("Infinity"), 1]})


def test_a_target_of_decimals_is_predicted_as_numbers() -> None:
    y = [Decimal(f"{value:.4f}") for value in Y]
    task = make_task(to_table({"a": A, "y": y}), "y")
    assert task.info.kind == "regression"
    np.testing.assert_array_equal(task.target, [float(value) for value in y])


@pytest.mark.parametrize(
    "values",
    [
        *(np.arange(5).astype(kind) for kind in ("i1", "u1", "i2", "u4", "i8", "u8", "f2", "f4")),
        *(pd.Series(range(5), dtype=kind) for kind in ("Int8", "UInt64", "Float32", "Float64")),
        *(pl.Series(range(5), dtype=kind) for kind in (pl.Int8, pl.UInt64, pl.Float32)),
        *(pa.array(range(5), kind()) for kind in (pa.int8, pa.uint64, pa.float32, pa.float64)),
        pd.Series(range(5), dtype=pd.ArrowDtype(pa.uint16())),
        pa.array(np.arange(5).astype(np.float16)),
    ],
    ids=lambda values: str(getattr(values, "dtype", None) or values.type),
)
def test_every_width_of_number_is_numbers(values: Any) -> None:
    assert typed(values).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("kind", ["string", "string[pyarrow]", "str", pd.ArrowDtype(pa.string())])
def test_typed_text_and_truth_are_categories(kind: Any) -> None:
    assert typed(pd.Series(["p", None, "01"], dtype=kind)).tolist() == ["p", None, "01"]
    for truth in ("boolean", pd.ArrowDtype(pa.bool_())):
        assert typed(pd.Series([True, None], dtype=truth)).tolist() == ["True", None]
    assert typed(pa.array([True, None])).tolist() == ["True", None]


# ---- durations ----------------------------------------------------------------------------------
WAITS = [
    None if i % 8 == 0 else dt.timedelta(days=i % 3 - 1, seconds=i, microseconds=i * 1000)
    for i in range(N)
]
IN_SECONDS = np.array([np.nan if w is None else w // dt.timedelta(microseconds=1) for w in WAITS])
IN_SECONDS = IN_SECONDS / 1e6
WITH_DURATIONS: dict[str, Callable[[], Any]] = {
    "list": lambda: WAITS,
    "numpy": lambda: np.array(WAITS, dtype="timedelta64[us]"),
    "numpy objects": lambda: np.array([np.timedelta64(w, "us") for w in WAITS], dtype=object),
    "pandas": lambda: pd.Series(WAITS, dtype="timedelta64[ns]"),
    "pandas with arrow": lambda: pd.Series(WAITS, dtype=pd.ArrowDtype(pa.duration("ms"))),
    "polars": lambda: pl.Series(WAITS, dtype=pl.Duration("ms")),
    "arrow": lambda: pa.array(WAITS, pa.duration("us")),
}


@pytest.mark.parametrize("form", WITH_DURATIONS)
def test_durations_are_seconds(form: str) -> None:
    task = made(WITH_DURATIONS[form]())
    np.testing.assert_array_equal(parts(task)["when"], IN_SECONDS)
    assert dict(task.info.features)["when"] == "number"
    assert "Durations are numbers of seconds: 'when'." in task.info.notes
    assert "Column 'when' has 12 missing cells of 96." in task.info.notes


def test_whole_days_are_days_and_their_unit_is_kept_for_new_rows() -> None:
    task = made([dt.timedelta(days=i % 11) for i in range(N)])
    np.testing.assert_array_equal(parts(task)["when"], np.arange(N) % 11)
    assert "Durations are numbers of days: 'when'." in task.info.notes
    found = new(task, {"a": [1.0] * 3, "when": [dt.timedelta(hours=36), "PT12H", None]})
    np.testing.assert_array_equal(found["when"], [1.5, 0.5, np.nan])
    with pytest.raises(TableError, match=r"column 'when', row 2: '3.0' is no duration"):
        new(task, {"a": [1.0] * 2, "when": [np.nan, 3.0]})


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_of_a_parquet_file_and_of_text_are_those_of_a_frame(
    unit: str, tmp_path: Path
) -> None:
    waits = [None if w is None else dt.timedelta(seconds=w.seconds, days=w.days) for w in WAITS]
    wanted = made(waits).info.fingerprint
    table = pa.table({"a": A, "when": pa.array(waits, pa.duration(unit)), "y": Y})
    assert (
        of_file(tmp_path / "t.parquet", lambda path: pq.write_table(table, path)).info.fingerprint
        == wanted
    )
    frame = pd.DataFrame({"a": A, "when": pd.Series(waits, dtype=f"timedelta64[{unit}]"), "y": Y})
    by_pandas = of_file(tmp_path / "p.csv", lambda path: frame.to_csv(path, index=False))
    assert by_pandas.info.fingerprint == wanted
    other = pl.DataFrame({"a": A, "when": waits, "y": Y})
    other = other.with_columns(pl.col("when").dt.to_string("iso"))
    assert of_file(tmp_path / "q.csv", other.write_csv).info.fingerprint == wanted


def test_durations_without_one_length_are_refused() -> None:
    for unit in ("M", "Y"):
        with pytest.raises(TableError, match="have no one length"):
            to_table({"a": np.array([1, 2], dtype=f"timedelta64[{unit}]")})
    assert dict(made([f"P{i % 4 + 1}M" for i in range(N)]).info.features)["when"] == "category"


@settings(deadline=None)  # a loaded machine is no mistake
@given(st.integers(-(10**15), 10**15))
def test_every_duration_is_read_as_it_was_written(microseconds: int) -> None:
    assert read_duration(duration_text(microseconds)) == (microseconds, False)
    other = dt.timedelta(microseconds=microseconds)
    if abs(other) >= dt.timedelta(days=1):
        assert read_duration(str(other)) == (microseconds, False)
    assert read_duration(str(pd.Timedelta(other))) == (microseconds, False)


# ---- times of day -------------------------------------------------------------------------------
CLOCK = [None if i % 12 == 5 else dt.time(i % 24, i % 60, (i * 7) % 60) for i in range(N)]
WITH_TIMES: dict[str, Callable[[], Any]] = {
    "list": lambda: CLOCK,
    "pandas": lambda: pd.Series(CLOCK),
    "pandas with arrow": lambda: pd.Series(CLOCK, dtype=pd.ArrowDtype(pa.time64("us"))),
    "polars": lambda: pl.Series(CLOCK, dtype=pl.Time),
    "arrow": lambda: pa.array(CLOCK, pa.time32("s")),
    "text": lambda: [None if c is None else c.strftime("%H:%M:%S") for c in CLOCK],
    "twelve hours": lambda: [None if c is None else c.strftime("%I:%M:%S %p") for c in CLOCK],
}


@pytest.mark.parametrize("form", WITH_TIMES)
def test_times_of_day_are_seconds_and_a_circle(form: str) -> None:
    task = made(WITH_TIMES[form]())
    seconds = np.array(
        [np.nan if c is None else c.hour * 3600.0 + c.minute * 60 + c.second for c in CLOCK]
    )
    found = parts(task)
    assert list(found) == ["a", "when (seconds)", "when (day, sin)", "when (day, cos)"]
    np.testing.assert_array_equal(found["when (seconds)"], seconds)
    circle = 2 * np.pi * seconds / 86_400
    np.testing.assert_allclose(found["when (day, sin)"], np.sin(circle), atol=1e-14)
    np.testing.assert_allclose(found["when (day, cos)"], np.cos(circle), atol=1e-14)
    assert dict(task.info.features)["when"] == "date"
    assert task.info.fingerprint == made(CLOCK).info.fingerprint


def test_times_of_day_of_a_parquet_file(tmp_path: Path) -> None:
    for kind in (pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        table = pa.table({"a": A, "when": pa.array(CLOCK).cast(kind), "y": Y})
        task = of_file(tmp_path / "t.parquet", lambda p, t=table: pq.write_table(t, p))
        assert task.info.fingerprint == made(CLOCK).info.fingerprint
