"""Promises P1, P2, P3: a killed study loses nothing, doubles nothing, and ends in the same bytes.

The default suite kills a fake study; `make campaign` kills it five hundred times, and a real one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kills import ENV, TESTS, Campaign, every_point, fake_arguments, random_kills

from promises import Tally


def test_killed_at_random_times(tmp_path: Path) -> None:
    random_kills(Campaign(fake_arguments(0.02), tmp_path), kills=25, seed=0)


@pytest.mark.campaign("P1, P2")
@pytest.mark.parametrize("part", range(1, 6))
def test_killed_a_hundred_times(tmp_path: Path, part: int, tally: Tally) -> None:
    """Five hundred in all, in five parts that can be run alone (`-k "hundred and 3"`)."""
    random_kills(Campaign(fake_arguments(0.02), tmp_path), kills=100, seed=part, tally=tally)


def points(folder: Path, counted: str, step: int, tally: Tally | None = None) -> int:
    script = str(TESTS / "campaign" / "points.py")
    command = [sys.executable, script, str(folder), counted, str(step)]
    done = subprocess.run(command, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    if tally:
        tally.cases, tally.wrong = int(told["points"]), told["wrong"]
    assert told["wrong"] == []
    return int(told["points"])


def test_dying_at_every_commit(tmp_path: Path) -> None:
    assert points(tmp_path, "commit", step=1) > 60


def test_dying_inside_disk_calls(tmp_path: Path) -> None:
    assert points(tmp_path, "change", step=23) > 30


@pytest.mark.campaign("P3")
def test_dying_inside_every_disk_call(tmp_path: Path, tally: Tally) -> None:
    assert points(tmp_path, "change", step=1, tally=tally) > 700


# ---- a real study, through the command line ------------------------------------------------------
def real_arguments(path: Path) -> tuple[str, ...]:
    """A study of about twenty seconds on two worker processes."""
    if (path / "study.sqlite").exists():
        return ("howdeep", "resume", str(path), "--jobs", "2", "--quiet")
    small = ("--family", "resmlp", "--depths", "0,1", "--rows", "300", "--max-seeds", "3")
    return ("howdeep", "run", "linear", "--out", str(path), *small, "--jobs", "2", "--quiet")


@pytest.mark.campaign("P1, P2")
@pytest.mark.timeout(7200)
def test_a_real_study_killed_at_random_times(tmp_path: Path, tally: Tally) -> None:
    random_kills(Campaign(real_arguments, tmp_path), kills=25, seed=2, tally=tally)


@pytest.mark.campaign("P3")
@pytest.mark.timeout(7200)
def test_a_real_study_killed_at_every_commit(tmp_path: Path, tally: Tally) -> None:
    assert every_point(Campaign(real_arguments, tmp_path), "before", "commit", tally) > 10
