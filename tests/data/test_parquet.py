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

from howdeep.base.errors import ConfigError, InputError, TableError
from howdeep.modalities.table.read import parquet, read_table
from howdeep.modalities.table.samples import names_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import task_of
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
    when = str(found.pop("when")[0])  # in UTC, and says so
    assert when.startswith("2020-01-02 01:00:00")
    assert when.endswith("Z")
    assert found == {
        "whole": [1.0, None, 3.0],
        "big": ["1", None, str(BIG)],
        "half": [0.5, None, 1.5],
        "text": ["01", None, "1"],
        "kind": ["p", "q", "p"],
        "truth": ["True", None, "False"],
        "money": [1.1, None, 2.0],
        "day": ["2020-01-02", None, "2021-01-01"],
        "none": [None] * 3,
    }


def test_a_task_like_that_of_the_same_frame(tmp_path: Path) -> None:
    columns = {"x": np.linspace(0, 1, N), "code": ["1", "2", "3"] * 20, "y": np.arange(N) % 2}
    path = written(tmp_path, packed(columns, compression="zstd"))
    made = task_of(parse_options({"data": path, "target": "y"}))
    assert made.info.source == str(path)
    assert names_of(made).numbers == ("x",)
    assert names_of(made).codes == ("code",)
    assert made.info.classes == ("0", "1")


ROWS = pa.table({"a": list(range(N)), "s": ["a", "b", "c"] * 20})
GOOD = packed(ROWS, compression="none")


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
