"""Columns of decimal commas read as a whole become what they are cell by cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from howdeep.base.errors import InputError
from howdeep.modalities.table import notations, source
from howdeep.modalities.table.read import dense, numerals

RNG = np.random.default_rng(5)
FRACTIONS = [f"{value:.3f}".replace(".", ",") for value in RNG.normal(size=80) * 40]
GROUPS = [f"{1 + i % 99},{100 + i}" for i in range(80)]
OTHER = [f"{i % 7}" for i in range(80)]
COLUMNS = {  # two columns of 80 cells
    "fractions": (FRACTIONS, OTHER),
    "missing": ([*FRACTIONS[:70], "NA", "", "?", "-", "null", *FRACTIONS[75:]], OTHER),
    "whole numbers among": ([*FRACTIONS[:40], *map(str, range(40))], FRACTIONS),
    "may be thousands first": (["12,736", *FRACTIONS[1:]], OTHER),
    "may be thousands last": ([*[f"0,{i}" for i in range(79)], "12,736"], OTHER),
    "all may be thousands": (GROUPS, OTHER),
    "another column decides": (GROUPS, FRACTIONS),
    "points beside": (FRACTIONS, [f"{i}.25" for i in range(80)]),
    "thousands beside": (FRACTIONS, [f"{i + 1}.{100 + i}" for i in range(80)]),
    "a currency beside": (FRACTIONS, [f"€ {i},50" for i in range(80)]),
    "leading zeros": ([f"00{i},5" for i in range(80)], OTHER),
    "codes among": ([*FRACTIONS[:79], "007"], OTHER),
    "plus": (["+1,5", *FRACTIONS[1:]], OTHER),
    "exponents": (["1,5e3", *FRACTIONS[1:]], OTHER),
    "infinite": (["1,5e999", *FRACTIONS[1:]], OTHER),
    "nothing before": ([",5", *FRACTIONS[1:]], OTHER),
    "nothing behind": (["5,", *FRACTIONS[1:]], OTHER),
    "a comma alone": ([",", *FRACTIONS[1:]], OTHER),
    "two commas": (["1,2,3", *FRACTIONS[1:]], OTHER),
    "a long minus": (["−1,5", *FRACTIONS[1:]], OTHER),
    "many digits": (["1234567890123456789012,5", *FRACTIONS[1:]], OTHER),
    "too many digits": (["1" * 70 + ",5", *FRACTIONS[1:]], OTHER),
    "few": (["1,5", "2,5"] * 40, OTHER),
    "text among": ([*FRACTIONS[:78], "x", "y"], OTHER),
}
SAID: tuple[dict[str, Any], ...] = ({}, {"decimal": ","}, {"decimal": "."}, {"thousands": "comma"})


def found(path: Path, said: dict[str, Any]) -> tuple[object, ...]:
    options = source.Options(data=str(path), target="y", **said)
    try:
        task = source.table_task(source.read(options, str(path)), options)
    except InputError as error:
        return (type(error), str(error))
    return task.info, task.names


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_read_as_a_whole_is_what_it_is_cell_by_cell(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "coded", lambda *cells: None)  # as where many cells differ
    path = tmp_path / "t.csv"
    lines = [
        "a;b;y",
        *(f"{a};{b};{'uvw'[i % 3]}" for i, (a, b) in enumerate(zip(*COLUMNS[name], strict=True))),
    ]
    path.write_text("\n".join(lines) + "\n")
    whole = [found(path, said) for said in SAID]
    monkeypatch.setattr(notations, "read_whole", lambda column: None)
    assert whole == [found(path, said) for said in SAID]


def test_fractions_are_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "coded", lambda *cells: None)
    seen = []
    read = notations.read_whole
    monkeypatch.setattr(notations, "read_whole", lambda c: seen.append(read(c)) or seen[-1])
    path = tmp_path / "t.csv"
    path.write_text("a;y\n" + "".join(f"{a};{'uvw'[i % 3]}\n" for i, a in enumerate(FRACTIONS)))
    found(path, {})
    assert any(seen)


@pytest.mark.parametrize("form", ["%.6e", "%.16e", "%+.3E", "%.0e"])
def test_numbers_with_exponents_have_the_bits_that_python_reads(form: str) -> None:
    values = RNG.normal(size=3_000) * 10.0 ** RNG.integers(-300, 300, 3_000)
    cells = [form % value for value in values]
    raw = ",".join(cells).encode() + b","
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord(",")).astype(np.int32)
    starts = np.append(np.int32(0), ends[:-1] + 1).astype(np.int32)
    read = numerals.numerals(raw, starts, ends)
    assert read is not None
    assert read.numbers.tobytes() == np.array([float(cell) + 0.0 for cell in cells]).tobytes()


@pytest.mark.parametrize("odd", ["1e", "e5", "1e5-3", "1-2e5", "1e+", "1e5e5", "1.2.3e4", ".e1"])
def test_what_only_looks_like_an_exponent_is_no_number(odd: str) -> None:
    raw = f"1e5,{odd},2e7,".encode()
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord(",")).astype(np.int32)
    starts = np.append(np.int32(0), ends[:-1] + 1).astype(np.int32)
    assert numerals.numerals(raw, starts, ends) is None
