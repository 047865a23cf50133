"""The table that ends a campaign counts what failed, adds up parts and replaces what ran again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from kills import TESTS

SUITE = """
import pytest
@pytest.mark.campaign("P5")
def test_counts(tally):
    for i in range(20):
        tally.case("wrong" if i < {wrong} else "")
    assert tally.wrong == []
@pytest.mark.campaign("P10")
def test_fails():
    assert {wrong} == 0
@pytest.mark.campaign("P2")
def test_skipped():
    pytest.skip("not here")
def test_of_the_default_suite():
    pass
"""


def rows(folder: Path, wrong: int, *options: str) -> dict[str, list[str]]:
    """The table's lines by promise."""
    names = "pytest_addoption, pytest_runtest_makereport, pytest_terminal_summary, tally"
    (folder / "conftest.py").write_text(f"from promises import {names}\n")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = campaign: long\n")
    (folder / "test_part.py").write_text(SUITE.format(wrong=wrong))
    command = [sys.executable, "-m", "pytest", "-q", *options, str(folder)]
    env = os.environ | {"PYTHONPATH": str(TESTS)}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env, check=False)
    assert "Campaigns" in done.stdout, done.stdout + done.stderr
    lines = [line.split("│")[1:-1] for line in done.stdout.splitlines() if line.startswith("│")]
    return {line[0].strip(): [cell.strip() for cell in line[1:]] for line in lines}


def test_parts_add_up(tmp_path: Path) -> None:
    file = tmp_path / "counts.json"
    found = rows(tmp_path, 3, "-k", "counts", "--tally", str(file))
    assert (found["P5"][:3], found["all"][:3]) == (["1", "20", "3"], ["1", "20", "3"])
    found = rows(tmp_path, 1, "-k", "fails or skipped", "--tally", str(file))
    assert list(found) == ["P2", "P5", "P10", "all"]
    assert found["P10"][:3] == ["1", "1", "1"]
    assert found["P2"][-1] == "1"
    assert found["all"][:3] == ["2", "21", "4"]
    found = rows(tmp_path, 0, "--tally", str(file))
    assert found["all"][:3] == ["2", "21", "0"]
    assert len(json.loads(file.read_text())) == 3
