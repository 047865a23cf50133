"""What stands in text tables and is no row: named by its line, or obeyed and said."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

import pytest
from tests.data.test_read import cells_of, write

from howdeep.base.errors import InputError, LimitError, TableError
from howdeep.modalities.table.read import read_table

ROOT = Path(os.environ.get("HOWDEEP_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
ROWS = "".join(f"{i}.5,{i * 7 % 11},{'pq'[i % 2]}\n" for i in range(12))
TABLE = "a,b,label\n" + ROWS


def case(name: str) -> Path:
    path = ROOT.parent / "cases" / name
    if not path.exists():
        pytest.skip(f"{name} is not in the folder of cases next to HOWDEEP_TEST_DATA")
    return path


def columns(text: str, folder: Path) -> dict[str, list[str]]:
    return cells_of(write(folder, text))


# ---- the header once more, and units below it ---------------------------------------------------
@pytest.mark.parametrize(
    ("text", "line"),
    [
        (TABLE + TABLE, 14),
        (TABLE + "A, b ,LABEL\n" + ROWS, 14),
        ("x;y\n" + "1;2\n" * 3 + '"x";"y"\n' + "3;4\n" * 3, 5),
        ("\n" + TABLE + "\n\n" + TABLE, 17),
        ("word,kind\n" + "ab,p\ncd,q\n" * 4 + "word,kind\n", 10),
        ("a,b\n" + "1,2,\n" * 5 + "a,b,\n" + "1,2,\n" * 5, 7),
    ],
)
def test_a_header_that_stands_there_again_is_refused_by_its_line(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(TableError, match=rf"line {line} repeats the header"):
        read_table(write(tmp_path, text), header=True)


def test_how_often_the_header_stands_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"and 1 other line.*joined"):
        read_table(write(tmp_path, TABLE * 3))
    with pytest.raises(TableError, match="line 202 repeats"):
        read_table(case("dup_header_mid.csv"))
    with pytest.raises(TableError, match=r"and 1 other"):
        read_table(case("dup_header_twice.csv"))


def test_equal_rows_without_a_header_are_rows(tmp_path: Path) -> None:
    assert cells_of(write(tmp_path, "1,p\n2,q\n1,p\n"), header=False)["column_1"] == ["1", "2", "1"]


@pytest.mark.parametrize(
    "units", ["kg,cm,\n", "[kg],[cm],class\n", "V,A,-\n", "number,number,text\n"]
)
def test_a_row_of_units_is_refused_by_its_line(tmp_path: Path, units: str) -> None:
    with pytest.raises(TableError, match=r"line 2 has text.*units or a second header"):
        read_table(write(tmp_path, "a,b,label\n" + units + ROWS))


@pytest.mark.parametrize(
    "first",
    ["1.5,oops,p\n", "unknown,unknown,p\n2.5,unknown,q\nunknown,3,q\n", ",,p\n", "?,NA,p\n"],
)
def test_one_odd_cell_or_a_word_for_missing_is_no_row_of_units(tmp_path: Path, first: str) -> None:
    assert columns("a,b,label\n" + first + ROWS, tmp_path)["label"][0] == "p"


# ---- above the header ---------------------------------------------------------------------------
@pytest.mark.parametrize("sign", [";", ",", "|", "\t", ":"])
@pytest.mark.parametrize("line", ["sep={}\n", '"sep={}"\r\n', "SEP={}\r"])
def test_a_first_line_that_names_the_separator_is_obeyed(
    tmp_path: Path, sign: str, line: str
) -> None:
    path = write(tmp_path, line.format(sign) + TABLE.replace(",", sign))
    table = read_table(path)
    assert table.names == ("a", "b", "label")
    assert table.rows == 12
    assert any("names the separator" in note for note in table.notes)
    assert not any("guessed; --sep" in note for note in table.notes)


def test_a_separator_that_is_named_wrongly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="line 1: 'sep=x'"):
        read_table(write(tmp_path, "sep=x\n" + TABLE))
    with pytest.raises(TableError, match="another separator than --sep"):
        read_table(write(tmp_path, "sep=;\n" + TABLE), sep=",")
    with pytest.raises(TableError, match="line 4: 2 fields, line 2 has 3"):
        read_table(write(tmp_path, "sep=,\na,b,c\n1,2,3\n1,2\n"))
    assert read_table(case("excel_sep_line.csv")).names == ("a", "b", "label")


@pytest.mark.parametrize(
    "lines",
    [
        "# written by a logger\n",
        "#\n# device 7, room 3\n# 2020-01-01\n",
        "# id, when, what\n",  # as wide as the table, but the table has a header of its own
    ],
)
def test_comments_above_the_table_are_left_out_and_said(tmp_path: Path, lines: str) -> None:
    table = read_table(write(tmp_path, lines + TABLE))
    assert table.names == ("a", "b", "label")
    assert any("of comment above the table left out" in note for note in table.notes)
    with pytest.raises(TableError, match=rf"line {lines.count(chr(10)) + 14}: 1 field"):
        read_table(write(tmp_path, lines + TABLE + "5\n"))


def test_a_header_behind_a_sharp_is_the_header(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "#id,b\n1,2\n3,4\n")).names == ("#id", "b")
    assert read_table(write(tmp_path, "# made by me\n# a,b\n1,2\n3,4\n")).names == ("# a", "b")


def test_a_comment_among_the_rows_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"line 14: 1 field.*looks like a comment"):
        read_table(write(tmp_path, TABLE + "# the end\n"))


# ---- separators too much, and runs of blanks ----------------------------------------------------
def test_a_separator_too_much_at_every_end_is_left_out_and_said(tmp_path: Path) -> None:
    for end in (",\n", ", \n", ",\r\n"):
        table = read_table(write(tmp_path, "a,b,label\n" + ROWS.replace("\n", end)))
        assert table.names == ("a", "b", "label")
        assert any("separator too much" in note for note in table.notes)
    with pytest.raises(TableError, match="line 2: 4 fields"):
        read_table(write(tmp_path, "a,b,label\n" + ROWS.replace("\n", ",\n") + "1,2,p\n"), sep=",")


def test_row_names_without_a_name_are_refused(tmp_path: Path) -> None:
    text = "a,b,label\n" + "".join(f"r{i},{row}\n" for i, row in enumerate(ROWS.split()))
    with pytest.raises(TableError, match="every row has 4 fields, the header on line 1 has 3"):
        read_table(write(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "a b  y\n 1   2.5  p\n10  -3    q\n 7   1e3  p\n",
        "  a\t b \ty\n1 2.5\t p \n10 \t-3  q\n7 1e3 p  \n",
        'a   b     y\n1  2.5   "p"\n10   -3   "q"\n7   1e3   "p"\r\n',
    ],
)
def test_runs_of_blanks_separate_cells(tmp_path: Path, text: str) -> None:
    whole = {"a": ["1", "10", "7"], "b": ["2.5", "-3", "1e3"], "y": ["p", "q", "p"]}
    assert columns(text, tmp_path) == whole
    assert cells_of(write(tmp_path, text), sep="blanks") == whole
    assert any("Runs of blanks" in note for note in read_table(write(tmp_path, text)).notes)


def test_blanks_that_are_no_separator_stay_in_their_cells(tmp_path: Path) -> None:
    assert columns("name,n\nAnn Lee,1\nBo Li,2\nCy Wu,3\n", tmp_path)["name"][0] == "Ann Lee"
    text = "a;b\n1 234,5;7\n2 345,5;8\n3 456,5;9\n"
    assert columns(text, tmp_path)["a"][0] == "1 234,5"
    mixed = "18,0   8   307,0\n15,0   8   350,0\n18,5   6   318,0\n16,0   8   304,0\n"
    assert cells_of(write(tmp_path, mixed), header=False)["column_3"][1] == "350,0"
    with pytest.raises(TableError, match="line 3: 2 fields"):
        read_table(write(tmp_path, "a b c\n1 2 3\n1   3\n"), sep="blanks")


# ---- packed by gzip -----------------------------------------------------------------------------
def test_a_table_packed_by_gzip_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    plain = read_table(write(tmp_path, TABLE))
    for name in ("t.csv.gz", "t.csv", "t.bin"):
        table = read_table(write(tmp_path, gzip.compress(TABLE.encode()), name))
        assert [list(c.values) for c in table.columns] == [list(c.values) for c in plain.columns]
        assert any("gzip" in note for note in table.notes)


def test_gzip_that_swells_is_cut_off_or_holds_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="100 times"):
        read_table(write(tmp_path, gzip.compress(b"1,2\n" * 10**7)))
    with pytest.raises(InputError, match="no whole gzip"):
        read_table(write(tmp_path, gzip.compress(TABLE.encode())[:-9]))
    with pytest.raises(InputError, match="pickle"):
        read_table(write(tmp_path, gzip.compress(b"\x80\x04\x95junk")))
    with pytest.raises(TableError, match="empty"):
        read_table(write(tmp_path, gzip.compress(b"")))
    with pytest.raises(TableError, match="Parquet"):
        read_table(write(tmp_path, gzip.compress(b"PAR1 and so on")))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("t.csv"), io.BytesIO())
    with pytest.raises(TableError, match="tar archive"):
        read_table(write(tmp_path, packed.getvalue()))
