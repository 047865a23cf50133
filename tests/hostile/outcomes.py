"""A case in the reader, in this process: its listed refusal, or a task that holds what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from case import Case

from howdeep.base import errors
from howdeep.data.task import Task

Prepare = Callable[[Path, Case], Task]
Measure = Callable[[Task, str], object]


def check_refusal(case: Case, folder: Path, prepare: Prepare) -> None:
    """The error it must be, with its words and a fix, and short."""
    path = case.write(folder)
    with pytest.raises(errors.InputError) as caught:
        prepare(path, case)
    assert type(caught.value).__name__ == case.outcome, caught.value
    for words in case.says:
        assert words in str(caught.value)
    assert caught.value.fix
    assert len(str(caught.value)) < 1_500


def check_task(task: Task, holds: Mapping[str, object], measured: Measure) -> None:
    """What a case says of its task; `measured`: the value that a name stands for."""
    assert {what: measured(task, what) for what in holds} == dict(holds)


def check_acceptance(case: Case, folder: Path, prepare: Prepare, measured: Measure) -> None:
    """What the task holds, and what its notes say."""
    task = prepare(case.write(folder), case)
    check_task(task, case.holds, measured)
    notes = "\n".join(task.info.notes)
    for words in case.says:
        assert words in notes
