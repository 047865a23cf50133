"""Promise P5: a disk that fills up loses nothing; with room made, the study ends the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from kills import ENV, TESTS

from promises import Tally

OWN = ("unshare", "--map-root-user", "--mount")  # a tmpfs that only this process sees
SIZES = [int(256 * 16 ** (i / 19)) for i in range(20)]  # KB, to 4 MB


def may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = [*OWN, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def fill(folder: Path, sizes: list[int], seed: int, tally: Tally) -> None:
    if not may_mount():
        pytest.skip("no mount namespaces here")
    script = str(TESTS / "campaign" / "full.py")
    listed = ",".join(map(str, sizes))
    command = [*OWN, sys.executable, script, str(folder), listed, str(seed)]
    done = subprocess.run(command, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert min(told["full"]) > 0, "a disk that was never full"
    tally.cases, tally.wrong = len(sizes), told["wrong"]
    assert tally.wrong == []


def test_two_full_disks(tmp_path: Path, tally: Tally) -> None:
    fill(tmp_path, [256, 1024], 0, tally)


@pytest.mark.campaign("P5")
def test_twenty_full_disks(tmp_path: Path, tally: Tally) -> None:
    fill(tmp_path, SIZES, 1, tally)
