"""Damaged and malicious tables: each ends in its listed outcome, in the reader and at the door."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from make import CASES, CONFIGS, Case, table

from howdeep.base import errors
from howdeep.data.prepare import make_task
from howdeep.data.read import read_table
from howdeep.data.task import Task
from howdeep.store.study import Study
from promises import Tally

REFUSED = [case for case in CASES if case.outcome]
ACCEPTED = [case for case in CASES if not case.outcome]
HERE = Path(__file__).parent
READER = ("sep", "header", "names", "encoding", "decimal", "inf", "quotes")


def test_every_number_stands_in_the_docs() -> None:
    text = (HERE.parents[1] / "docs" / "reliability.md").read_text(encoding="utf-8")
    listed: set[int] = {0}  # 0: not of the list
    for cell in re.findall(r"^\| ([0-9][0-9, to]*) \|", text, re.M):
        numbers = [int(n) for n in re.findall("[0-9]+", cell)]
        listed |= set(range(numbers[0], numbers[-1] + 1)) if "to" in cell else set(numbers)
    assert {case.number for case in (*CASES, *CONFIGS)} <= listed
    assert set(range(44)) <= listed


def prepared(path: Path, case: Case) -> Task:
    options = {"target": "y"} | dict(case.options)
    reader = {name: options.pop(name) for name in READER if name in options}
    return make_task(read_table(path, **reader), options.pop("target"), **options)  # type: ignore[arg-type]


def measured(task: Task, what: str) -> object:
    """The value that a case's `holds` names."""
    word, _, column = what.partition(" of " if " of " in what else " in ")
    if what == "rows":
        return len(task.target)
    if what == "classes":
        return task.info.classes
    if what == "numbers":
        return task.number_names
    if what == "categories":
        return task.code_names
    if word == "missing":
        return int(np.isnan(task.numbers[:, task.number_names.index(column)]).sum())
    return task.levels[task.code_names.index(column) if column else 0]


def check_task(task: Task, holds: Mapping[str, object]) -> None:
    assert {what: measured(task, what) for what in holds} == dict(holds)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with pytest.raises(errors.InputError) as caught:
        prepared(path, case)
    assert type(caught.value).__name__ == case.outcome
    for words in case.says:
        assert words in str(caught.value)
    assert caught.value.fix
    assert len(str(caught.value)) < 1_500


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_accepted(case: Case, tmp_path: Path) -> None:
    task = prepared(case.write(tmp_path), case)
    check_task(task, case.holds)
    notes = "\n".join(task.info.notes)
    for words in case.says:
        assert words in notes


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
QUICK = (
    "--depths",
    "0,1",
    "--max-seeds",
    "2",
    "--epsilon",
    "0.5",
    "--family",
    "mlp",
    "--rivals",
    "none",
)
RUN = (*QUICK, "--jobs", "1", "--quiet")


@dataclass(frozen=True)
class Answer:
    """How the command line ended on a case; the study is at `study` if there is one."""

    code: int
    said: str
    seconds: float
    study: Path


def flags(options: Mapping[str, object]) -> list[str]:
    out: list[str] = []
    for name, value in options.items():
        if name == "header":
            out.append("--header" if value else "--no-header")
        else:
            flag = "--" + name.replace("_", "-")
            out += [flag] if value is True else [flag, str(value)]
    return out


def knock(asked: list[tuple[Path, Mapping[str, object]]], *how: str) -> list[Answer]:
    """`howdeep run` on each file with its options, through tests/hostile/door.py."""
    lines = []
    for path, options in asked:
        given = {"target": "y", "out": path.with_suffix(".study")} | dict(options)
        lines.append(json.dumps(["run", str(path), *RUN, *flags(given)]))
    done = subprocess.run(
        [sys.executable, str(HERE / "door.py"), *how],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        Answer(study=path.with_suffix(".study"), **one)
        for (path, _), one in zip(asked, told, strict=True)
    ]


def refused(answer: Answer, outcome: str, says: tuple[str, ...]) -> str:
    """What is wrong with a refusal: exit code, words, a traceback, or a study left behind."""
    shown = " ".join(answer.said.split())
    if answer.code != 2 or "Traceback" in shown:
        return f"ended with {answer.code}: {shown[-500:]}"
    if not answer.said.startswith(f"{outcome}: "):
        return f"not {outcome}: {shown[:200]}"
    missing = [words for words in (*says, "fix:") if words not in shown]
    if missing:
        return f"does not say {missing}: {shown[:500]}"
    return "it wrote something" if answer.study.exists() else ""


def test_every_refusal_at_the_door(tmp_path: Path) -> None:
    """Within 5 s of CPU and 512 MB of what was there before the input was touched."""
    paths = [case.write(tmp_path) for case in REFUSED]
    answers = knock([(p, c.options) for p, c in zip(paths, REFUSED, strict=True)])
    wrong = {
        str(case): trouble
        for case, answer in zip(REFUSED, answers, strict=True)
        if (trouble := refused(answer, case.at_door or case.outcome, case.says))
    }
    assert not wrong


def test_every_config_file_is_refused_at_the_door(tmp_path: Path) -> None:
    table_at = tmp_path / "honest.csv"
    table_at.write_bytes(table())
    configs = [{"config": case.write(tmp_path)} for case in CONFIGS]
    answers = knock([(table_at, options) for options in configs])
    wrong = {
        str(case): trouble
        for case, answer in zip(CONFIGS, answers, strict=True)
        if (trouble := refused(answer, case.outcome, case.says))
    }
    assert not wrong


def accepted(case: Case, tmp_path: Path, tally: Tally) -> None:
    """Read within the limits, trained without them, and stored as it was read."""
    path = case.write(tmp_path)
    (answer,) = knock([(path, case.options)], "--train")
    assert answer.code == 0, answer.said[-2000:]
    with Study.open(answer.study) as study:
        task = study.task()
    check_task(task, case.holds)
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
    (answer,) = knock([(path, options)])
    assert not refused(answer, "ConfigError", says)
