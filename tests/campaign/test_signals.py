"""Promise P26: Ctrl-C and SIGTERM end a study within five seconds; nothing is lost or left over."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kills import ENV, _lives

import tiny
from howdeep.store.study import Study
from promises import Tally

CODES = {signal.SIGINT: (130, -signal.SIGINT), signal.SIGTERM: (143, -signal.SIGTERM)}
PATIENCE = 5.0  # seconds


def start(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "howdeep", "resume", str(path), "--jobs", "2", "--quiet"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=ENV,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def interrupted(path: Path, number: signal.Signals, after: float) -> tuple[bool, str]:
    """Whether the run had ended before its signal, and what was wrong."""
    running = start(path)
    try:
        _, said = running.communicate(timeout=after)
        return True, "" if running.returncode == 0 else said[-500:]
    except subprocess.TimeoutExpired:
        begun = time.monotonic()
        workers = children(running.pid)
        running.send_signal(number)
    try:
        _, said = running.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        return False, f"{number.name} after {after:.2f} s: it does not end"
    took = time.monotonic() - begun
    if running.returncode == 0:
        return True, ""  # the signal came as it ended
    what = f"{number.name} after {after:.2f} s: "
    if took > PATIENCE:
        return False, f"{what}it took {took:.1f} s to end"
    if running.returncode not in CODES[number]:
        return False, f"{what}exit code {running.returncode}: {said[-500:]}"
    if running.returncode > 0 and ("Traceback" in said or "howdeep resume" not in said):
        return False, f"{what}{said[-500:]}"
    while left := [pid for pid in workers if runs(pid)]:
        if time.monotonic() - begun > PATIENCE:
            return False, f"{what}{len(left)} workers left after {PATIENCE} s"
        time.sleep(0.05)
    return False, f"{what}its session goes on" if _lives(running.pid) else ""


def runs(pid: int) -> bool:
    """Whether a process is there, and not only waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    """The processes that `pid` has started, whatever their session."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def signals(folder: Path, count: int, seed: int, tally: Tally) -> None:
    rng = random.Random(seed)
    data = tiny.table(folder / "t.csv")
    tiny.begin(folder / "begun", data, max_steps=30)
    begun, path = folder / "begun", folder / "study"
    shutil.copytree(begun, folder / "whole")
    clock = time.monotonic()
    finish(folder / "whole")
    seconds = time.monotonic() - clock
    wanted = ended(folder / "whole")
    shutil.copytree(begun, path)
    while tally.cases < count:
        number = rng.choice(list(CODES))
        done, wrong = interrupted(path, number, rng.uniform(0.3, seconds))
        if wrong or not done:
            tally.case(wrong)
        if done:
            if ended(path) != wanted:
                tally.wrong.append("another verdict")
            shutil.rmtree(path)
            shutil.copytree(begun, path)
    finish(path)
    assert ended(path) == wanted
    assert tally.wrong == []


def finish(path: Path) -> None:
    running = start(path)
    _, said = running.communicate()
    assert running.returncode == 0, said[-500:]


def ended(path: Path) -> object:
    with Study.open(path) as study:
        study.check()
        return study.verdict()


@pytest.mark.campaign("P26")
@pytest.mark.parametrize("part", range(1, 6))
def test_twenty_signals(tmp_path: Path, part: int, tally: Tally) -> None:
    """A hundred in all, in five parts."""
    signals(tmp_path, 20, part, tally)
