"""Numbers in another notation: one rule for a table, read where it can mean one thing, and said."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from howdeep.base.errors import ConfigError, TableError, TargetError
from howdeep.data.notation import Notation, number_in
from howdeep.data.task import Task
from howdeep.modalities.table.samples import codes_of, names_of, numbers_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task, task_of

N = 90
Columns = dict[str, list[str]]
DATA = os.environ.get("HOWDEEP_TEST_DATA", "")
CASES = Path(DATA).parent / "cases"
needs_cases = pytest.mark.skipif(
    not DATA or not CASES.is_dir(), reason="no folder of cases next to HOWDEEP_TEST_DATA"
)


def write(folder: Path, columns: Columns, sep: str = ",", name: str = "t.csv") -> str:
    path = folder / name
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, delimiter=sep)
        out.writerow(columns)
        out.writerows(zip(*columns.values(), strict=True))
    return str(path)


def read(folder: Path, columns: Columns, sep: str = ",", **options: Any) -> Task:
    """The task of these columns, the last of them the target, as the command line reads it."""
    path = write(folder, columns, sep)
    return task_of(parse_options({"data": path, "target": "-1", **options}))


def frames(path: str, sep: str = ",") -> list[Any]:
    return [
        pd.read_csv(path, sep=sep),
        pd.read_csv(path, sep=sep, dtype=str),
        pl.read_csv(path, separator=sep, infer_schema_length=None),
        pl.read_csv(path, separator=sep, infer_schema=False),
    ]


def of_frame(frame: Any, target: str, **options: Any) -> Task:
    return handed_task(Handed(frame), parse_options({"target": target, **options}))


def notes(task: Task) -> str:
    return "\n".join(task.info.notes)


def column(task: Task, name: str) -> list[float]:
    found: list[float] = numbers_of(task)[:, names_of(task).numbers.index(name)].tolist()
    return found


def with_x(**columns: list[str]) -> Columns:
    """The columns with one of plain decimals, and two classes."""
    rng = np.random.default_rng(0)
    x = [f"{value:.4f}" for value in rng.normal(size=N)]
    return {"x": x, **columns, "y": ["p", "q"] * (N // 2)}


def wholes(start: int = 1) -> list[int]:
    return [start + (i * 7919) % 997 for i in range(N)]


# ---- one table in five notations -----------------------------------------------------------------
def grouped(whole: int, mark: str) -> str:
    return f"{whole:,}".replace(",", mark)


def decimal(value: float, sign: str, mark: str) -> str:
    text = f"{value:,.2f}"
    return text.replace(",", "_").replace(".", sign).replace("_", mark)


STYLES: dict[str, tuple[str, Callable[[int], str], Callable[[float], str]]] = {
    "plain": (",", str, lambda v: f"{v:.2f}"),
    "comma and dot": (";", lambda w: grouped(w, "."), lambda v: decimal(v, ",", ".")),
    "comma and blank": (";", lambda w: grouped(w, "\u202f"), lambda v: decimal(v, ",", "\u00a0")),
    "signs": (",", lambda w: f"${grouped(w, ',')}", lambda v: f"{decimal(v, '.', ',')}%"),
    "apostrophe": (";", lambda w: grouped(w, "'"), lambda v: decimal(v, ".", "\u2019")),
}


def drawn(seed: int, rows: int, scale: float) -> Columns:
    """Whole numbers and fractions of either sign, and two classes; the numbers are floats."""
    rng = np.random.default_rng(seed)
    whole = rng.permutation(rng.integers(1_000, 9_999_999, rows))
    part = np.round(rng.normal(0, scale, rows), 2) + 0.0
    labels = rng.permutation(np.resize(["no", "yes"], rows))
    return {"w": whole.tolist(), "v": part.tolist(), "y": labels.tolist()}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32), rows=st.integers(70, 90), scale=st.sampled_from([0.1, 30.0, 5e4])
)
def test_five_notations_of_one_table_are_one_task(
    tmp_path_factory: pytest.TempPathFactory, seed: int, rows: int, scale: float
) -> None:
    folder, table = tmp_path_factory.mktemp("five"), drawn(seed, rows, scale)
    found = {}
    for style, (sep, whole, part) in STYLES.items():
        cells = {
            "w": [whole(int(w)) for w in table["w"]],
            "v": [part(float(v)) for v in table["v"]],
        }
        found[style] = read(folder, cells | {"y": table["y"]}, sep)
    first = found["plain"]
    assert names_of(first).numbers == ("w", "v")
    for style, task in found.items():
        assert np.array_equal(numbers_of(task), numbers_of(first)), style
        assert np.array_equal(task.target, first.target), style
        assert task.info.fingerprint == first.info.fingerprint, style


# ---- what is read, and said ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("write_one", "says"),
    [
        (lambda i: f"{i * 1391:,}", "comma between thousands"),
        (lambda i: f"{i * 1391:,}".replace(",", " "), "blank between thousands"),
        (lambda i: f"{i * 1391:,}".replace(",", "\u2009"), "blank between thousands"),
        (lambda i: f"€ {i * 1391}", "the sign '€'"),
        (lambda i: f"{i * 1391} EUR", "the sign 'EUR'"),
        (lambda i: f"US${i * 1391}", "the sign 'US$'"),
        (lambda i: f"{i * 1391} bhp", "'bhp' behind each"),
        (lambda i: f"{i * 1391}km/h", "'km/h' behind each"),
        (lambda i: f"{i * 1391} °C", "'°C' behind each"),
        (lambda i: f"{i * 1391}%", "'%' behind each"),
    ],
)
def test_a_number_is_read_and_said(
    tmp_path: Path, write_one: Callable[[int], str], says: str
) -> None:
    values = wholes()
    task = read(tmp_path, with_x(m=[write_one(i) for i in values]))
    assert column(task, "m") == [i * 1391 for i in values]
    assert says in notes(task)
    assert "'m'" in notes(task)


@pytest.mark.parametrize("minus", ["({})", "\u2212{}", "\u2013{}", "-{}"])
def test_minus_in_three_ways(tmp_path: Path, minus: str) -> None:
    values = [v if v % 3 else -v for v in wholes()]
    cells = [str(v) if v >= 0 else minus.format(-v) for v in values]
    assert column(read(tmp_path, with_x(m=cells)), "m") == values


def test_brackets_around_every_number_are_no_minus(tmp_path: Path) -> None:
    task = read(tmp_path, with_x(m=[f"({i % 5})" for i in range(N)]))
    assert names_of(task).codes == ("m",)


def test_lakhs_are_numbers(tmp_path: Path) -> None:
    cells = ["\u20b912,34,567", "\u20b91,00,000", "\u20b975,000"] * 30
    assert column(read(tmp_path, with_x(m=cells)), "m")[:3] == [1234567, 100000, 75000]


def test_a_test_file_is_read_by_the_notation_of_the_table(tmp_path: Path) -> None:
    rows = with_x(m=[f"{i * 1391:,}" for i in wholes()])
    again = write(tmp_path, with_x(m=[f"{i * 1391}" for i in wholes(5)]), name="u.csv")
    assert column(read(tmp_path, rows, test=again), "m")[N:] == [i * 1391 for i in wholes(5)]
    odd = write(tmp_path, with_x(m=["1.391.688", *("2" for _ in range(N - 1))]), name="v.csv")
    with pytest.raises(TableError, match=r"row 1 of the test file is '1\.391\.688'"):
        read(tmp_path, rows, test=odd)


# ---- one rule for all columns --------------------------------------------------------------------
EITHER = [f"{1 + i % 9},{100 + i}" for i in range(N)]


def test_what_may_be_either_is_read_by_the_evidence_of_another_column(tmp_path: Path) -> None:
    rows = with_x(m=EITHER)
    thousands = [int(cell.replace(",", "")) for cell in EITHER]
    assert column(read(tmp_path, rows), "m") == thousands  # decimal points in x
    comma = rows | {"x": [cell.replace(".", ",") for cell in rows["x"]]}
    parts = [float(cell.replace(",", ".")) for cell in EITHER]
    assert column(read(tmp_path, comma, ";"), "m") == parts
    million = {"big": ["1,391,688", "2,849,621", "12,736"] * 30, "m": EITHER, "y": rows["y"]}
    assert column(read(tmp_path, million), "m") == thousands


def test_what_may_be_either_is_asked_and_can_be_said(tmp_path: Path) -> None:
    rows = {"m": EITHER, "n": [str(i) for i in wholes()], "y": ["p", "q"] * (N // 2)}
    with pytest.raises(TableError, match="'m', row 1: '1,100' may have") as caught:
        read(tmp_path, rows)
    assert "say --decimal , if" in str(caught.value)
    assert "--thousands comma if" in str(caught.value)
    thousands = [int(cell.replace(",", "")) for cell in EITHER]
    parts = [float(cell.replace(",", ".")) for cell in EITHER]
    for options, wanted in (
        ({"decimal": ","}, parts),
        ({"thousands": "none"}, parts),
        ({"thousands": "dot"}, parts),
        ({"thousands": "comma"}, thousands),
        ({"decimal": "."}, thousands),
    ):
        assert column(read(tmp_path, rows, **options), "m") == wanted
    assert names_of(read(tmp_path, rows, types={"m": "category"})).codes == ("m",)
    with pytest.raises(ConfigError, match="one sign for both"):
        read(tmp_path, rows, decimal=",", thousands="comma")
    with pytest.raises(TableError, match="'m', row 1"):
        of_frame(pd.DataFrame(rows), "y")


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        (["0,5", "1,25", "2,5"], "row 1: '0,5'"),
        (["1", "1.234,5", "2"], "row 2: '1.234,5'"),
        (["1.234.567", "2", "3"], r"row 1: '1.234.567'"),
    ],
)
def test_two_decimal_signs_are_refused(tmp_path: Path, cells: list[str], place: str) -> None:
    with pytest.raises(TableError, match="one decimal sign") as caught:
        read(tmp_path, with_x(m=cells * 30))
    assert place in str(caught.value)
    assert "column 'x', row 1" in str(caught.value)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (["40%", "0.4", "35%"], "some have none"),
        (["40 kW", "40 bhp", "50 kW"], "units differ"),
        (["$40", "€50", "$60"], "currencies differ"),
        (["40 kW", "41", "50 kW"], "some have none"),
        (["USD 40", "EUR 50", "60"], "currencies differ"),
    ],
)
def test_numbers_of_two_kinds_are_refused(tmp_path: Path, cells: list[str], says: str) -> None:
    rows = with_x(m=cells * 30)
    with pytest.raises(TableError, match=says) as caught:
        read(tmp_path, rows)
    assert "--types m=category" in str(caught.value)
    assert f"row 1: '{cells[0]}'" in str(caught.value)
    assert "m" in names_of(read(tmp_path, rows, types={"m": "category"})).codes


@pytest.mark.parametrize(
    "cells",
    [
        ["1st", "2nd", "3rd"],
        ["12a", "13b", "14c"],
        ["1,2,3", "1,5", "4"],
        ["192.168.1.1", "10.0.0.7", "10.0.0.9"],
        ["12 Monkeys", "7 samurai", "3 sisters"],
    ],
)
def test_what_is_no_number_stays_text(tmp_path: Path, cells: list[str]) -> None:
    many = [*cells, "5 seals", "9 tailors", "2 towers"] if "Monkeys" in cells[0] else cells
    task = read(tmp_path, with_x(m=(many * 30)[:N]))
    assert names_of(task).levels == (tuple(sorted(many)),)
    assert ("times" in notes(task)) == (cells[0] == "7:05 PM")


# ---- mostly numbers ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("odd", "offered"),
    [
        ({3: "12.5.1"}, "which takes this value as missing"),
        ({3: "ca. 5", 9: "n/k", 11: "see below"}, "which takes these 3 values as missing"),
        (dict.fromkeys(range(0, N, 5), "unknown"), "which takes these 18 values as missing"),
        (dict.fromkeys(range(0, N, 5), "see below"), ""),
    ],
)
def test_a_column_that_is_mostly_numbers_is_never_quietly_text(
    tmp_path: Path, odd: dict[int, str], offered: str
) -> None:
    rows = with_x(m=[odd.get(i, str(v)) for i, v in enumerate(wholes())])
    first = min(odd)
    with pytest.raises(TableError) as caught:
        read(tmp_path, rows)
    said = str(caught.value)
    assert f"row {first + 1}: '{odd[first]}'" in said
    assert "correct or empty them, or say --types m=category" in said
    assert (offered in said) if offered else ("m=number" not in said)
    with pytest.raises(TableError, match=f"row {first + 1}: "):
        of_frame(pd.DataFrame(rows), "y")


def test_a_target_that_is_mostly_numbers_is_asked_about(tmp_path: Path) -> None:
    rows = with_x() | {"y": ["12,5 ?", *(str(i / 7) for i in range(N - 1))]}
    with pytest.raises(TargetError, match="holds numbers, but for '12,5 \\?'"):
        read(tmp_path, rows)


def test_no_hint_deletes_many_values(tmp_path: Path) -> None:
    task = read(tmp_path, with_x(m=["low", "high", "1", "2", "3"] * 18))
    assert "mixes numbers and text" in notes(task)
    assert "=number" not in notes(task)


# ---- frames, and what is missing -----------------------------------------------------------------
NOTATIONS = {
    "thousands": {"m": [f"{i * 1391:,}" for i in wholes()]},
    "money": {"m": [f"£{i * 13.91:,.2f}" for i in wholes()]},
    "shares": {"m": [f"{i / 10}%" for i in wholes()]},
    "units": {"m": [f"{i} hp" for i in wholes()]},
    "gaps": {"m": [str(i) if i % 4 else "?" for i in wholes()]},
    "words": {"m": ["NA", "Pave", "Grvl"] * 30},
    "none": {"m": ["None", "", "a", "b", "n/a", "NULL"] * 15},
    "null": {"m": ["null", "none", "x"] * 30, "k": ["1", "", "2.5"] * 30},
}


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_file_and_frames_of_it_are_one_task(tmp_path: Path, name: str) -> None:
    rows = with_x(**NOTATIONS[name])
    task = read(tmp_path, rows)
    for frame in frames(str(tmp_path / "t.csv")):
        assert of_frame(frame, "y").info.fingerprint == task.info.fingerprint
    assert len(task.info.features) == len(rows) - 1


def test_words_of_missing_values_are_one_missing_level_and_named(tmp_path: Path) -> None:
    task = read(tmp_path, with_x(**NOTATIONS["none"]))
    assert names_of(task).levels == (("a", "b"),)
    assert (codes_of(task) == -1).sum() == 4 * N // 6
    assert "Column 'm' has 60 missing cells of 90 (empty, 'NULL', 'None', 'n/a')" in notes(task)


def test_a_class_called_na_is_asked_about(tmp_path: Path) -> None:
    for word in ("NA", "None", "null"):
        rows = with_x() | {"y": [word, "a", "b"] * 30}
        with pytest.raises(TargetError, match=f"'{word}' in 30 rows .*a class, or missing"):
            read(tmp_path, rows)
        task = read(tmp_path, rows, kind="classification")
        assert word in task.info.classes


def test_a_category_of_a_frame_stays_one(tmp_path: Path) -> None:
    rows = pd.DataFrame(with_x(m=[f"{i * 1391:,}" for i in range(N)]))
    rows["m"] = pd.Categorical((["$1,000", "$2,500", "1.75"] * 30)[:N])
    assert names_of(of_frame(rows, "y")).codes == ("m",)
    again = pl.DataFrame(rows.astype(str)).with_columns(pl.col("m").cast(pl.Categorical))
    assert "m" in names_of(of_frame(again, "y")).codes


def test_points_that_a_frame_lost_beside_decimal_commas_are_refused(tmp_path: Path) -> None:
    whole = [f"{1 + i * 7 % 90}.{100 + i}" for i in range(N)]
    rows = {"w": whole, "v": [f"0,{i:02}" for i in range(N)], "y": ["p", "q"] * (N // 2)}
    path = write(tmp_path, rows, ";")
    task = task_of(parse_options({"data": path, "target": "y"}))
    assert column(task, "w") == [int(cell.replace(".", "")) for cell in whole]
    with pytest.raises(TableError, match=r"column 'w' was read with decimal points \(1\.1\)"):
        of_frame(pd.read_csv(path, sep=";"), "y")
    good = pd.read_csv(path, sep=";", decimal=",", thousands=".")
    assert of_frame(good, "y").info.fingerprint == task.info.fingerprint


@pytest.mark.parametrize(
    ("cell", "how", "wanted"),
    [
        ("14.457", Notation(",", "."), 14457.0),
        ("3.14", Notation(",", "."), None),
        ("1'234.5", Notation(".", "'"), 1234.5),
        ("0,123", Notation(".", ","), None),
        ("1,23", Notation(".", ","), None),
        ("(5)", Notation(), None),
        ("5", Notation(unit="%"), None),
        ("1" * 70 + " bhp", Notation(unit="bhp"), None),
    ],
)
def test_a_cell_in_a_notation(cell: str, how: Notation, wanted: float | None) -> None:
    assert number_in(cell, how) == wanted


# ---- the cases -----------------------------------------------------------------------------------
@needs_cases
@pytest.mark.parametrize(
    ("odd", "clean", "target"),
    [
        ("thousands_mixed_millions", "thousands_clean", "y"),
        ("european_dot_thousands", "european_clean", "ziel"),
        ("currency_percent", "currency_clean", "label"),
    ],
)
def test_a_case_is_read_as_its_clean_twin(odd: str, clean: str, target: str) -> None:
    one, other = (
        task_of(parse_options({"data": str(CASES / f"{name}.csv"), "target": target}))
        for name in (odd, clean)
    )
    assert one.info.fingerprint == other.info.fingerprint
    if odd.startswith("european"):  # whoever reads it without these has taken dots for points
        signs = {"decimal": ",", "thousands": "."}
        made = [pd.read_csv(CASES / f"{odd}.csv", sep=";", **signs)]
        for lost in (pd.read_csv, lambda path, sep: pl.read_csv(path, separator=sep)):
            with pytest.raises(TableError, match="read with decimal points"):
                of_frame(lost(CASES / f"{odd}.csv", sep=";"), target)
    else:
        made = frames(str(CASES / f"{odd}.csv"))
    for frame in made:
        assert of_frame(frame, target).info.fingerprint == one.info.fingerprint
