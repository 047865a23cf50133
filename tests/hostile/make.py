"""The hostile corpus, made on demand: damaged and malicious files. `python make.py FOLDER`.

A case says what must happen: the error it ends in and what that error names, or what a task made
of it must hold. Numbers are those of the list of hostile inputs in docs/reliability.md.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROWS = 60
ACCEPTED = ""


@dataclass(frozen=True)
class Case:
    """One file, the options it is read with, and the outcome it must have."""

    number: int  # in the list of hostile inputs; 0 = not listed
    name: str
    content: bytes | Callable[[Path], None]
    outcome: str = ACCEPTED  # name of an error class, or accepted
    says: tuple[str, ...] = ()  # in the error, or in the notes of an accepted task
    options: Mapping[str, object] = field(default_factory=dict)
    holds: Mapping[str, object] = field(default_factory=dict)  # of an accepted task; see `measured`
    suffix: str = ".csv"
    at_door: str = ""  # the outcome of the command line, where it takes the file for another kind

    def __str__(self) -> str:
        return f"{self.number}-{self.name}"

    def write(self, folder: Path) -> Path:
        """Write the file and return its path."""
        path = folder / f"{self}{self.suffix}"
        if isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)
        return path


def columns(rows: int = ROWS) -> dict[str, list[str]]:
    """An honest little table: two numbers, a category and two classes."""
    rng = np.random.Generator(np.random.PCG64(7))
    a, b = rng.normal(size=rows), rng.normal(size=rows)
    return {
        "a": [f"{v:.3f}" for v in a],
        "b": [f"{v:.3f}" for v in b],
        "c": [("red", "green", "blue")[i % 3] for i in range(rows)],
        "y": ["up" if v > 0 else "down" for v in a + 0.3 * b],
    }


def text(
    cols: Mapping[str, list[str]], sep: str = ",", end: str = "\n", header: bool = True
) -> str:
    """The columns as a text table."""
    lines = [sep.join(cols)] * header + [sep.join(row) for row in zip(*cols.values(), strict=True)]
    return end.join(lines) + end


def table(**changed: list[str] | None) -> bytes:
    """The honest table with columns added, replaced or (None) taken out; y stays the last."""
    cols: dict[str, list[str] | None] = columns() | changed
    kept = {name: values for name, values in cols.items() if values is not None and name != "y"}
    if cols["y"] is not None:
        kept["y"] = cols["y"]
    return text(kept).encode()


def edited(line: int, new: Callable[[str], str]) -> bytes:
    """The honest table with one line (from 1) changed."""
    lines = text(columns()).splitlines()
    lines[line - 1] = new(lines[line - 1])
    return ("\n".join(lines) + "\n").encode()


def cells(value: str, *odd: tuple[int, str]) -> list[str]:
    """A column of one value, but for some rows (from 1)."""
    out = [value] * ROWS
    for row, cell in odd:
        out[row - 1] = cell
    return out


def numbered(pattern: str, start: int = 1) -> list[str]:
    return [pattern.format(i) for i in range(start, start + ROWS)]


def swapped(**by: str) -> list[str]:
    """The target with its labels exchanged."""
    return [by[label] for label in columns()["y"]]


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
WIDE = ",".join(f"c{i}" for i in range(20_000)) + "\n" + ",".join("1" * 20_000) + "\n"
BIG = [str(2**53 + 1 + i % 7) for i in range(ROWS)]
HUGE = [str(10**23 + i % 7) for i in range(ROWS)]
LONG = ["9" * 5_000 if i % 2 else "8" * 5_000 for i in range(ROWS)]
DECIMAL = {name: [cell.replace(".", ",") for cell in values] for name, values in columns().items()}
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
        text(columns()).replace("up\n", "up,\n").replace("down\n", "down,\n").encode(),
        "TableError",
        ("line 2", "5 fields", "line 1 has 4"),
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
        "classes-na-none",
        table(y=NA),
        says=("'NA'", "'None'"),
        holds=HONEST | {"classes": ("NA", "None")},
    ),
    Case(
        7,
        "classes-null-nan",
        table(y=swapped(up="null", down="nan")),
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
        text(columns() | {"a": [f"{i + 1},{100 + i}" for i in range(ROWS)]}, ";").encode(),
        "TableError",
        ("'a'", "--decimal"),
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
        says=("dates", "'when'"),
        holds=HONEST | {"categories": ("c", "when")},
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

NESTED = 100_000


def config(number: int, name: str, text: str | bytes, *says: str, suffix: str = ".json") -> Case:
    """A config file, which is refused."""
    content = text if isinstance(text, bytes) else text.encode()
    return Case(number, name, content, "ConfigError", says, suffix=suffix)


CONFIGS: tuple[Case, ...] = (
    config(86, "unknown-key", '{"max_seed": 3}', "'max_seed'", "'max_seeds'"),
    config(86, "unknown-key-toml", "max_seed = 3", "'max_seed'", "'max_seeds'", suffix=".toml"),
    config(86, "unknown-table", "[training]\nrate = 1", "'training'", suffix=".toml"),
    config(87, "text-for-a-number", '{"epsilon": "small"}', "epsilon", "'small'"),
    config(87, "number-for-a-text", '{"target": 1.5}', "target", "'1.5'"),
    config(87, "object-for-a-number", '{"max_seeds": {"a": 1}}', "max_seeds"),
    config(87, "true-for-a-number", '{"seed": true}', "seed", "'True'"),
    config(87, "null-in-a-list", '{"depths": [0, null]}', "depths"),
    config(87, "negative", '{"epsilon": -0.1}', "epsilon", "'-0.1'"),
    config(87, "too-large", '{"confidence": 1e999}', "confidence"),
    config(87, "not-a-number-toml", "epsilon = nan", "epsilon", "'nan'", suffix=".toml"),
    config(87, "ten-to-the-twelve-blocks", '{"depths": [0, 1000000000000]}', "depths"),
    config(87, "integer-of-5000-digits", '{"seed": ' + "9" * 5_000 + "}"),
    config(87, "no-blocks-alone", '{"depths": [0]}', "depths", "no ladder"),
    config(87, "a-million-depths", '{"depths": [' + "1," * 400_000 + "2]}", "depths"),
    config(88, "key-twice", '{"seed": 1, "seed": 1}', "'seed'", "twice"),
    config(88, "key-twice-toml", "seed = 1\nseed = 2", suffix=".toml"),
    config(88, "same-key-two-spellings", '{"max-seeds": 3, "max_seeds": 4}', "twice"),
    config(88, "nan-literal", '{"epsilon": NaN}', "NaN"),
    config(88, "infinity-literal", '{"epsilon": -Infinity}', "Infinity"),
    config(89, "deep-lists", '{"a":' + "[" * NESTED + "]" * NESTED + "}", "too deep"),
    config(89, "deep-objects", '{"a":' * NESTED + "1" + "}" * NESTED, "too deep"),
    config(89, "deep-list-alone", "[" * NESTED, "too deep"),
    config(89, "deep-toml", "a = " + "[" * NESTED + "]" * NESTED, "too deep", suffix=".toml"),
    config(89, "deep-toml-keys", "a" + ".a" * NESTED + " = 1", "too deep", suffix=".toml"),
    config(
        89, "deep-quoted-keys", '"a b"' + " . 'a b'" * NESTED + " = 1", "too deep", suffix=".toml"
    ),
    config(89, "deep-toml-table", "[a" + ".a" * NESTED + "]", "too deep", suffix=".toml"),
    config(89, "endless-toml-key", "a" * 900_000 + ".b = 1", suffix=".toml"),
    config(89, "endless-toml-string", 'target = "' + "a.b\\\\" * 150_000, suffix=".toml"),
    config(90, "yaml-tag", "a: !!python/object/apply:os.system [ls]", "YAML", suffix=".yaml"),
    config(90, "yaml-aliases", "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]", suffix=".json"),
    config(91, "module-for-a-family", '{"family": ["os"]}', "family", "'os'"),
    config(91, "path-for-a-family", '{"family": ["../x"]}', "'../x'"),
    config(91, "our-own-module", '{"family": "howdeep.cli"}', "'howdeep.cli'"),
    config(91, "shared-file", '{"family": "_dense"}', "'_dense'"),
    config(91, "family-of-10-KB", '{"family": "' + "x" * 10_000 + '"}', "family", "x…"),
    config(0, "not-utf-8", b'{"target": "\xff"}', "byte"),
    config(0, "empty", "", "empty"),
    config(0, "a-list", "[1]", "list"),
    config(0, "nul", '{"target": "\\u0000"}', "target"),
)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for case in (*CASES, *CONFIGS):
        print(case.write(folder))
