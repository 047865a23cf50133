"""Experiments in processes of their own: one that dies is named, and the others end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from howdeep.claims._several import several


def work(name: str) -> str:
    """What a worker does: "dies" is killed, "once:FILE" the first time only."""
    if name == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("once:"):
        mark = Path(name.removeprefix("once:"))
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if name == "fails":
        raise ZeroDivisionError(name)
    return name.upper()


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_one_that_is_killed_is_named_and_the_others_end(jobs: int) -> None:
    names = ["a", "dies", "b", "c", "d"]
    found = dict(several(work, names, jobs))
    assert found == {"a": "A", "b": "B", "c": "C", "d": "D", "dies": None}


def test_one_that_is_killed_once_is_tried_again(tmp_path: Path) -> None:
    name = f"once:{tmp_path / 'mark'}"
    assert dict(several(work, [name, "a"], 2)) == {name: name.upper(), "a": "A"}


def test_all_that_die_are_named() -> None:
    assert list(several(work, ["dies"], 2)) == [("dies", None)]


def test_an_error_is_handed_on() -> None:
    with pytest.raises(ZeroDivisionError):
        list(several(work, ["fails"], 2))
