"""Parquet tables: types are kept; what is damaged, nested or swells is refused."""

from __future__ import annotations

import datetime
import io
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from howdeep.base.errors import ConfigError, InputError, LimitError, TableError
from howdeep.data.read import parquet, read_table
from howdeep.route.options import parse_options
from howdeep.route.source import task_of
from promises import Tally

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet")
BIG = 2**53 + 1
N = 60


def packed(columns: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), out, **options)
    return out.getvalue()


def written(folder: Path, data: bytes) -> Path:
    path = folder / "t.data"
    path.write_bytes(data)
    return path


def column(path: Path, name: str) -> list[object]:
    found = next(c for c in read_table(path).columns if c.name == name)
    return [None if v != v else v for v in found.values.tolist()]


def test_types_are_kept(tmp_path: Path) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    path = written(
        tmp_path,
        packed(
            {
                "whole": pa.array([1, None, 3]),
                "big": pa.array([1, None, BIG]),
                "half": pa.array([0.5, None, 1.5], pa.float32()),
                "text": pa.array(["01", None, "1"]),
                "kind": pa.array(["p", "q", "p"]).dictionary_encode(),
                "truth": pa.array([True, None, False]),
                "money": pa.array([Decimal("1.10"), None, Decimal("2.00")]),
                "day": pa.array([datetime.date(2020, 1, 2), None, datetime.date(2021, 1, 1)]),
                "when": pa.array([datetime.datetime(2020, 1, 2, 3, tzinfo=zone)] * 3),
                "none": pa.nulls(3),
            }
        ),
    )
    table = read_table(path)
    found = {c.name: [None if v != v else v for v in c.values.tolist()] for c in table.columns}
    assert str(found.pop("when")[0]).startswith("2020-01-02 01:00:00")  # in UTC
    assert found == {
        "whole": [1.0, None, 3.0],
        "big": ["1", None, str(BIG)],
        "half": [0.5, None, 1.5],
        "text": ["01", None, "1"],
        "kind": ["p", "q", "p"],
        "truth": ["True", None, "False"],
        "money": ["1.10", None, "2.00"],
        "day": ["2020-01-02", None, "2021-01-01"],
        "none": [None] * 3,
    }


def test_a_task_like_that_of_the_same_frame(tmp_path: Path) -> None:
    columns = {"x": np.linspace(0, 1, N), "code": ["1", "2", "3"] * 20, "y": np.arange(N) % 2}
    path = written(tmp_path, packed(columns, compression="zstd"))
    made = task_of(parse_options({"data": path, "target": "y"}))
    assert made.info.source == str(path)
    assert made.number_names == ("x",)
    assert made.code_names == ("code",)
    assert made.info.classes == ("0", "1")


def test_metadata_of_pandas_are_not_looked_at(tmp_path: Path) -> None:
    mad = pa.table({"a": [1, 2]}).replace_schema_metadata({"pandas": b"\x80\x04." * 50})
    assert column(written(tmp_path, packed(mad)), "a") == [1.0, 2.0]


ROWS = pa.table({"a": list(range(N)), "s": ["a", "b", "c"] * 20})
GOOD = packed(ROWS, compression="none")
NESTED = {
    "list": pa.array([[1], [2]]),
    "struct": pa.array([{"k": 1}, {"k": 2}]),
    "map": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    "binary": pa.array([b"x", b"y"]),
    "duration": pa.array([datetime.timedelta(1), None]),
}


@pytest.mark.parametrize("name", NESTED)
def test_nested_columns_are_refused_by_name(name: str, tmp_path: Path) -> None:
    path = written(tmp_path, packed({"a": [1, 2], "odd": NESTED[name]}))
    with pytest.raises(TableError, match="column 'odd'"):
        read_table(path)


@pytest.mark.parametrize(
    "data",
    [
        b"PAR1",
        b"PAR1....PAR1",
        GOOD[:-9],
        GOOD[:200],
        GOOD[:-8] + b"\xff\xff\xff\x7fPAR1",
        GOOD[: len(GOOD) // 2] + bytes(50) + GOOD[len(GOOD) // 2 + 50 :],
        b"PARE" + GOOD[4:-4] + b"PARE",
        packed(pa.table({"a": pa.array([], pa.int64())})),
        packed(pa.table([[1], [2]], names=["a", "a"])),
    ],
)
def test_damaged_encrypted_and_empty_files_are_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_table(written(tmp_path, data))
    assert caught.value.fix


def test_dictionary_indices_out_of_range_are_refused(tmp_path: Path) -> None:
    fields = pa.schema([pa.field("s", pa.string(), nullable=False)])
    table = pa.table({"s": ["a", "b", "c"] * 400}, schema=fields)
    data = packed(table, compression="none", use_dictionary=True)
    assert data.count(b"\x24\x49\x92") > 50  # 0, 1, 2, 0, ... of two bits each
    assert column(written(tmp_path, data), "s")[:3] == ["a", "b", "c"]
    with pytest.raises(TableError):
        read_table(written(tmp_path, data.replace(b"\x24\x49\x92", b"\xff\xff\xff")))


def test_what_swells_is_refused_from_its_counts(tmp_path: Path) -> None:
    zeros = pa.table({"a": np.zeros(50_000_000, np.int8)})
    data = packed(zeros, compression="zstd")
    assert len(data) < 300_000
    with pytest.raises(LimitError, match="50,000,000 rows"):
        read_table(written(tmp_path, data))
    places, words = pa.array(np.zeros(20_000, np.int8)), pa.array(["x" * 100_000])
    long = pa.table({"s": pa.DictionaryArray.from_arrays(places, words)})
    with pytest.raises(LimitError, match="bytes of text"):
        read_table(written(tmp_path, packed(long)))
    with pytest.raises(LimitError, match="1,000,000 characters"):
        read_table(written(tmp_path, packed({"s": ["x" * 1_000_001]})))


def test_a_crash_of_the_reader_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashed(command: list[str], **_: Any) -> Any:
        return subprocess.CompletedProcess(command, -signal.SIGSEGV, b"", b"")

    monkeypatch.setattr(subprocess, "run", crashed)
    with pytest.raises(TableError, match="code -11"):
        read_table(written(tmp_path, GOOD))


def test_options_of_text_are_refused_and_infinity_is_not(tmp_path: Path) -> None:
    path = written(tmp_path, packed({"a": [1.0, float("inf")]}))
    with pytest.raises(ConfigError, match="--sep, --header"):
        read_table(path, sep=",", header=True)
    with pytest.raises(TableError, match="infinite"):
        read_table(path)
    assert np.isnan(read_table(path, inf="missing").columns[0].values[1])


def test_without_pyarrow_the_way_to_get_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{':'.join(sys.path)}")
    with pytest.raises(ConfigError, match=r'pip install "howdeep\[parquet\]"'):
        read_table(written(tmp_path, GOOD))
    assert parquet.is_parquet(tmp_path / "none") is False


@pytest.mark.parametrize(
    "examples", [10, pytest.param(2_000, marks=pytest.mark.campaign("P17"))], ids=str
)
def test_mutated_files_end_in_a_table_or_a_refusal(
    examples: int, tmp_path: Path, tally: Tally
) -> None:
    rng = np.random.Generator(np.random.PCG64(examples))
    for _ in range(examples):
        tally.case()
        data = bytearray(GOOD)
        for at in rng.integers(0, len(data), rng.integers(1, 9)):
            data[at] = rng.integers(0, 256)
        data[:4] = b"PAR1"
        try:
            table = read_table(written(tmp_path, bytes(data)))
        except InputError:  # any other exception fails
            continue
        assert table.rows
