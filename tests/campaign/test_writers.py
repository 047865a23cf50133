"""Promises P6 and P7: two processes on one study, and an owner that stands still for a while."""

from __future__ import annotations

import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kills import ENV, TESTS, Campaign, fake_arguments

from howdeep.base.verdicts import Verdict
from howdeep.store.study import Study
from promises import Tally

HOST = re.escape(socket.gethostname())
PACE = 0.01  # seconds a group; 24 groups


def writer(path: Path, *, locking: bool = True) -> subprocess.Popen[str]:
    module = ["-m"] if locking else [str(TESTS / "campaign" / "unlocked.py")]
    command = [sys.executable, *module, "fake_cli", str(path), str(PACE)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=ENV)


def whole(folder: Path) -> tuple[Verdict, float, int]:
    """The verdict of one writer alone, how long it took, and how many trials it stored."""
    campaign = Campaign(fake_arguments(PACE), folder)
    begun = time.monotonic()
    campaign.output(campaign.start())
    seconds = time.monotonic() - begun
    with Study.open(campaign.path) as study:
        verdict, trials = study.verdict(), len(study.trials())
    assert verdict is not None
    return verdict, seconds, trials


def stored(path: Path, wanted: Verdict, trials: int) -> str:
    """What is wrong with a study that two processes wrote."""
    with Study.open(path) as study:
        study.check()
        found, rounds = study.trials(), study.rounds()
        if study.verdict() != wanted:
            return "another verdict"
    nets = {(t.stage, t.cell, t.rung, t.seed, t.rates) for t in found}
    if len({t.key for t in found}) != len(found) or len(nets) != len(found) != trials:
        return f"{len(found)} trials of {len(nets)} nets instead of {trials}"
    return "" if len(set(rounds)) == len(rounds) else "a round is there twice"


def race(path: Path, late: float, wanted: Verdict, trials: int) -> str:
    """A second writer begins `late` seconds after the first; what was wrong."""
    first = writer(path)
    time.sleep(late)
    second = writer(path)
    for one, other in ((first, second), (second, first)):
        _, said = one.communicate(timeout=120)
        locked = re.search(rf"StudyLocked.*process {other.pid} on {HOST}", said)
        # the other may have finished the folder between our look at it and our making it
        if one.returncode and not (locked or "exists and is not empty" in said):
            return f"{late:.3f} s late: {said[-500:]}"
    if first.returncode and second.returncode:
        return f"{late:.3f} s late: each refused because of the other"
    return stored(path, wanted, trials)


def unlocked_race(path: Path, late: float, wanted: Verdict, trials: int) -> str:
    """The same on a study that is begun, where locks lock nothing: both end, or one is told."""
    begin = writer(path)
    assert begin.stdout is not None
    begin.stdout.readline()  # its first group is stored
    begin.kill()
    begin.communicate()
    both = [writer(path, locking=False)]
    time.sleep(late)
    both.append(writer(path, locking=False))
    for one in both:
        _, said = one.communicate(timeout=120)
        if one.returncode and not re.search(r"Study\w+: |StorageError: ", said):
            return f"{late:.3f} s late, no locks: {said[-500:]}"
    last = writer(path)
    _, said = last.communicate(timeout=120)
    return stored(path, wanted, trials) if last.returncode == 0 else said[-500:]


def races(folder: Path, count: int, seed: int, tally: Tally, run: object) -> None:
    rng, path = random.Random(seed), folder / "study"
    wanted, seconds, trials = whole(folder)
    for _ in range(count):
        tally.case(run(path, rng.uniform(0, seconds), wanted, trials))  # type: ignore[operator]
        shutil.rmtree(path)
    assert tally.wrong == []


def test_three_races(tmp_path: Path, tally: Tally) -> None:
    races(tmp_path, 3, 0, tally, race)


def test_two_races_without_locks(tmp_path: Path, tally: Tally) -> None:
    races(tmp_path, 2, 0, tally, unlocked_race)


@pytest.mark.campaign("P6")
def test_a_hundred_races(tmp_path: Path, tally: Tally) -> None:
    races(tmp_path, 100, 1, tally, race)


@pytest.mark.campaign("P6")
def test_a_hundred_races_without_locks(tmp_path: Path, tally: Tally) -> None:
    races(tmp_path, 100, 2, tally, unlocked_race)


# ---- an owner that is paused ---------------------------------------------------------------------
def pause(path: Path, after: int, seconds: float, wanted: Verdict, trials: int) -> str:
    """Stop the owner once `after` groups are stored; nobody takes the study; it goes on."""
    owner = writer(path)
    assert owner.stdout is not None
    for _ in range(after):
        owner.stdout.readline()
    owner.send_signal(signal.SIGSTOP)
    try:
        until = time.monotonic() + seconds
        while True:
            other = writer(path)
            _, said = other.communicate(timeout=120)
            if not re.search(rf"StudyLocked.*process {owner.pid} on {HOST}", said):
                return f"paused after {after} groups: the other ended so: {said[-300:]}"
            if time.monotonic() >= until:
                break
            time.sleep(min(seconds / 3, max(until - time.monotonic(), 0)))
    finally:
        owner.send_signal(signal.SIGCONT)
    _, said = owner.communicate(timeout=120)
    return said[-500:] if owner.returncode else stored(path, wanted, trials)


def pauses(folder: Path, count: int, seconds: float, seed: int, tally: Tally) -> None:
    rng = random.Random(seed)
    wanted, _, trials = whole(folder)
    after = [rng.randrange(1, 22) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        paths = [folder / f"paused{i}" for i in range(count)]
        jobs = [
            pool.submit(pause, path, groups, seconds, wanted, trials)
            for path, groups in zip(paths, after, strict=True)
        ]
    for job in jobs:
        tally.case(job.result())
    assert tally.wrong == []


def test_a_paused_owner_keeps_its_study(tmp_path: Path, tally: Tally) -> None:
    pauses(tmp_path, 2, 0.1, 0, tally)


@pytest.mark.campaign("P7")
def test_twenty_owners_paused_for_45_seconds(tmp_path: Path, tally: Tally) -> None:
    pauses(tmp_path, 20, 45.0, 1, tally)
