"""What tables that people bring look like and do not say: told, or refused with the cause."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from between import A, N, Y, made, new, notes

from howdeep.base.errors import ConfigError, InputError, TableError, TargetError
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.route.doors import task_of
from howdeep.route.options import parse_options

COUNTS = np.arange(N) % 13
DIGITS = "Cells of digits with other signs were taken as categories, not as numbers: 'when'."
BASE = pd.DataFrame({"a": A.round(3), "b": COUNTS, "y": np.where(A > 0, "yes", "no")})
CSV = BASE.to_csv(index=False)


def read(folder: Path, text: str | bytes, name: str = "t.csv", **options: Any) -> Task:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return task_of(parse_options({"data": str(path), "target": "y", **options}))


# ---- categories of digits -----------------------------------------------------------------------
SIGNS: dict[str, list[str]] = {
    "at least": [f"{10 * (i % 7 + 1):,}+" for i in range(N)],
    "ranges": [f"{i}-{i + 9}" for i in COUNTS * 10],
    "inches": [f"5'{i % 12}\"" for i in range(N)],
    "eighths": [f"{i % 7 + 1}/8" for i in range(N)],
    "ratios": [f"{i % 7}:1" for i in range(N)],
    "text of a spreadsheet": [f'="{i}"' for i in COUNTS],
    "apostrophes": [f"'{i}" for i in COUNTS],
    "bytes": [hex(i * 17) for i in COUNTS],
    "ordinals": [f"{i + 4}th" for i in COUNTS],
}


@pytest.mark.parametrize("kind", SIGNS)
def test_digits_with_other_signs_are_no_category_without_a_word(kind: str) -> None:
    task = made(SIGNS[kind])
    assert dict(task.info.features)["when"] == "category"
    assert DIGITS in task.info.notes


@pytest.mark.parametrize(
    "cells",
    [
        [f"A{i}" for i in COUNTS],
        ["1st", "2nd"] * (N // 2),
        [("red", "blue", "4x4")[i % 3] for i in range(N)],
        pd.Series(COUNTS).astype("category"),
        [str(i) for i in COUNTS],
    ],
)
def test_words_and_plain_numbers_are_not_told_so(cells: Any) -> None:
    assert not any("other signs" in note for note in made(cells).info.notes)


def test_amounts_with_a_magnitude_are_asked_about_as_sizes_are(tmp_path: Path) -> None:
    for some in (("€13.5M", "€360K"), ("$3.2B", "$300M"), ("13M", "360k")):
        cells = [some[i % 2].replace("3", str(i % 9 + 3)) for i in range(N)]
        frame = BASE.assign(v=cells)[["v", "a", "y"]]
        with pytest.raises(TableError, match=r"column 'v' holds numbers whose units differ"):
            read(tmp_path, frame.to_csv(index=False))
    frame = BASE.assign(v=[f"€{i + 1}K" for i in COUNTS])[["v", "a", "y"]]
    task = read(tmp_path, frame.to_csv(index=False))
    assert dict(task.info.features)["v"] == "number"
    assert "Numbers with 'K' behind each" in notes(task)


# ---- numbers that stand for something -----------------------------------------------------------
@pytest.mark.parametrize("value", [-999.0, 9999.0, 99999.0, -200.0, -99.0])
def test_a_number_far_from_all_others_may_be_a_missing_value(value: float) -> None:
    cells = np.where(np.arange(N) % 8 == 0, value, A + 20)
    task = made(cells)
    assert f"Column 'when' is {value:g} in 12 rows, far from all others" in notes(task)
    assert dict(task.info.features)["when"] == "number"


@pytest.mark.parametrize("day", ["9999-12-31", "1900-01-01"])
def test_a_day_far_from_all_others_may_be_a_missing_value(day: str) -> None:
    cells = [day if i % 20 == 0 else f"2015-0{i % 5 + 1}-{i % 28 + 1:02}" for i in range(N)]
    assert f"Column 'when' is {day} in 5 rows, far from all others" in notes(made(cells))


@pytest.mark.parametrize(
    "cells",
    [
        np.where(np.arange(N) % 8 == 0, 99.0, np.arange(N) * 1.0),  # 99 is next to 95
        np.where(np.arange(N) == 5, -999.0, A),  # once
        np.where(np.arange(N) % 8 == 0, 5000.0, A),  # by no custom
        np.where(np.arange(N) % 2 == 0, 999.0, np.arange(N) % 5),  # codes
    ],
)
def test_other_numbers_stand_for_themselves(cells: Any) -> None:
    assert "stands for a missing value" not in notes(made(cells))


def test_whole_numbers_that_are_dates_are_told() -> None:
    days = [20150101 + i % 28 for i in range(N)]
    assert "look like dates (20150101)" in notes(made(np.array(days)))
    assert "look like dates" in notes(made([str(day) for day in days]))
    assert "look like dates" not in notes(made(np.array([20150141 + i for i in range(N)])))
    seconds = 1_420_000_000 + np.arange(N) // 2 * 3671
    for scale, unit in ((1, "seconds"), (1000, "milliseconds")):
        columns = {"a": A, "created_at": seconds * scale, "size": seconds * scale, "y": Y}
        task = make_task(to_table(columns), "y")
        assert f"Column 'created_at' may hold {unit} since 1970" in notes(task)
        assert "Column 'size' may" not in notes(task)


# ---- spreadsheets -------------------------------------------------------------------------------
def test_merged_cells_are_told_from_missing_ones() -> None:
    stores = [None if i % 8 else f"store {i // 8}" for i in range(N)]
    years = np.array([np.nan if i % 12 else 2000.0 + i // 12 for i in range(N)])
    for cells in (stores, years):
        assert "with empty ones below each, as merged cells" in notes(made(cells))
    rng = np.random.default_rng(0)
    some = [None if gone else "x" for gone in rng.random(N) < 0.6]
    assert "merged cells" not in notes(made(some))
    assert "merged cells" not in notes(made([None, *stores[:-1]]))


def test_a_last_row_of_totals_is_told() -> None:
    for word in ("Total", "Grand Total", "TOTALS", "Sum"):
        cells = [*("north", "south") * (N // 2)]
        cells[-1] = word
        assert f"Row 96, the last, is '{word}' in column 'when'" in notes(made(cells))
    cells = ["Total", "north"] * (N // 2)
    assert "sums up" not in notes(made(cells))


LINES: dict[str, tuple[str, str]] = {
    "a title": (
        f"Sales of 2020\n{CSV}",
        r"line 1 stands above the table \(the first: 'Sales of 2020'\).*\n.*remove the line",
    ),
    "a title and a blank line": (f"Sales of 2020\n\n{CSV}", "line 1 stands above"),
    "two lines": (f"Sales\nby region\n{CSV}", "lines 1 to 2 stand above"),
    "a title with separators": (f"Sales of 2020,,\n{CSV}", "keep one line of names"),
    "headings over columns": (f"person,,result\n{CSV}", r"line 2 has names \('a', 'b', 'y'\)"),
    "repeated headings": (f"info,info,result\n{CSV}", "keep one line of names"),
    "quoted lines": (
        "".join(f'"{line}"\n' for line in CSV.splitlines()),
        r"quotation marks around each whole line.*\n.*remove them",
    ),
    "colons": (CSV.replace(",", ":"), "--sep ':' cuts them alike"),
    "carets": (CSV.replace(",", "^"), r"--sep '\^' cuts them alike"),
    "one column": ("a\n" + "".join(f"{i}\n" for i in range(N)), "a column to predict and others"),
    "R's row names": (
        BASE.to_csv(sep=" ").replace(" ", "", 1),
        "row names without a name, or a cell too much",
    ),
}


@pytest.mark.parametrize("kind", LINES)
def test_lines_around_a_table_are_named(kind: str, tmp_path: Path) -> None:
    text, error = LINES[kind]
    with pytest.raises(TableError, match=error):
        read(tmp_path, text)


RECORDS = json.loads(BASE.to_json(orient="records"))
FILES: dict[str, tuple[str, str]] = {
    "JSON on one line": (json.dumps(RECORDS), "is JSON"),
    "JSON on many": (json.dumps(RECORDS, indent=1), "is JSON"),
    "JSON of columns": (json.dumps({"a": [1, 2]}, indent=2), "is JSON"),
    "JSON of lists": (json.dumps([["a", "b"], [1, 2]]), "is JSON"),
    "JSON lines": ("".join(json.dumps(one) + "\n" for one in RECORDS), "is JSON"),
    "a pointer": ("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "git lfs"),
}


@pytest.mark.parametrize("kind", FILES)
def test_other_formats_are_named_whatever_the_file_is_called(kind: str, tmp_path: Path) -> None:
    text, error = FILES[kind]
    with pytest.raises(TableError, match=error):
        read(tmp_path, text)


def test_a_mark_that_stands_there_twice_is_in_no_name(tmp_path: Path) -> None:
    for marks in ("\ufeff", "\ufeff\ufeff", "\ufeff\ufeff\ufeff"):
        assert dict(read(tmp_path, marks + CSV).info.features) == {"a": "number", "b": "number"}


def test_errors_of_a_spreadsheet_may_be_taken_as_missing(tmp_path: Path) -> None:
    for word in ("#VALUE!", "#DIV/0!", "#REF!", "\u2013", "*"):
        cells = [word if i % 16 == 0 else str(v) for i, v in enumerate(A.round(3))]
        text = BASE.assign(m=cells)[["m", "b", "y"]].to_csv(index=False)
        with pytest.raises(TableError, match="--types m=number, which takes these 6 values"):
            read(tmp_path, text)
        assert np.isnan(read(tmp_path, text, types="m=number").samples["numbers"][0, 0])


PATHS: dict[str, tuple[str, str]] = {
    "an address": ("https://example.com/t.csv", "is an address.*\n.*download it"),
    "a bucket": ("s3://bucket/t.csv", "is an address"),
    "a pattern": ("{}/*.csv", "looks like a pattern"),
    "a pipe": ("-", "no pipe"),
    "a folder of tables": ("{}/tables", r"folder of tables.*\n.*tables/test.csv"),
    "an empty folder": ("{}/empty", "is an empty folder"),
    "nothing": ("{}/none.csv", "does not exist"),
}


@pytest.mark.parametrize("kind", PATHS)
def test_paths_of_no_file_are_told_from_each_other(kind: str, tmp_path: Path) -> None:
    for folder in ("tables", "empty"):
        (tmp_path / folder).mkdir()
    for name in ("train.csv", "test.csv"):
        (tmp_path / "tables" / name).write_text(CSV, encoding="utf-8")
    path, error = PATHS[kind]
    with pytest.raises(InputError, match=error):
        task_of(parse_options({"data": path.format(tmp_path)}))
    (tmp_path / "tables" / "train.csv").unlink()
    (tmp_path / "tables" / "test.csv").unlink()
    (tmp_path / "tables" / "a").mkdir()
    with pytest.raises(InputError) as found:  # as images, as before
        task_of(parse_options({"data": str(tmp_path / "tables")}))
    assert not isinstance(found.value, ConfigError)


FOLDERS: dict[str, tuple[tuple[str, ...], str]] = {
    "tables next to what a system hides": (("a.csv", "b.tsv", ".DS_Store"), "folder of tables"),
    "a table by a name in capitals": (("A.CSV",), "folder of tables"),
    "tables next to a folder": (("a.csv", "rose/x.txt"), "images"),
    "tables next to a text": (("a.csv", "README"), "images"),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_of_nothing_but_tables_is_one(kind: str, tmp_path: Path) -> None:
    files, error = FOLDERS[kind]
    for name in files:
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(CSV, encoding="utf-8")
    with pytest.raises(InputError, match=error) as found:
        task_of(parse_options({"data": str(tmp_path / "d")}))
    assert isinstance(found.value, ConfigError) == (error == "folder of tables")


# ---- targets ------------------------------------------------------------------------------------
def test_a_target_that_says_nothing_is_named_as_that(tmp_path: Path) -> None:
    for cells in ([3.5] * N, [3] * N, ["3.50"] * N, ["yes"] * N):
        with pytest.raises(TargetError, match="is constant"):
            read(tmp_path, BASE.assign(y=cells).to_csv(index=False))
    names = BASE.assign(y=[f"user {i}" for i in range(N)]).to_csv(index=False)
    with pytest.raises(TargetError, match=r"a single row.*\n.*names or free text"):
        read(tmp_path, names)
    few = BASE.assign(y=[f"c{i % 5}" if i else "once" for i in range(N)]).to_csv(index=False)
    with pytest.raises(TargetError, match=r"a single row.*\n.*--merge-rare"):
        read(tmp_path, few)
    pairs = BASE.assign(y=[f"some text {i // 2}" for i in range(N)]).to_csv(index=False)
    with pytest.raises(TableError, match="48 classes have too few rows"):
        read(tmp_path, pairs)


def test_a_target_that_counts_the_rows_is_told() -> None:
    order = np.random.default_rng(0).permutation(300)
    rows = {"a": order % 17 * 0.5, "b": order[::-1] % 23}
    for y in (order, order + 1, np.arange(300) + 1):
        task = make_task(to_table(rows | {"y": y}), "y", allow_leak=True)
        assert "The target 'y' only counts the rows" in notes(task)
    for y in (order * 2, order + 5, np.where(order == 3, 4, order)):
        task = make_task(to_table(rows | {"y": y}), "y", allow_leak=True)
        assert "only counts the rows" not in notes(task)


def test_missing_numbers_of_a_frame_are_said_as_those_of_a_file() -> None:
    cells = np.where(np.arange(N) % 8 == 0, np.nan, A)
    text = ["" if np.isnan(v) else str(v) for v in cells]
    said = "Column 'when' has 12 missing cells of 96 (empty)."
    assert said in made(cells).info.notes
    assert said in made(text).info.notes
    task = made(cells)
    np.testing.assert_array_equal(new(task, {"a": [1.0], "when": [None]})["when"], [np.nan])
