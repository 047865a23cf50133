"""The hostile corpus of tables and config files, made on demand: `python make.py FOLDER`."""

from __future__ import annotations

import os
from pathlib import Path

from case import Case, write_all
from configs import CONFIGS
from plain_table import ROWS, cells, columns, edited, numbered, swapped, table, text


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def dangling(path: Path) -> None:
    path.symlink_to("nowhere.csv")


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**10)


def secrets(path: Path) -> None:
    path.symlink_to("/etc/shadow")


def linked(path: Path) -> None:
    target = path.with_name("linked")
    target.mkdir()
    (target / "table.txt").write_bytes(table())
    path.symlink_to(target / "table.txt")


HONEST = {"rows": ROWS, "classes": ("down", "up"), "numbers": ("a", "b"), "categories": ("c",)}
CIRCLES = [f"{circle}, {wave}" for circle in ("year", "week") for wave in ("sin", "cos")]
WHEN = tuple(f"when ({part})" for part in ("days", *CIRCLES))
WIDE = ",".join(f"c{i}" for i in range(20_000)) + "\n" + ",".join("1" * 20_000) + "\n"
BIG = [str(2**53 + 1 + i % 7) for i in range(ROWS)]
HUGE = [str(10**23 + i % 7) for i in range(ROWS)]
LONG = ["9" * 5_000 if i % 2 else "8" * 5_000 for i in range(ROWS)]
DECIMAL = {name: [cell.replace(".", ",") for cell in values] for name, values in columns().items()}
THOUSANDS = [f"{1 + i * 7 % 60},{100 + i}" for i in range(ROWS)]
SHORT = {name: values[:2] for name, values in columns().items()}
TWICE = {name: values[:30] * 2 for name, values in columns(ROWS * 2).items()}
TWICE = {name: TWICE[name] + values[60:] for name, values in columns(ROWS * 2).items()}
MANY = {"a": [str(i % 977 / 8) for i in range(4_000)], "y": [f"k{i // 2}" for i in range(4_000)]}
SINGLE = {
    "a": [str(i % 977 / 8) for i in range(200_000)],
    "y": [f"k{i // 2}" for i in range(200_000)],
}
MARKED = "a" + "\u0316\u0301" * 2_000
CODES = [f"{i % 5:05d}" for i in range(ROWS)]
NA = swapped(up="NA", down="None")


