"""At the door: the command line on hostile files, each within its limits (`door.py`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from case import Case

from tiny import QUICK

RUN = (*QUICK, "--rivals", "none", "--jobs", "1", "--quiet")
DOOR = Path(__file__).with_name("door.py")
Asked = tuple[Path, Mapping[str, object]]


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


def study_of(path: Path) -> Path:
    return path.with_name(path.name + ".study")


def knock(asked: Iterable[Asked], *how: str) -> list[Answer]:
    """`howdeep run` on each file with its options."""
    asked = list(asked)
    lines = [
        json.dumps(["run", str(path), *RUN, *flags({"out": study_of(path)} | dict(options))])
        for path, options in asked
    ]
    done = subprocess.run(
        [sys.executable, str(DOOR), *how],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return [Answer(study=study_of(path), **one) for (path, _), one in zip(asked, told, strict=True)]


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


def wrongly_refused(cases: Iterable[Case], asked: Iterable[Asked]) -> dict[str, str]:
    """Of cases asked for like that, what is wrong, by case."""
    cases = list(cases)
    answers = zip(cases, knock(asked), strict=True)
    wrong = {str(c): refused(answer, c.at_door or c.outcome, c.says) for c, answer in answers}
    return {case: trouble for case, trouble in wrong.items() if trouble}
