"""Promise P8: the clock decides nothing. Real nets, trained under clocks that lie."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from clocks import PATTERNS
from kills import ENV, TESTS

import tiny
from howdeep.store.study import Study
from promises import Tally


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that nothing is trained of yet, and one finished under an honest clock."""
    folder = tmp_path_factory.mktemp("clocks")
    data = tiny.table(folder / "t.csv")
    tiny.begin(folder / "begun", data, depths=(0, 1), max_seeds=2, max_steps=30)
    shutil.copytree(folder / "begun", folder / "whole")
    resume(folder / "whole")
    return folder


def resume(path: Path, pattern: str = "") -> None:
    module = [str(TESTS / "campaign" / "clocks.py"), pattern] if pattern else ["-m"]
    command = [sys.executable, *module, "howdeep", "resume", str(path), "--jobs", "1", "--quiet"]
    done = subprocess.run(command, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{pattern}: {done.stderr[-2000:]}"


def content(path: Path) -> tuple[object, ...]:
    """All that a study holds but its timings."""
    with Study.open(path) as study:
        study.check()
        blobs = sorted(p.name for p in (path / "blobs").rglob("*.safetensors"))
        return study.plan, study.rounds(), study.trials(), study.verdict(), blobs


def under(begun: Path, pattern: str, tally: Tally) -> None:
    path = begun / "one"
    shutil.copytree(begun / "begun", path)
    try:
        resume(path, pattern)
        same = content(path) == content(begun / "whole")
    finally:
        shutil.rmtree(path)
    tally.case("" if same else f"{pattern}: another result")
    assert same


def test_a_clock_at_random(begun: Path, tally: Tally) -> None:
    under(begun, "all clocks at random", tally)


@pytest.mark.campaign("P8")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_clock(begun: Path, pattern: str, tally: Tally) -> None:
    under(begun, pattern, tally)
