"""Damaged and malicious tables: each ends in its listed outcome, in the reader and at the door."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from make import CASES, Case, table

from howdeep.base import errors
from howdeep.data.prepare import make_task
from howdeep.data.read import read_table
from howdeep.data.task import Task
from howdeep.store.study import Study

REFUSED = [case for case in CASES if case.outcome]
ACCEPTED = [case for case in CASES if not case.outcome]
READER = ("sep", "header", "names", "encoding", "decimal", "inf", "quotes")


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


# ---- at the door: the command line, in a process of its own -------------------------------------
TRAIN = ("--depths", "0,1", "--max-seeds", "3", "--family", "resmlp", "--quiet")
Run = subprocess.CompletedProcess[str]


def flags(options: Mapping[str, object]) -> list[str]:
    out: list[str] = []
    for name, value in options.items():
        if name == "header":
            out.append("--header" if value else "--no-header")
        else:
            flag = "--" + name.replace("_", "-")
            out += [flag] if value is True else [flag, str(value)]
    return out


def run(path: Path, case: Case) -> Run:
    options = {"target": "y", "out": path.with_suffix(".study")} | dict(case.options)
    command = [sys.executable, "-m", "howdeep", "run", str(path), *flags(options), *TRAIN]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=500, env=environment)


def wrote_nothing(path: Path, done: Run, says: tuple[str, ...]) -> None:
    """Refused as promised: exit code, words on stderr, no traceback, no study."""
    assert done.returncode == 2, done.stderr
    shown = " ".join(done.stderr.split())
    assert "Traceback" not in shown
    for words in (*says, "fix:"):
        assert words in shown
    assert not path.with_suffix(".study").exists()


FIRST = {case.number: case for case in reversed(REFUSED)}  # by number; the rest: a campaign


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Run]]:
    """The first refused file of each number at the door, two at a time."""
    folder, cases = tmp_path_factory.mktemp("refused"), list(FIRST.values())
    paths = [case.write(folder) for case in cases]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(run, paths, cases))
    return {str(case): (path, done) for case, path, done in zip(cases, paths, runs, strict=True)}


@pytest.mark.parametrize("case", FIRST.values(), ids=str)
def test_refused_at_the_door(case: Case, refusals: dict[str, tuple[Path, Run]]) -> None:
    path, done = refusals[str(case)]
    wrote_nothing(path, done, case.says)
    assert done.stderr.startswith(case.outcome)


@pytest.mark.campaign("P17")
@pytest.mark.parametrize("case", [c for c in REFUSED if c not in FIRST.values()], ids=str)
def test_the_others_refused_at_the_door(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    wrote_nothing(path, run(path, case), case.says)


DOOR = ("7-classes-na-none", "14-beyond-2-53")  # the others train for a minute each: a campaign


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=() if str(case) in DOOR else pytest.mark.campaign("P17"))
        for case in ACCEPTED
    ],
    ids=str,
)
def test_accepted_at_the_door(case: Case, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    done = run(path, case)
    assert done.returncode == 0, done.stderr
    with Study.open(path.with_suffix(".study")) as study:
        task = study.task()
    check_task(task, case.holds)
    assert task.info.fingerprint == prepared(path, case).info.fingerprint


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"config": '{"max_seed": 3}'}, ("'max_seed'", "'max_seeds'")),
        ({"config": '{"seed": 1, "seed": 1}'}, ("'seed'", "twice")),
        ({"config": '{"epsilon": NaN}'}, ("NaN",)),
        ({"config": '{"depths": [0, 1000000000000]}'}, ("depths", "1000000000000")),
        ({"epsilon": "-1"}, ("--epsilon", "'-1'")),
        ({"confidence": "nan"}, ("--confidence", "'nan'")),
        ({"types": "a=text"}, ("--types", "'a=text'")),
    ],
)
def test_options_refused_at_the_door(
    options: dict[str, str], says: tuple[str, ...], tmp_path: Path
) -> None:
    if "config" in options:
        (tmp_path / "c.json").write_text(options["config"])
        options = {"config": str(tmp_path / "c.json")}
    case = replace(CASES[0], name="options", content=table(), options=options)
    path = case.write(tmp_path)
    wrote_nothing(path, run(path, case), says)