CASES: tuple[Case, ...] = (
    Case(1, "empty", b"", "TableError", ("is empty",)),
    Case(1, "only-blank-lines", b"\n\n  \n", "TableError", ("is empty",)),
    Case(2, "header-only", b"a,b,y\n", "TableError", ("0 rows",)),
    Case(
        3,
        "every-row-longer",
        text(columns()).replace("up\n", "up,1\n").replace("down\n", "down,1\n").encode(),
        "TableError",
        ("every row has 5 fields", "line 1 has 4"),
    ),
    Case(
        3,
        "separator-at-every-end",
        text(columns()).replace("up\n", "up,\n").replace("down\n", "down,\n").encode(),
        says=("separator too much",),
        holds=HONEST,
    ),
    Case(
        3,
        "late-row-longer",
        edited(41, lambda line: line + ",1"),
        "TableError",
        ("line 41", "5 fields"),
    ),
    Case(
        4,
        "row-shorter",
        edited(9, lambda line: line[:-3].rpartition(",")[0]),
        "TableError",
        ("line 9", "has 4"),
    ),
    Case(5, "duplicate-names", edited(1, lambda _: "a,a,c,y"), "TableError", ("'a'",)),
    Case(
        6,
        "empty-name",
        edited(1, lambda _: ",b,c,y"),
        says=("'column_1'",),
        holds=HONEST | {"numbers": ("column_1", "b")},
    ),
    Case(
        7,
        "classes-na-none-unasked",
        table(y=NA),
        "TargetError",
        ("'NA'", "a class, or missing?", "--kind classification"),
    ),
    Case(
        7,
        "classes-na-none",
        table(y=NA),
        options={"kind": "classification"},
        says=("'NA'", "'None'"),
        holds=HONEST | {"classes": ("NA", "None")},
    ),
    Case(
        7,
        "classes-null-nan",
        table(y=swapped(up="null", down="nan")),
        options={"kind": "classification"},
        holds=HONEST | {"classes": ("nan", "null")},
    ),
    Case(
        8,
        "unclosed-quote",
        edited(12, lambda line: '"' + line),
        "TableError",
        ("line 12", "never closed"),
    ),
    Case(8, "text-after-quote", edited(12, lambda line: '"q"x' + line), "TableError", ("line 12",)),
    Case(
        9, "utf16-without-mark", text(columns()).encode("utf-16-le"), "TableError", ("utf-16-le",)
    ),
    Case(9, "utf16-with-mark", text(columns()).encode("utf-16"), says=("UTF-16",), holds=HONEST),
    Case(
        10,
        "latin-1",
        table(c=cells("caf\xe9")).decode().encode("latin-1"),
        "TableError",
        ("byte", "0xe9", "--encoding"),
    ),
    Case(
        10,
        "latin-1-named",
        table(c=cells("caf\xe9", (1, "th\xe9"))).decode().encode("latin-1"),
        options={"encoding": "latin-1"},
        holds=HONEST | {"levels": ("caf\xe9", "th\xe9")},
    ),
    Case(11, "utf8-mark", b"\xef\xbb\xbf" + table(), says=("byte-order mark",), holds=HONEST),
    Case(12, "nul", edited(5, lambda line: line + "\0"), "TableError", ("NUL", "byte")),
    Case(
        13,
        "semicolon-decimal-comma",
        text(DECIMAL, ";").encode(),
        says=("semicolon", "decimal comma", "'a', 'b'"),
        holds=HONEST,
    ),
    Case(
        13,
        "thousands-or-decimals",
        text(columns() | {"a": THOUSANDS, "b": list(map(str, range(9, ROWS + 9)))}, ";").encode(),
        "TableError",
        ("'a'", "--decimal", "--thousands", "row 1"),
    ),
    Case(
        13,
        "thousands-beside-points",
        text(columns() | {"a": THOUSANDS}, ";").encode(),
        says=("comma between thousands", "'1,100' is 1100"),
        holds=HONEST,
    ),
    Case(
        14,
        "beyond-2-53",
        table(big=BIG),
        says=("2^53", "'big'"),
        holds=HONEST | {"categories": ("c", "big"), "levels of big": tuple(sorted(set(BIG)))},
    ),
    Case(
        14,
        "beyond-2-64",
        table(big=HUGE),
        says=("2^53",),
        holds=HONEST | {"categories": ("c", "big"), "levels of big": tuple(sorted(set(HUGE)))},
    ),
    Case(
        15,
        "5000-digits",
        table(big=LONG),
        holds=HONEST | {"categories": ("c", "big"), "levels of big": tuple(sorted(set(LONG)))},
    ),
    Case(
        16,
        "overflow",
        table(a=cells("1.5", (17, "1e999"), (3, "2"))),
        "TableError",
        ("'1e999'", "infinite", "row", "17", "'a'"),
    ),
    Case(
        17,
        "infinite",
        table(a=cells("1.5", (17, "-Infinity"), (20, "inf"))),
        "TableError",
        ("'-Infinity'", "rows 17, 20", "--inf missing"),
    ),
    Case(
        17,
        "infinite-missing",
        table(a=[*columns()["a"][:-2], "inf", "-inf"]),
        options={"inf": "missing"},
        says=("Infinite",),
        holds=HONEST | {"missing in a": 2},
    ),
    Case(
        18,
        "leading-zeros",
        table(zip=CODES),
        says=("leading zeros", "'zip'"),
        holds=HONEST | {"categories": ("c", "zip"), "levels of zip": tuple(sorted(set(CODES)))},
    ),
    Case(
        19,
        "mixed",
        table(m=[str(i % 9) for i in range(41)] + ["n.d."] * 19),
        "TableError",
        ("'m'", "19 cells of text", "row 42: 'n.d.'", "--types m=category"),
    ),
    Case(
        19,
        "mixed-few",
        table(m=[str(i % 4) for i in range(41)] + ["n.d."] * 19),
        says=("'m'", "mixes numbers and text", "row 42"),
        holds=HONEST | {"categories": ("c", "m")},
    ),
    Case(
        20,
        "all-missing",
        table(m=cells(""), n=cells("NA")),
        says=("missing", "'m', 'n'"),
        holds=HONEST,
    ),
    Case(
        21,
        "constant",
        table(m=cells("7"), n=cells("same")),
        says=("equal", "'m', 'n'"),
        holds=HONEST,
    ),
    Case(22, "leak", table(copy=columns()["y"]), "TargetError", ("'copy'", "--allow-leak")),
    Case(22, "leak-relabelled", table(copy=swapped(up="1", down="0")), "TargetError", ("'copy'",)),
    Case(
        22,
        "leak-allowed",
        table(copy=columns()["y"]),
        options={"allow_leak": True},
        says=("'copy'",),
        holds=HONEST | {"categories": ("c", "copy")},
    ),
    Case(
        22,
        "leak-multiple",
        table(y=columns()["a"], a2=[str(float(v) * 3 + 1) for v in columns()["a"]], a=None),
        "TargetError",
        ("'a2'",),
    ),
    Case(
        23,
        "row-numbers",
        table(number=numbered("{}")),
        says=("row numbers", "'number'"),
        holds=HONEST,
    ),
    Case(
        23, "identifiers", table(code=numbered("x{}")), says=("identifiers", "'code'"), holds=HONEST
    ),
    Case(
        24,
        "duplicates",
        text(TWICE).encode(),
        says=("earlier row: 30 rows",),
        holds=HONEST | {"rows": 2 * ROWS},
    ),
    Case(25, "no-such-target", table(), "TargetError", ("'yy'", "'y'"), {"target": "yy"}),
    Case(26, "one-class", table(y=cells("up")), "TargetError", ("'up'", "constant")),
    Case(
        27,
        "class-of-one",
        table(y=["odd", *columns()["y"][1:]]),
        "TargetError",
        ("'odd'", "--merge-rare"),
    ),
    Case(
        27,
        "class-of-one-merged",
        table(y=["odd", "odder", "o", "p", "q", *columns()["y"][5:]]),
        options={"merge_rare": True},
        says=("merged", "'odder'"),
        holds=HONEST | {"classes": ("down", "rare", "up")},
    ),
    Case(
        28,
        "target-missing",
        table(y=["", *columns()["y"][1:-1], ""]),
        "TargetError",
        ("2 rows", "row 1"),
    ),
    Case(29, "two-rows", text(SHORT).encode(), "TargetError", ("2 rows", "50")),
    Case(29, "one-row", b"a,b,y\n1,2,up\n", "TargetError", ("1 row", "50")),
    Case(30, "100000-classes", text(SINGLE).encode(), "LimitError", ("100,000", "regression")),
    Case(30, "2000-classes", text(MANY).encode(), "LimitError", ("2,000", "regression")),
    Case(
        31,
        "three-floats",
        table(y=[("0.5", "1.5", "2.5")[i % 3] for i in range(ROWS)]),
        "TargetError",
        ("3 different", "--kind"),
    ),
    Case(
        32,
        "cell-of-2-MB",
        edited(3, lambda line: "x" * 2_000_000 + line),
        "LimitError",
        ("line 3", "1,000,000"),
    ),
    Case(33, "20000-columns", WIDE.encode(), "LimitError", ("20,000",)),
    Case(34, "sparse", sparse, "LimitError", ("10,000,000,000",)),
    Case(36, "pipe", os.mkfifo, "TableError", ("pipe", "not a regular file")),
    Case(36, "device", device, "TableError", ("device",)),
    Case(36, "directory", Path.mkdir, "TableError", ("directory",), at_door="ConfigError"),
    Case(37, "link-to-secrets", secrets, "TableError"),
    Case(37, "link-to-a-table", linked, holds=HONEST),
    Case(38, "dangling-link", dangling, "TableError", ("link",)),
    Case(38, "looping-link", loop, "TableError", ("link",)),
    Case(39, "crlf", text(columns(), end="\r\n").encode(), holds=HONEST),
    Case(39, "cr", text(columns(), end="\r").encode(), holds=HONEST),
    Case(
        39,
        "mixed-ends",
        table().replace(b"\n", b"\r\n", 9).replace(b"\r\n", b"\r", 3),
        holds=HONEST,
    ),
    Case(
        40,
        "formula",
        table(c=[("=cmd|'/c calc'!A1", "@SUM(1)")[i % 2] for i in range(ROWS)]),
        holds=HONEST | {"levels": ("=cmd|'/c calc'!A1", "@SUM(1)")},
    ),
    Case(
        41,
        "bidirectional-name",
        edited(1, lambda _: "a\u202eb,b,c,y"),
        holds=HONEST | {"numbers": ("a\u202eb", "b")},
    ),
    Case(41, "zero-width-twin", edited(1, lambda _: "b\u200b,b,c,y"), "TableError", ("\\u200b",)),
    Case(
        42, "nfc-nfd", edited(1, lambda _: "caf\xe9,cafe\u0301,c,y"), "TableError", ("same name",)
    ),
    Case(
        43,
        "dates",
        table(when=[f"2020-01-{i % 20 + 1:02d}" for i in range(ROWS)]),
        says=("Dates are numbers", "'when'"),
        holds=HONEST | {"numbers": ("a", "b", *WHEN)},
    ),
    Case(
        43,
        "dates-in-several-formats",
        table(when=[("2020-01-02", "3.4.2021", "5/6/2022 10:00")[i % 3] for i in range(ROWS)]),
        says=("dates", "'when'"),
        holds=HONEST
        | {
            "categories": ("c", "when"),
            "levels of when": ("2020-01-02", "3.4.2021", "5/6/2022 10:00"),
        },
    ),
    Case(
        0,
        "weights-below-zero",
        table(w=["-1.5" if i == 4 else "1" for i in range(ROWS)]),
        "TableError",
        ("'w'", "--weights", "row 5", "-1.5"),
        {"weights": "w"},
    ),
    Case(
        0,
        "weights-that-overflow",
        table(w=["1e308"] * ROWS),
        "TableError",
        ("--weights", "row 1", "1e+308"),
        {"weights": "w"},
    ),
    Case(
        0,
        "groups-with-a-hole",
        table(g=["" if i == 2 else f"g{i // 4}" for i in range(ROWS)]),
        "TableError",
        ("'g'", "--groups", "row 3", "missing"),
        {"groups": "g"},
    ),
    Case(
        0,
        "groups-of-one-row",
        table(g=[f"g{i}" for i in range(ROWS)]),
        "ConfigError",
        ("'g'", "--groups", "by itself"),
        {"groups": "g"},
    ),
    Case(
        0,
        "groups-that-are-the-target",
        table(),
        "ConfigError",
        ("--groups", "'y'"),
        {"groups": "y"},
    ),
    Case(
        0,
        "groups-of-no-column",
        table(),
        "ConfigError",
        ("--groups", "'\\x1b[31mno'", "nearest"),
        {"groups": "\x1b[31mno"},
    ),
    Case(
        0,
        "times-in-a-doubtful-form",
        table(t=["03/04/2019"] * ROWS),
        "TableError",
        ("'t'", "--time", "row 1", "2019-04-03"),
        {"time": "t"},
    ),
    Case(
        0,
        "times-of-astronomers",
        table(t=["1e99999999999999999999" if i else "0" for i in range(ROWS)]),
        "TableError",
        ("--time", "row 2", "the time is missing"),
        {"time": "t", "inf": "missing"},
    ),
    Case(
        0,
        "times-and-groups-alike",
        table(t=[str(i // 4) for i in range(ROWS)]),
        "ConfigError",
        ("--groups and --time", "'t'"),
        {"time": "t", "groups": "t"},
    ),
    Case(67, "not-utf-8", table() + b"1,2,\xff\xfe,up\n", "TableError", ("byte", "0xff")),
    Case(67, "only-whitespace", b" \t\n" * 1_000, "TableError", ("is empty",)),
    Case(67, "one-endless-line", b"a," * 2_000_000, "LimitError", ("columns",)),
    Case(
        68,
        "marks-in-a-name",
        edited(1, lambda _: "a" + "\u0301\u0316" * 450_000 + ",b,c,y"),
        options={"sep": ","},
        holds=HONEST | {"numbers": ("a" + "\u0301\u0316" * 450_000, "b")},
    ),
    Case(
        68,
        "marks-in-a-class",
        table(y=[MARKED if label == "up" else label for label in columns()["y"]]),
        holds=HONEST | {"classes": (MARKED, "down")},
    ),
    Case(
        68,
        "too-many-marks",
        edited(1, lambda _: "a" + "\u0301" * 10**6 + ",b,c,y"),
        "LimitError",
        ("line 1",),
        {"sep": ","},
    ),
    Case(68, "lone-surrogate", table() + b"1,2,\xed\xa0\x80,up\n", "TableError", ("0xed",)),
    Case(
        79, "pickle-by-name", b"a,y\n1,2\n", "UnsafeFile", ("never loads pickles",), suffix=".pkl"
    ),
    Case(79, "pickle-by-content", b"\x80\x04\x95junk", "UnsafeFile", ("never loads pickles",)),
    Case(79, "torch-zip", b"PK\x03\x04....archive/data.pkl", "UnsafeFile", suffix=".csv"),
    Case(
        0,
        "no-header",
        text(columns(), header=False).encode(),
        "TableError",
        ("line 1", "--no-header", "--names"),
        {"target": "4"},
    ),
    Case(
        0,
        "no-header-said",
        text(columns(), header=False).encode(),
        options={"header": False, "target": "4"},
        holds=HONEST | {"numbers": ("column_1", "column_2"), "categories": ("column_3",)},
    ),
)


if __name__ == "__main__":
    write_all((*CASES, *CONFIGS))
