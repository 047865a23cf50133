"""Reading text tables: what is guessed is said, what cannot be told is asked for."""

from __future__ import annotations

import contextlib
import csv
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.base.errors import InputError, TableError
from howdeep.data import cells
from howdeep.modalities.table.read import parse as parsing
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.read.decode import decode
from howdeep.modalities.table.read.guess import Layout, guess_header, guess_separator
from howdeep.modalities.table.read.parse import _lines, parse


def write(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def cells_of(path: Path, **options: object) -> dict[str, list[str]]:
    table = read_table(path, **options)  # type: ignore[arg-type]
    return {column.name: list(column.values) for column in table.columns}


def test_cells_are_kept_as_written(tmp_path: Path) -> None:
    path = write(tmp_path, 'x,y\n007,NA\n1e5," ""q"", \n2"\n,null\n')
    assert cells_of(path) == {"x": ["007", "1e5", ""], "y": ["NA", '"q", \n2', "null"]}


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_each_separator_is_found_and_named(tmp_path: Path, sep: str) -> None:
    path = write(tmp_path, "\n".join(sep.join(row) for row in ("ab", "12", "34")))
    table = read_table(path)
    assert table.names == ("a", "b")
    assert "(guessed; --sep overrides)" in table.notes[0]


def test_a_separator_inside_quoted_cells_is_not_taken() -> None:
    assert guess_separator('a;b\n"x, y, z";1\n"u, v, w";2\n') == ";"
    assert guess_separator("1,5;2,5;0\n2,5;3,5;1\n") == ";"
    assert guess_separator("12:30,a|b\n12:45,c|d\n") == ","


def test_one_column_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="--sep"):
        read_table(write(tmp_path, "a\n1\n2\n"))


@pytest.mark.parametrize(
    ("first", "rest", "is_header"),
    [
        (["age", "city"], [["31", "Rome"], ["22", "Oslo"]], "yes"),
        (["31", "Rome"], [["31", "Rome"], ["22", "Oslo"]], "no"),
        (["?", "Rome"], [["31", "Rome"], ["22", "Oslo"]], "no"),
        (["", "age"], [["1", "31"], ["2", "22"]], "yes"),
        (["0", "1"], [["1", "31"], ["2", "22"]], "no"),
        (["id", "2020"], [["1", "31"], ["2", "22"]], "unclear"),
        (["shape", "colour"], [["round", "red"], ["square", "red"]], "yes"),
        (["round", "red"], [["round", "red"], ["square", "red"]], "no"),
        (["1", "x"], [["round", "red"], ["square", "red"]], "unclear"),
    ],
)
def test_a_header_is_told_by_the_columns_below(
    first: list[str], rest: list[list[str]], is_header: str
) -> None:
    assert guess_header([first, *rest]) == is_header


def test_a_table_without_header_is_asked_about_and_never_eaten(tmp_path: Path) -> None:
    path = write(tmp_path, "1,2\n3,4\n")
    with pytest.raises(TableError, match="--no-header"):
        read_table(path)
    assert cells_of(path, header=False) == {"column_1": ["1", "3"], "column_2": ["2", "4"]}
    assert cells_of(path, names=["p", "q"]) == {"p": ["1", "3"], "q": ["2", "4"]}
    assert cells_of(path, header=True) == {"1": ["3"], "2": ["4"]}


def test_names_that_the_first_line_repeats_are_its_header(tmp_path: Path) -> None:
    path = write(tmp_path, "p,q\n1,2\n")
    assert cells_of(path, names=["p", "q"]) == {"p": ["1"], "q": ["2"]}


def test_names_beside_another_header_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path, "a,kind\n1,x\n2,z\n3,x\n")
    with pytest.raises(TableError, match="looks like a header, and names were given") as caught:
        read_table(path, names=["p", "q"])
    assert "--header" in caught.value.fix
    assert cells_of(path, names=["p", "q"], header=True)["p"] == ["1", "2", "3"]
    assert cells_of(path, names=["p", "q"], header=False)["p"] == ["a", "1", "2", "3"]


def test_a_wrong_number_of_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="2 columns, but 1 name"):
        read_table(write(tmp_path, "1,2\n3,4\n"), names=["p"])


def test_blanks_around_cells_and_quoted_cells_are_removed_and_said(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, 'a, b\n1, "x, y"\n2, z\n'))
    assert list(table.columns[1].values) == ["x, y", "z"]
    assert any("Blanks" in note for note in table.notes)


