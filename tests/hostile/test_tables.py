"""Damaged and malicious tables: each ends in its listed outcome, in the reader and at the door."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from case import Case
from configs import CONFIGS
from knock import Asked, knock, refused, wrongly_refused
from make import CASES as TEXTS
from outcomes import check_acceptance, check_refusal, check_task
from parquets import CASES as PARQUETS
from plain_table import table

from howdeep.base import errors
from howdeep.data.task import Task
from howdeep.modalities.table import source
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.samples import names_of, numbers_of
from howdeep.route.options import parse_options
from howdeep.store.study import Study
from promises import Tally

CASES = (*TEXTS, *PARQUETS)
REFUSED = [case for case in CASES if case.outcome]
ACCEPTED = [case for case in CASES if not case.outcome]
HERE = Path(__file__).parent


def test_every_number_stands_in_the_docs() -> None:
    text = (HERE.parents[1] / "docs" / "reliability.md").read_text(encoding="utf-8")
    listed: set[int] = {0}  # 0: not of the list
    for cell in re.findall(r"^\| ([0-9][0-9, to]*) \|", text, re.M):
        numbers = [int(n) for n in re.findall("[0-9]+", cell)]
        listed |= set(range(numbers[0], numbers[-1] + 1)) if "to" in cell else set(numbers)
    assert {case.number for case in (*CASES, *CONFIGS)} <= listed
    assert set(range(50)) <= listed


def prepared(path: Path, case: Case) -> Task:
    return source.task(parse_options({"target": "y", **dict(case.options), "data": path}))  # type: ignore[arg-type]


def measured(task: Task, what: str) -> object:
    """The value that a case's `holds` names."""
    word, _, column = what.partition(" of " if " of " in what else " in ")
    names = names_of(task)
    if what == "rows":
        return len(task.target)
    if what == "classes":
        return task.info.classes
    if what == "numbers":
        return names.numbers
    if what == "categories":
        return names.codes
    if word == "missing":
        return int(np.isnan(numbers_of(task)[:, names.numbers.index(column)]).sum())
    return names.levels[names.codes.index(column) if column else 0]


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused(case: Case, tmp_path: Path) -> None:
    check_refusal(case, tmp_path, prepared)


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_accepted(case: Case, tmp_path: Path) -> None:
    check_acceptance(case, tmp_path, prepared, measured)


def test_line_ends_and_encodings_make_no_difference(tmp_path: Path) -> None:
    same = ("crlf", "cr", "mixed-ends", "utf16-with-mark", "utf8-mark", "semicolon-decimal-comma")
    tasks = [prepared(c.write(tmp_path), c) for c in CASES if c.name in same]
    assert len(tasks) == len(same)
    assert len({task.info.fingerprint for task in tasks}) == 1


def test_a_file_that_grows_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "growing.csv"
    path.write_bytes(b"a,y\n1,2\n")
    opened = os.open

    def grow(name: object, *rest: int) -> int:
        with path.open("ab") as file:
            file.write(b"3,4\n")
        return opened(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", grow)
    with pytest.raises(errors.TableError, match="changed"):
        read_table(path)


def test_no_more_than_80_characters_of_a_cell_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("s" * 500 + ",1\n" + "s" * 500 + ",2\n")
    with pytest.raises(errors.TableError) as caught:
        read_table(path)
    assert "s" * 81 not in str(caught.value)


# ---- at the door: the command line, each case a process of its own within its limits -----------
def asked(path: Path, options: Mapping[str, object]) -> Asked:
    return path, {"target": "y"} | dict(options)


def test_every_refusal_at_the_door(tmp_path: Path) -> None:
    """Within 5 s of CPU and 512 MB of what was there before the input was touched."""
    assert not wrongly_refused(REFUSED, [asked(c.write(tmp_path), c.options) for c in REFUSED])


def test_every_config_file_is_refused_at_the_door(tmp_path: Path) -> None:
    honest = tmp_path / "honest.csv"
    honest.write_bytes(table())
    configs = [asked(honest, {"config": case.write(tmp_path)}) for case in CONFIGS]
    assert not wrongly_refused(CONFIGS, configs)


def accepted(case: Case, tmp_path: Path, tally: Tally) -> None:
    """Read within the limits, trained without them, and stored as it was read."""
    path = case.write(tmp_path)
    (answer,) = knock([asked(path, case.options)], "--train")
    assert answer.code == 0, answer.said[-2000:]
    with Study.open(answer.study) as study:
        task = study.task()
    check_task(task, case.holds, measured)
    assert task.info.fingerprint == prepared(path, case).info.fingerprint
    tally.case()


def test_an_accepted_table_at_the_door(tmp_path: Path, tally: Tally) -> None:
    accepted(next(c for c in ACCEPTED if str(c) == "7-classes-na-none"), tmp_path, tally)


@pytest.mark.campaign("P17")
@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_every_accepted_table_at_the_door(case: Case, tmp_path: Path, tally: Tally) -> None:
    accepted(case, tmp_path, tally)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"epsilon": "-1"}, ("--epsilon", "'-1'")),
        ({"confidence": "nan"}, ("--confidence", "'nan'")),
        ({"types": "a=text"}, ("--types", "'a=text'")),
        ({"family": "../x"}, ("--family", "'../x'")),
        ({"depths": "0,1000000000000"}, ("--depths", "1000000000000")),
    ],
)
def test_options_refused_at_the_door(
    options: dict[str, str], says: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "honest.csv"
    path.write_bytes(table())
    (answer,) = knock([asked(path, options)])
    assert not refused(answer, "ConfigError", says)
