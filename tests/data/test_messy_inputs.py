"""What people write in tables: read as meant beside a clean twin, or refused with the cause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from howdeep.base.errors import ConfigError, InputError, TableError, TargetError
from howdeep.data.notation import Notation, plainly
from howdeep.data.task import Task
from howdeep.modalities.table.samples import names_of, numbers_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import Handed, handed_task, task_of

N = 60
RNG = np.random.default_rng(1)
WHOLE = [int(v) for v in RNG.permutation(np.arange(1_001, 99_000, 211))[:N]]
SMALL = [int(v) for v in RNG.integers(1, 99, N)]
DAYS = [datetime(2019, 1, 3) + timedelta(int(d)) for d in RNG.permutation(1500)[:N]]
SECONDS = [int(s) for s in RNG.integers(3_601, 80_000, N)]
Y = ["p", "q"] * (N // 2)


def write(folder: Path, cells: list[str], name: str = "c") -> str:
    rows = (
        f'{x:.4f},"{cell.replace(chr(34), chr(34) * 2)}",{y}'
        for x, cell, y in zip(np.random.default_rng(0).normal(size=N), cells, Y, strict=True)
    )
    path = folder / "t.csv"
    path.write_text("\n".join([f"x,{name},y", *rows, ""]), encoding="utf-8")
    return str(path)


def read(path: str, **options: object) -> Task:
    return task_of(parse_options({"data": path, "target": "y", **options}))


def column(task: Task, start: str = "c") -> list[float]:
    names = names_of(task).numbers
    place = next(i for i, name in enumerate(names) if name.startswith(start))
    found: list[float] = numbers_of(task)[:, place].tolist()
    return found


def notes(task: Task) -> str:
    return "\n".join(task.info.notes)


Write = Callable[[int], str]
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
WIDE = str.maketrans("0123456789-,.", "０１２３４５６７８９－，．")


def every(values: list[int], write: Write) -> list[str]:
    return [write(value) for value in values]


def minus(write: Write, other: Write = str) -> list[str]:
    return [write(v) if i % 3 == 0 else other(v) for i, v in enumerate(WHOLE)]


NEGATIVE = [-v if i % 3 == 0 else v for i, v in enumerate(WHOLE)]
NUMBERS: dict[str, tuple[list[str], list[int], str]] = {
    "kr before": (every(WHOLE, "kr {}".format), WHOLE, "the sign 'kr'"),
    "Fr.": (every(WHOLE, "Fr. {}".format), WHOLE, "the sign 'Fr.'"),
    "a code of another country": (every(WHOLE, "{} ILS".format), WHOLE, "the sign 'ILS'"),
    "a wide yen": (every(WHOLE, "￥{}".format), WHOLE, "the sign '￥'"),
    "yen as a word": (every(WHOLE, "{}円".format), WHOLE, "'円' behind each"),
    "currency before brackets": (minus("$({:,})".format, "${:,}".format), NEGATIVE, "brackets"),
    "a minus behind": (minus("{}-".format), NEGATIVE, "a minus behind them"),
    "a minus behind thousands": (minus("{:,}-".format, "{:,}".format), NEGATIVE, "a minus behind"),
    "a figure dash": (minus("\u2012{}".format), NEGATIVE, "a long dash"),
    "a hyphen that breaks no line": (minus("\u2011{}".format), NEGATIVE, "a long dash"),
    "digits of Arabic": (every(WHOLE, lambda v: str(v).translate(ARABIC)), WHOLE, "another script"),
    "wide digits": (minus(lambda v: f"-{v}".translate(WIDE)), NEGATIVE, "another script"),
    "no width behind": (every(WHOLE, "{}\u200b".format), WHOLE, "nobody sees"),
    "a mark of direction": (every(WHOLE, "\u200e{}".format), WHOLE, "nobody sees"),
    "one and several": (every(SMALL, lambda v: f"{v % 9 + 1} room{'s' * (v % 9 > 0)}"),
                        [v % 9 + 1 for v in SMALL], "behind each"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_are_read_as_their_clean_twin_is_and_it_is_said(kind: str, tmp_path: Path) -> None:
    cells, values, said = NUMBERS[kind]
    task = read(write(tmp_path, cells))
    assert column(task) == column(read(write(tmp_path, every(values, str)))) == values
    assert said in notes(task)


def test_a_power_of_ten_has_no_thousands_before_it(tmp_path: Path) -> None:
    cells = [f"{v:.3E}".replace(".", ",") for v in WHOLE]
    rows = [f'"{cell}",{y}' for cell, y in zip(cells, Y, strict=True)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["c,y", *rows, ""]))
    assert column(read(str(path))) == [float(f"{v:.3E}") for v in WHOLE]


def test_a_sign_that_was_a_unit_to_earlier_versions_is_still_read() -> None:
    assert plainly("12 kr", Notation(unit="kr")) == "12"
    assert plainly("12 kr", Notation(unit="km")) is None
    assert plainly("12", Notation(unit="kr")) is None


GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
FRENCH = "janvier févr. mars avril mai juin juil. août septembre oct. novembre décembre"
SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
POLISH = (
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada"
    " grudnia"
)
RUSSIAN = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"


def named(form: str, names: str) -> Callable[[datetime], str]:
    return lambda d: form.format(d=d.day, m=names.split()[d.month - 1], y=d.year)


DATES: dict[str, Callable[[datetime], str]] = {
    "German": named("{d}. {m} {y}", GERMAN),
    "German, shortened": lambda d: f"{d.day:02}-{GERMAN.split()[d.month - 1][:3]}-{d.year}",
    "decomposed letters": lambda d: named("{d}. {m} {y}", GERMAN)(d).replace("ä", "a\u0308"),
    "French": named("{d} {m} {y}", FRENCH),
    "French, in capitals": lambda d: named("{d} {m} {y}", FRENCH)(d).upper(),
    "Spanish": named("{d} de {m} de {y}", SPANISH),
    "Polish": named("{d} {m} {y}", POLISH),
    "Russian": named("{d} {m} {y} г.", RUSSIAN),
    "a day's name in German": lambda d: f"Montag, {named('{d}. {m} {y}', GERMAN)(d)}",
    "Chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "blanks behind dots": lambda d: f"{d.day}. {d.month}. {d.year}",
    "a blank before the year": lambda d: f"{d:%d.%m.} {d.year}",
    "a short year, day first": lambda d: f"{d.day}/{d.month}/{d:%y}",
    "a short year, month first": lambda d: f"{d:%m/%d/%y}",
    "a short year, with dots": lambda d: f"{d:%d.%m.%y}",
}


@pytest.mark.parametrize("form", DATES)
def test_dates_are_the_days_that_they_name(form: str, tmp_path: Path) -> None:
    found = column(read(write(tmp_path, [DATES[form](day) for day in DAYS])))
    assert found == [float((day - min(DAYS)).days) for day in DAYS]


def test_a_zone_that_means_one_distance_is_read(tmp_path: Path) -> None:
    cells = [f"{day:%Y-%m-%d} 10:00 {('CET', 'CEST')[day.month in (6, 7)]}" for day in DAYS]
    offsets = [cell.replace("CEST", "+02:00").replace("CET", "+01:00") for cell in cells]
    assert column(read(write(tmp_path, cells))) == column(read(write(tmp_path, offsets)))


@pytest.mark.parametrize("gone", ["NaT", "0000-00-00"])
def test_no_date_is_missing(gone: str, tmp_path: Path) -> None:
    cells = [gone if i % 9 == 0 else f"{day:%Y-%m-%d}" for i, day in enumerate(DAYS)]
    task = read(write(tmp_path, cells))
    assert np.isnan(column(task)).sum() == len(cells[::9])
    assert "missing cells" in notes(task)


SPANS: dict[str, Callable[[int], str]] = {
    "2h 30m 5s": lambda s: f"{s // 3600}h {s // 60 % 60}m {s % 60}s",
    "2 hrs 30 mins 5 secs": lambda s: f"{s // 3600} hrs {s // 60 % 60} mins {s % 60} secs",
    "0d 02:30:05": lambda s: f"0d {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}",
    "minutes or seconds": lambda s: f"{s} sec" if s % 60 else f"{s // 60} min",
}


@pytest.mark.parametrize("form", SPANS)
def test_durations_in_words_are_seconds(form: str, tmp_path: Path) -> None:
    assert column(read(write(tmp_path, [SPANS[form](s) for s in SECONDS]))) == SECONDS


def test_few_durations_in_words_may_be_classes(tmp_path: Path) -> None:
    few = [("5 min", "1 h", "1 h 30 min")[i % 3] for i in range(N)]
    assert read(write(tmp_path, few), target="c").info.classes == ("1 h", "1 h 30 min", "5 min")


def some(odd: Write, every: int = 9) -> list[str]:
    return [odd(v) if i % every == 0 else f"{v / 8}" for i, v in enumerate(WHOLE)]


REFUSED: dict[str, tuple[list[str], str, str]] = {
    "a bound": (some("<{}".format), "'<", "correct or empty"),
    "a footnote": (some("{}*".format), "*'", "correct or empty"),
    "a note in brackets": (some("{}[1]".format), "[1]'", "correct or empty"),
    "about": (some("~{}".format), "'~", "correct or empty"),
    "an apostrophe of a spreadsheet": (every(WHOLE, "'{}".format), "not read", "plain numbers"),
    "underscores": (every(WHOLE, "{:_}".format), "not read", "plain numbers"),
    "a dash for no cents": (every(WHOLE, "{},-".format), "not read", "plain numbers"),
    "a fifth of words": (some("see {}".format, 5), "signs that are not read", "plain numbers"),
    "a total": ([*every(WHOLE, str)[:-1], "Total"], "'Total'", "remove the row"),
    "a time that is none": (["25:61", *(f"{s // 3600}:{s // 60 % 60:02}" for s in SECONDS[1:])],
                            "row 1 is '25:61'", "14:05"),
    "two parts": ([f"{s // 60 % 90}:{s % 60:02}" for s in SECONDS], "minutes and seconds or hours",
                  "0:47:15"),
    "a zone of two places": ([f"{d:%Y-%m-%d} 10:00 CST" for d in DAYS], "'CST'", "+02:00"),
    "a zone by its town": ([f"{d:%Y-%m-%d} 10:00 Europe/Berlin" for d in DAYS], "Berlin", "+02:00"),
    "a zone in brackets": ([f"{d:%Y-%m-%dT10:00}[UTC]" for d in DAYS], "'[UTC]'", "+02:00"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_nearly_read_is_refused_by_its_cell(kind: str, tmp_path: Path) -> None:
    cells, cause, fix = REFUSED[kind]
    with pytest.raises(TableError) as error:
        read(write(tmp_path, cells))
    assert cause in error.value.what
    assert fix in error.value.fix


CODES: dict[str, list[str]] = {
    "zeros in front": every(WHOLE, "{:08}".format),
    "beyond 2^53": every(WHOLE, lambda v: str(2**60 + v)),
    "beyond 2^53, with a point": every(WHOLE, lambda v: f"{2**60 + v * 2**20}.0"),
    "zeros, and a mark": every(WHOLE, lambda v: f"{v:08}{'*' * (v % 7 == 0)}"),
    "letters": every(WHOLE, "P{}".format),
    "hexadecimal": every(WHOLE, "{:06x}".format),
}


@pytest.mark.parametrize("kind", CODES)
def test_identifiers_are_left_out_and_said_not_refused(kind: str, tmp_path: Path) -> None:
    task = read(write(tmp_path, CODES[kind]))
    assert names_of(task).numbers == ("x",)
    assert "Left out as free text or identifiers" in notes(task)


@pytest.mark.parametrize("word", ["nil", "\\N", "TBD", "k.A.", "(blank)", "N.D.", "..."])
def test_a_word_for_missing_may_be_taken_as_that(word: str, tmp_path: Path) -> None:
    path = write(tmp_path, some(lambda _: word))
    with pytest.raises(TableError) as error:
        read(path)
    assert "--types c=number, which takes these 7 values as missing" in error.value.fix
    assert np.isnan(column(read(path, types="c=number"))).sum() == 7


SAID: dict[str, tuple[list[str], str]] = {
    "case": (["Red", "red", "blue"], "differ only in case"),
    "a letter of two parts": (["é", "e\u0301", "x"], "how a letter is composed"),
    "two blanks": (["New York", "New  York", "Rome"], "blanks"),
    "short years in doubt": ([f"{i % 12 + 1}/{i % 11 + 1}/2{i % 4}" for i in range(N)],
                             "day first or month first"),
    "numbers of versions": ([f"{i % 3 + 1}.{i % 4 + 1}.1{i % 5}" for i in range(N)], "versions"),
    "categories of digits": ([("0", "1", "2", "3+")[i * 7 % 4] for i in range(N)], "mixes numbers"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SAID)
def test_what_stays_a_category_is_said(kind: str, tmp_path: Path) -> None:
    cells, said = SAID[kind]
    task = read(write(tmp_path, [cells[i * 5 % len(cells)] for i in range(N)]), allow_leak=True)
    assert names_of(task).codes == ("c",)
    assert said in notes(task)


def test_labels_of_several_classes_are_pointed_out(tmp_path: Path) -> None:
    labels = [("a;b", "a", "b")[i % 3] for i in range(N)]
    assert "several classes at once" in notes(read(write(tmp_path, labels), target="c"))
    labels = [("a-b", "a", "b")[i % 3] for i in range(N)]
    assert "several classes" not in notes(read(write(tmp_path, labels), target="c"))


# ---- files --------------------------------------------------------------------------------------
ROWS = [f"{a},{b},{y}" for a, b, y in zip(SMALL, WHOLE, Y, strict=True)]
TABLE = "\n".join(["a,b,y", *ROWS, ""])
BOX = "+----+----+---+"
FILES: dict[str, tuple[str | bytes, str, str]] = {
    "drawn lines": (f"{BOX}\n|a|b|y|\n{BOX}\n" + "\n".join(f"|{r}|" for r in ROWS),
                    "a line drawn around a table", "CSV"),
    "a title with empty cells": (f"Sales 2020,,\n,,\n{TABLE}", "line 3 has names", "one line"),
    "names and values above": (f"Name,Test\nDay,Monday\n\n{TABLE}", "lines 1 to 2 stand above",
                               "remove these lines"),
    "a note at the end": (f"{TABLE}(60 rows affected)\n", "(60 rows affected)", "remove it"),
    "fixed places": ("a   town      y\n" + "\n".join(
        f"{a:<4}{('New York', 'Rome')[i % 2]:<10}{y}"
        for i, (a, y) in enumerate(zip(SMALL, Y, strict=True))), "fixed places", "CSV"),
    "decimal commas between commas": ("a,b,y\n" + "\n".join(f"1,{a},{y}7,2" for a, y in
                                      zip(SMALL, Y, strict=True)), "decimal commas", "last cell"),
    "zstd": (b"\x28\xb5\x2f\xfd" + TABLE.encode(), "zstd-compressed", "unzstd"),
    "Feather": (b"ARROW1\0\0" + bytes(80), "Arrow or Feather", "Python API"),
    "JSON lines": ('{"a": 1, "y": "p"}\n{"a": 2, "y": "q"}\n', "is JSON", "pandas.read_json"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_files_are_refused_with_what_they_are(kind: str, tmp_path: Path) -> None:
    content, cause, fix = FILES[kind]
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as error:
        read(str(path))
    assert cause in error.value.what
    assert fix in error.value.fix


@pytest.mark.parametrize("sep", ["||", "::", "~|~", ", ", "<>"])
def test_a_separator_may_be_several_signs(sep: str, tmp_path: Path) -> None:
    clean, path = tmp_path / "clean.csv", tmp_path / "t.txt"
    clean.write_text(TABLE)
    quoted = TABLE.replace(",q", f',"q{sep}"')
    path.write_text(quoted.replace(",", sep) if "," not in sep else TABLE.replace(",", sep))
    task, twin = read(str(path), sep=sep), read(str(clean))
    assert np.array_equal(numbers_of(task), numbers_of(twin))
    assert len(task.info.classes) == 2


@pytest.mark.parametrize("sep", ["ab", "|1|", '"', "|\n", "." * 9])
def test_other_separators_are_refused(sep: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="up to 8 signs"):
        read(str(tmp_path / "t.csv"), sep=sep)


def test_tabs_and_blanks_in_turns_are_both_separators(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    lines = ("{}\t{}   {}", "{}   {}\t{}")
    cut = (lines[i % 2].format(*row.split(",")) for i, row in enumerate(ROWS))
    path.write_text("\n".join(["a\tb  y", *cut, ""]))
    assert column(read(str(path)), "b") == WHOLE


# ---- frames -------------------------------------------------------------------------------------
def test_an_index_with_a_name_is_said_not_to_be_used() -> None:
    frame = pd.DataFrame({"a": SMALL, "b": WHOLE, "y": Y}).set_index("a")
    task = handed_task(Handed(frame), parse_options({"target": "y"}))
    assert "index was not used: 'a'" in notes(task)
    assert names_of(task).numbers == ("b",)


@pytest.mark.parametrize("gone", ["nan", "None", "<NA>", "?"])
def test_texts_of_a_frame_with_words_for_missing_are_numbers(gone: str) -> None:
    text = [gone if i % 9 == 0 else f"0.{v}" for i, v in enumerate(WHOLE)]
    frame = pd.DataFrame({"c": text, "y": Y})
    found = column(handed_task(Handed(frame), parse_options({"target": "y"})))
    assert [v for v in found if v == v] == [float(cell) for cell in text if cell != gone]


def test_days_of_a_frame_are_told_as_days() -> None:
    days = pd.to_datetime(["2020-03-01", "2020-03-02", "2020-03-03"] * (N // 3))
    frame = pd.DataFrame({"a": SMALL, "b": WHOLE, "y": days})
    with pytest.raises(TargetError, match=r"dates \('2020-03-01'\)"):
        handed_task(Handed(frame), parse_options({"target": "y"}))
    asked = parse_options({"target": "y", "kind": "classification"})
    assert handed_task(Handed(frame), asked).info.classes == (
        "2020-03-01",
        "2020-03-02",
        "2020-03-03",
    )
