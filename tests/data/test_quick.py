"""What is cut at once by numpy is what the strict reader reads: cells, notes and errors."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_readers import both

from howdeep.data.number import number
from howdeep.modalities.table.read import csv as reader
from howdeep.modalities.table.read import levels, numerals, quick


def rows(*cells: str, sep: str = ",", n: int = 8, end: str = "\n") -> str:
    """A header, and rows that hold `cells` one after another in column b."""
    lines = [f"a{sep}b{sep}c"]
    every = [cells[i % len(cells)] for i in range(max(n, len(cells)))]
    lines += [f"{i}.5{sep}{cell}{sep}{'xyz'[i % 3]}" for i, cell in enumerate(every)]
    return end.join(lines) + end


PLAIN = rows("1", "2.5", "-3")
AT_ONCE = {  # these are cut at once
    "plain": PLAIN,
    "crlf": rows("1", "2", end="\r\n"),
    "no last line end": PLAIN.rstrip("\n"),
    "empty last lines": PLAIN + "\n\n\n",
    "crlf empty last lines": rows("1", "2", end="\r\n") + "\r\n\r\n",
    "semicolons": rows("1", "2", sep=";"),
    "tabs": rows("1", "2", sep="\t"),
    "pipes": rows("1", "2", sep="|"),
    "decimal commas": rows("1,5", "-2,25", "0,5", sep=";"),
    "thousands": rows("1.234", "12.345.678", "5", sep=";"),
    "quoted cells": rows('"1"', '"x y"', "plain", '""'),
    "all quoted": rows('"1"', '"2"'),
    "quoted thousands beside": rows("1", "2") + "9,' 3 ',x\n",
    "blanks around": rows(" 1", "2 ", "  3  "),
    "blanks around text": rows(" x", "y ", "  z  "),
    "other blanks around": rows("\u00a01", "2\u2003", "\x1f3"),
    "missing words": rows("NA", "1", "", "?", "null", "-", "n/a", "N/A"),
    "only missing": rows("NA", "", "?"),
    "nearly all missing": rows(*[""] * 30, "1"),
    "huge ints": rows("9007199254740993", "12345678901234567890", "1"),
    "exact ints": rows("9007199254740992", "-9007199254740992", "123456789012345"),
    "whole with points": rows("9007199254740993.0", "1.0", "2."),
    "overflow": rows("1e400", "1", "2"),
    "infinite": rows("inf", "-Infinity", "2"),
    "nan": rows("nan", "NaN", "2"),
    "leading zeros": rows("007", "008", "123"),
    "leading zeros and a sign": rows("+01", "-02", "123"),
    "zeros": rows("0", "-0", "0.0", "-0.0", "00"),
    "minus zero": rows("-0", "1", "-0.0"),
    "underscores": rows("1_000", "2_000", "3"),
    "hexadecimal": rows("0x10", "0x1F", "3"),
    "other digits": rows("\u0661\u0662", "\uff11\uff12", "3"),
    "signs": rows("+1", "-1", "--1", "+-1", "1-", "-"),
    "points": rows("1.", ".5", ".", "1.2.3", "..", "-.5"),
    "exponents": rows("1e5", "1E-5", "1.5e+3", "e5", "1e", "5e-324", "1e-400"),
    "long fractions": rows("0.1234567890123456789", "3.141592653589793", "2.2250738585072014e-308"),
    "halfway": rows("9007199254740993.5", "0.5000000000000000555", "4503599627370497.5"),
    "many digits": rows("0." + "3" * 40, "1" * 30 + ".5", "0.1"),
    "booleans": rows("True", "false", "TRUE"),
    "dates": rows("2019-03-31", "2019-12-01", "2020-01-01"),
    "times": rows("07:05", "19:30", "00:00"),
    "long cells": rows("x" * 63, "y" * 64, "z" * 65, "w" * 500),
    "other letters": rows("\u00e9t\u00e9", "\u6771\u4eac", "\U0001f600"),
    "quotes none": rows('5" pipe', 'a "b"', "c", sep="\t"),
    "mixed": rows("1", "2", "3", "x"),
    "one odd cell late": rows(*(str(i) for i in range(5_000)), "x", "1"),
    "many levels": rows(*(f"id{i:05}" for i in range(20_000))),
    "header like a value": "a,b,c\n" + "a,x,1\nb,y,2\n" * 4,
}
STRICTLY = {  # these are not
    "quoted separators": rows('"a,b"', '"c,d"'),
    "quoted thousands": rows('"1,234"', '"12,345"'),
    "quoted lines": rows('"a\nb"', '"c\r\nd"'),
    "quotes in quotes": rows('"a ""b"" c"', '"x"'),
    "quotes of a separator": rows('","', '"x"'),
    "quotes that join cells": 'a,b,c\n"x"",""y",1,2\n' + "p,1,2\n" * 4,
    "text behind quotes": rows('"a"b', "c"),
    "never closed": rows('"a', "c"),
    "blanks before quotes": 'a,b,c\n1, "x, y",2\n3, "z",4\n5,"w",6\n',
    "bare returns": rows("1", "2", end="\r"),
    "mixed ends": PLAIN + "1.5,2,x\r\n",
    "a return in a line": PLAIN + "1.5,2\r,x\n",
    "blank lines": PLAIN + "\n" + "9.5,1,x\n",
    "blank lines of blanks": PLAIN + "   \n" + "9.5,1,x\n",
    "blank first lines": "\n\n" + PLAIN,
    "a long row": PLAIN + "1,2,3,4\n" + "9.5,1,x\n",
    "a short row": PLAIN + "1,2\n" + "9.5,1,x\n",
    "a long and a short row": PLAIN + "1,2,3,4\n1,2\n",
    "trailing separators": "a,b,c\n" + "1,2,3,\n" * 5,
    "row names": "a,b\n" + "r,1,2\n" * 5,
    "repeated header": PLAIN + "a,b,c\n9.5,1,x\n",
    "repeated header in other case": PLAIN + " A,B ,c\n9.5,1,x\n",
    "one column": "a\n" + "1\n2\n" * 4,
    "only a header": "a,b,c\n",
}
EITHER = {
    "units row": "speed,size,kind\nm/s,cm,-\n" + "1,2,x\n3,4,y\n" * 5,
    "comments above": "# from a logger\n# in 2019\n" + PLAIN,
    "comments within": PLAIN + "# a comment\n" + "9.5,1,x\n",
    "sep line": "sep=;\n" + rows("1", "2", sep=";"),
    "runs of blanks": "a  b   c\n" + "1   2.5  x\n 3 4.5   y\n" * 4,
    "headerless": "1,2.5,x\n3,4.5,y\n" * 5,
    "no name": ",b,c\n" + "1,2,x\n2,3,y\n" * 4,
    "names alike": "a,a,c\n" + "1,2,x\n" * 4,
    "nul": PLAIN + "1,\0,2\n",
    "empty": "",
    "only lines": "\n\n\n",
    "quoted header": '"a b","c","d"\n' + "1,2,x\n2,3,y\n" * 4,
}


@pytest.mark.parametrize("name", [*AT_ONCE, *STRICTLY, *EITHER])
def test_both_readers_say_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes({**AT_ONCE, **STRICTLY, **EITHER}[name].encode())
    for options in (
        {},
        {"header": True},
        {"header": False},
        {"header": True, "sep": ","},
        {"header": True, "quotes": "none"},
        {"header": True, "inf": "missing"},
        {"names": ["p", "q", "r"]},
    ):
        both(path, **options)


@pytest.mark.parametrize("name", AT_ONCE)
def test_clean_text_is_cut_at_once(name: str) -> None:
    text = AT_ONCE[name]
    sep = next(sep for sep in ";\t|," if sep in text)
    layout = reader.Layout(sep, "none" if name == "quotes none" else "double")
    made = quick.quick(text, layout)
    assert made is not None
    assert made.rows == len(text.splitlines()) - 1 - text.count("\n\n") * text.endswith("\n\n") or (
        "last" in name
    )


@pytest.mark.parametrize("name", STRICTLY)
def test_what_is_odd_is_left_to_the_strict_reader(name: str) -> None:
    text = STRICTLY[name]
    found = quick.quick(text, reader.Layout(",", "double", "blanks before" in name))
    assert found is None or found.repeats or not found.rows


@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", b"\xef\xbb\xbf"), ("latin-1", b""), ("utf-16", b"")]
)
def test_other_encodings(encoding: str, mark: bytes, tmp_path: Path) -> None:
    text = rows("\u00e9t\u00e9", "12", "\u00a05")
    (tmp_path / "t.csv").write_bytes(mark + text.encode(encoding))
    for said in (None, encoding):
        both(tmp_path / "t.csv", encoding=said)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(mark + text.encode(encoding)))
    both(tmp_path / "t.csv.gz", encoding=encoding)


def test_limits_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from howdeep.modalities.table.read import parse

    path = tmp_path / "t.csv"
    path.write_text(rows("1", "2", n=2_000))
    for module in (quick, parse):
        monkeypatch.setattr(module, "MAX_CELLS", 5_000)
    assert "more than 5,000 cells" in both(path)[1]
    for module in (quick, parse):
        monkeypatch.setattr(module, "MAX_CELLS", 10**8)
        monkeypatch.setattr(module, "MAX_CELL_CHARS", 40)
    path.write_text(rows("1", "x" * 41))
    assert "more than 40 characters" in both(path, header=True)[1]
    for module in (quick, parse):
        monkeypatch.setattr(module, "MAX_COLUMNS", 2)
    assert "3 columns" in both(path, header=True)[1]


def test_blocks_of_cells_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read some cells at a time is the same, wherever these end."""
    path = tmp_path / "t.csv"
    for module, size in ((numerals, 3), (levels, 3), (quick, 16)):
        monkeypatch.setattr(module, "AT_ONCE", size)
    for name in AT_ONCE:
        if len(AT_ONCE[name]) < 5_000:
            path.write_bytes(AT_ONCE[name].encode())
            both(path, header=True)