def test_tab_separated_text_with_bare_quotation_marks_keeps_every_row(tmp_path: Path) -> None:
    path = write(tmp_path, 'label\tn\ttext\nham\t1\t"so he said\nspam\t2\twin "now"\nham\t3\tok"\n')
    assert cells_of(path)["text"] == ['"so he said', 'win "now"', 'ok"']
    with pytest.raises(TableError, match="quotation mark"):
        read_table(path, quotes="double")


def test_tab_separated_quoted_cells_are_unquoted(tmp_path: Path) -> None:
    assert cells_of(write(tmp_path, 'a\tb\n1\t"x"\n2\t"y"\n'))["b"] == ["x", "y"]


def test_lists_in_cells_are_no_decimals(tmp_path: Path) -> None:
    assert cells_of(write(tmp_path, "a;b\n1,2,3;x\n1,5;y\n"))["a"] == ["1,2,3", "1,5"]


def test_blank_lines_between_rows_are_skipped_and_counted(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "a,b\n1,2\n\n  \n3,4\n\n"))
    assert table.rows == 2
    assert "2 blank lines left out." in table.notes


def test_line_numbers_count_lines_not_rows(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n"two\nlines",2\n\n5\n')
    with pytest.raises(TableError, match="line 5: 1 field, line 1 has 2"):
        read_table(path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"a": 1}', "JSON"),
        (b"PK\x03\x04 xl/workbook.xml", "Excel"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, kind: str) -> None:
    with pytest.raises(InputError, match=kind):
        read_table(write(tmp_path, content))


def test_a_missing_file_and_an_odd_path_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="does not exist"):
        read_table(tmp_path / "no.csv")
    with pytest.raises(TableError, match="no file name"):
        read_table("a\0b.csv")
    with pytest.raises(TableError, match="cannot be read"):
        read_table("x" * 5_000)


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    for name in ("no-such", "base64", "rot13"):
        with pytest.raises(TableError, match=name):
            read_table(write(tmp_path, "a,b\n1,2\n"), encoding=name)


def test_the_limit_of_the_csv_module_is_put_back(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    read_table(write(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(TableError):
        read_table(write(tmp_path, 'a,b\n1,"2\n'))
    assert csv.field_size_limit() == before


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=2, max_size=8))
def test_whatever_csv_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    layout = Layout(",", "double")
    found = parse(out.getvalue(), layout, "t")
    assert list(zip(*(one.cells() for one in found.take(header=False)), strict=True)) == rows
    assert found.blank == 0


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(InputError):  # any other exception fails
        text, _ = decode(content, "t", None)
        found = parse(text, Layout(guess_separator(text) or ",", "double"), "t")
        rows = zip(*(one.cells() for one in found.take(header=False)), strict=True)
        assert guess_header([[cell.strip() for cell in row] for row in rows])


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_what_python_prints_of_a_number_is_a_number(value: float) -> None:
    assert cells.is_number(repr(value))
    assert not cells.is_infinite(repr(value))
    assert isinstance(value, float) or not cells.is_inexact(repr(value))


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))
def test_lines_end_where_pythons_end(text: str) -> None:
    assert list(_lines(text)) == list(io.StringIO(text, newline=""))


@pytest.mark.parametrize("run", [0, 5, 10**9])
def test_a_table_read_in_runs_is_the_table(
    tmp_path: Path, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a,b\n" + "".join(f"{i},x{i % 3}\n" for i in range(40)))
    monkeypatch.setattr(parsing, "RUN_CELLS", run)
    table = read_table(path)
    assert table.rows == 40
    assert [column.values.tolist() for column in table.columns] == [
        [str(i) for i in range(40)],
        [f"x{i % 3}" for i in range(40)],
    ]
    path.write_text(path.read_text() + "1,2,3\n4,5\n")
    with pytest.raises(TableError, match="line 42: 3 fields, line 1 has 2"):
        read_table(path)


def test_a_large_table_takes_a_few_times_its_file(tmp_path: Path) -> None:
    """Cells as strings of their own take some ten times it."""
    rng = np.random.default_rng(0)
    lines = (",".join(f"{v:.5f}" for v in row) for row in rng.normal(size=(20_000, 20)))
    path = write(tmp_path, ",".join(f"x{i}" for i in range(20)) + "\n" + "\n".join(lines) + "\n")
    tracemalloc.start()
    table = read_table(path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = path.stat().st_size
    assert table.rows == 20_000
    assert kept < 2.1 * size  # its text, and the numbers that a task takes as they are
    assert peak < 6 * size
