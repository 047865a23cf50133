"""Promises P18, P19 and P27: a real study, watched. It writes its folder, and sends nothing."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from kills import ENV, TESTS

import tiny
from promises import Tally

NO_NETWORK = ("unshare", "--map-root-user", "--net")
RUN = ("--target", "y", *tiny.QUICK)
BANNED = ("socket.", "urllib.", "pickle.", "os.system", "os.exec", "os.posix_spawn")
HARMLESS = ("socket.gethostname",)  # for the lock
Event = list[str]


def may_unshare() -> bool:
    command = [*NO_NETWORK, "true"]
    have = shutil.which("unshare")
    return bool(have) and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study of which nothing is trained yet, and its table."""
    folder = tmp_path_factory.mktemp("quiet")
    data = tiny.table(folder / "t.csv")
    tiny.begin(folder / "s.study", data, depths=(0, 1), max_seeds=2, max_steps=30)
    return folder


def watched(folder: Path, *words: str, **more: str) -> list[Event]:
    """The command line's events: run in `folder`, without a network where that can be had."""
    log = folder.parent / f"{folder.name}.log"
    paths = os.pathsep.join([str(TESTS / "campaign" / "watch"), ENV["PYTHONPATH"]])
    home = folder / "home"
    home.mkdir()
    quiet = {"PYTHONPATH": paths, "WATCH_LOG": str(log), "HOME": str(home)}
    command = [sys.executable, "-B", "-m", "howdeep", *words, "--quiet"]
    done = subprocess.run(
        [*(NO_NETWORK if may_unshare() else ()), *command],
        env=ENV | quiet | more,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not list(home.iterdir())
    home.rmdir()
    return [json.loads(line) for line in log.read_text().splitlines()]


def outside(events: list[Event], study: Path) -> list[Event]:
    """What was written elsewhere than in the study, or in the draft that it is renamed from."""
    mine = (study, study.with_name(f".{study.name}.new"))
    return [
        event
        for event in events
        if event[1] == "write"
        and not all(any(Path(p).is_relative_to(m) for m in mine) for p in event[2:])
        and event[2] != os.devnull
    ]


def check(events: list[Event], study: Path, workers: int, tally: Tally) -> None:
    kinds = {event[1] for event in events}
    assert sum(event[1] == "awake" for event in events) == 1 + workers
    assert {"write", "sqlite"} <= kinds, "the watch slept"
    for event in outside(events, study):
        tally.case(f"written outside: {event}")
    for event in events:
        if event[1].startswith(BANNED) and event[1] not in HARMLESS:
            tally.case(f"{event}")
    started = [e for e in events if e[1] == "subprocess.Popen"]
    assert all("howdeep.executors.crew.worker" in event[2] for event in started), started
    tally.cases = len(events)
    assert tally.wrong == []


def test_a_study_writes_its_folder_only_and_asks_no_network(begun: Path, tally: Tally) -> None:
    path = begun / "s.study"
    check(watched(begun, "resume", str(path), "--jobs", "2"), path, 2, tally)
    assert {p.name for p in begun.iterdir()} == {"t.csv", "s.study"}


@pytest.mark.campaign("P18, P19, P27")
def test_a_whole_run_writes_its_folder_only_and_asks_no_network(
    tmp_path: Path, tally: Tally
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    tiny.table(folder / "t.csv")
    events = watched(folder, "run", "t.csv", *RUN, "--out", "r.study", "--jobs", "2")
    check(events, folder / "r.study", 2, tally)
    assert {p.name for p in folder.iterdir()} == {"t.csv", "r.study"}


# ---- odd surroundings (numbers 92 and 93 of the hostile inputs) ----------------------------------
SURROUNDINGS: dict[str, dict[str, str]] = {
    "hash seed 0": {"PYTHONHASHSEED": "0"},
    "hash seed 4294967295": {"PYTHONHASHSEED": "4294967295"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "decimal comma": {"LC_NUMERIC": "de_DE.UTF-8"},
    "plain C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "odd time zone": {"TZ": "Nowhere/None"},
    "no temporary folder": {"TMPDIR": "/nonexistent", "TEMP": "/nonexistent", "TMP": "/dev/full"},
    "no home": {"HOME": "", "XDG_CACHE_HOME": "/dev/full", "XDG_CONFIG_HOME": "/dev/null"},
}


def digest(path: Path) -> str:
    return str(json.loads((path / "result.json").read_text())["verdict"]["digest"])


def resumed(begun: Path, folder: Path, mask: int, **more: str) -> Path:
    """A copy of the study, trained to its end in these surroundings."""
    path = folder / "s.study"
    shutil.copytree(begun / "s.study", path)
    shutil.rmtree(path / "net", ignore_errors=True)
    command = [sys.executable, "-m", "howdeep", "resume", str(path), "--jobs", "2", "--quiet"]
    env = {name: value for name, value in (ENV | more).items() if value or name != "HOME"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, umask=mask, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return path


@pytest.mark.campaign("P12")
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_surroundings_change_nothing(begun_only: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "plain").mkdir()
    plain = resumed(begun_only, tmp_path / "plain", 0o022)
    (tmp_path / "odd").mkdir()
    odd = resumed(begun_only, tmp_path / "odd", 0o000, **SURROUNDINGS[name])
    assert digest(odd) == digest(plain)
    for place in (odd, *odd.rglob("*")):
        mode = stat.S_IMODE(place.stat().st_mode)
        assert mode == (0o700 if place.is_dir() else 0o600), f"{place.name}: {mode:o}"


@pytest.fixture(scope="module")
def begun_only(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("surroundings")
    data = tiny.table(folder / "t.csv")
    tiny.begin(folder / "s.study", data, depths=(0, 1), max_seeds=2, max_steps=30)
    return folder