def test_cells_that_share_a_place_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "BITS", 1)
    cells = [f"level {i % 50} of many" for i in range(1_000)]
    ends = np.cumsum([len(cell) + 1 for cell in cells]).astype(np.int32) - 1
    starts = (ends - [len(cell) for cell in cells]).astype(np.int32)
    found = levels.coded(",".join(cells).encode() + b"\n", starts, ends)
    assert found is not None
    assert found.cells() == cells


# ---- numbers ------------------------------------------------------------------------------------
def read_numbers(cells: list[str]) -> numerals.Found | None:
    raw = "\n".join([*cells, ""]).encode()
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == 10).astype(np.int32)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int32)
    return numerals.numerals(raw, starts, ends)


@pytest.mark.parametrize("wide", [True, False])
def test_numbers_have_the_bits_that_python_reads(
    wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numerals, "WIDE", wide and numerals.WIDE)
    rng = np.random.default_rng(0)
    cells = [repr(value) for value in rng.normal(size=20_000).tolist()]
    cells += [
        f"{value:.{int(d)}f}"
        for value, d in zip(rng.normal(size=20_000) * 1e4, rng.integers(0, 19, 20_000), strict=True)
    ]
    cells += [f"{m}.{f:019d}"[:20] for m, f in rng.integers(0, 10**6, (20_000, 2)).tolist()]
    bits = rng.integers(0, 2**63, 5_000, dtype=np.uint64).view(np.float64)
    near = np.abs(bits[np.isfinite(bits)])
    near = near[(near > 1e-3) & (near < 1e15)]
    ulp = np.spacing(near)  # digits of points halfway between two floats, and next to them
    cells += [
        str(int(v)) + "." + str(round((v % 1 + u / 2) * 10**8))
        for v, u in zip(near.tolist(), ulp.tolist(), strict=True)
    ]
    cells = [c for c in cells if number(c) is not None and not c.lstrip("-").startswith("00")]
    cells = [c for c in cells if "." in c]
    found = read_numbers(cells)
    assert found is not None
    wanted = np.array([float(cell) + 0.0 for cell in cells])
    assert found.numbers.tobytes() == wanted.tobytes()


