"""Damaged and malicious images, arrays and archives: each ends in its listed outcome."""

from __future__ import annotations

from pathlib import Path

import pytest
from case import Case
from knock import wrongly_refused
from outcomes import check_acceptance, check_refusal
from pictures import CASES

from howdeep.data.task import Task
from howdeep.modalities.image.samples import images_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import task_of

REFUSED = [case for case in CASES if case.outcome]
ACCEPTED = [case for case in CASES if not case.outcome]


def prepared(path: Path, case: Case) -> Task:
    return task_of(parse_options({"data": path, **case.options}))


def measured(task: Task, what: str) -> object:
    """The value that a case's `holds` names."""
    assert task.info.modality == "image"
    assert images_of(task).shape[1:] == task.info.shape
    return {
        "images": len(images_of(task)),
        "shape": task.info.shape,
        "classes": task.info.classes,
    }[what]


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused(case: Case, tmp_path: Path) -> None:
    check_refusal(case, tmp_path, prepared)


@pytest.mark.parametrize("case", ACCEPTED, ids=str)
def test_accepted(case: Case, tmp_path: Path) -> None:
    check_acceptance(case, tmp_path, prepared, measured)


def test_a_folder_and_its_archives_are_one_task(tmp_path: Path) -> None:
    same = ("honest", "zip", "tar", "tar-setuid")
    tasks = [prepared(c.write(tmp_path), c) for c in CASES if c.name in same]
    assert len(tasks) == len(same)
    assert len({task.info.fingerprint for task in tasks}) == 1


# ---- at the door: the command line, each case a process of its own within its limits -----------
def test_every_refusal_at_the_door(tmp_path: Path) -> None:
    """Within 5 s of CPU and 512 MB of what was there before the input was touched."""
    assert not wrongly_refused(REFUSED, [(c.write(tmp_path), c.options) for c in REFUSED])