def test_points_halfway_between_two_floats() -> None:
    """Rounded once: by way of a wider float that itself lies between, it would be twice."""
    cells = []
    for k in range(53, 63):
        for step in (-1, 0, 1):
            middle = 2**k + 2 ** (k - 53) + step  # halfway between neighbours, for step 0
            for power in (1, 2, 3, 4):
                whole, part = divmod(middle, 10**power)
                cells.append(f"{whole}.{part:0{power}d}")
    found = read_numbers([cell for cell in cells if len(cell) < 21])
    assert found is not None
    wanted = [float(cell) for cell in cells if len(cell) < 21]
    assert found.numbers.tolist() == wanted


NUMERAL = st.from_regex(r"[+-]?[0-9]{0,21}(\.[0-9]{0,21})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMERAL | st.sampled_from(["", "NA", "?", " 1", "-", "."]), min_size=1))
def test_any_numeral_is_what_its_rule_says(cells: list[str]) -> None:
    from howdeep.data.cells import CODE, is_inexact

    found = read_numbers(cells)
    values = [number(cell) for cell in cells]
    texts = [cell.strip() for cell in cells]
    other = any(map(CODE.fullmatch, texts)) or any(map(is_inexact, texts)) or None in values
    if other or all(value != value for value in values):
        assert found is None
        return
    assert found is not None
    assert found.numbers.tobytes() == np.array(values, float).tobytes()
    assert found.missing == {t for t, v in zip(texts, values, strict=True) if v != v}
    assert not found.whole or all(t == str(int(t)) for t in texts if t not in found.missing)


# ---- any table, in any dialect ------------------------------------------------------------------
CELL = st.sampled_from(
    [
        "1",
        "2.5",
        "-3",
        "",
        "NA",
        "x",
        "y z",
        "007",
        "1e5",
        "1,5",
        '"',
        'a"b',
        "\u00e9",
        " 4 ",
        "a\nb",
    ]
) | st.text(alphabet="01.-eE+ ,;x\"'\r\n\t\u00a0", max_size=6)


@settings(max_examples=200, deadline=None)
@given(
    data=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12),
    sep=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    header=st.booleans(),
    last=st.booleans(),
)
def test_any_table_in_any_dialect(
    data: list[list[str]],
    sep: str,
    end: str,
    quoting: Any,
    header: bool,
    last: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep, lineterminator=end, quoting=quoting)
    writer.writerows([["p", "q", "r"], *data])
    text = out.getvalue()
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_bytes((text if last else text.rstrip("\r\n")).encode())
    both(path, sep=sep, header=header)
    both(path, header=header)
