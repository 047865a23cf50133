"""From Python, too, it is seen what a study is about and how far it is."""

from __future__ import annotations

import logging
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import howdeep
import tiny

FEW: dict[str, Any] = {
    "depths": (0, 1),
    "max_seeds": 2,
    "max_steps": 100,
    "epsilon": 0.5,
    "family": ("mlp",),
    "rivals": ("none",),
    "jobs": 1,
}
SAID = (
    "Predict: y, one of 2 classes",
    "Finding ",
    "Compared, 2 nets of each depth",
    "Use a plain network",
)


def run(folder: Path, **more: Any) -> howdeep.Answer:
    data = tiny.table(folder / "t.csv")
    return howdeep.run(data, target="y", out=folder / "s.study", **{**FEW, **more})


def test_progress_is_on_stderr_where_it_is_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, progress=True)
    told = capfd.readouterr()
    at = [told.err.index(words) for words in SAID]
    assert at == sorted(at)
    assert "left in all" in told.err
    assert told.out == ""
    assert "\x1b" not in told.err


@pytest.mark.parametrize("more", [{}, {"progress": False}, {"quiet": True}])
def test_where_nobody_looks_on_it_is_logged_and_nothing_is_printed(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    more: dict[str, bool],
) -> None:
    with caplog.at_level(logging.INFO, "howdeep"):
        run(tmp_path, **more)
    assert capfd.readouterr() == ("", "")
    told = "\n".join(record.getMessage() for record in caplog.records if record.name == "howdeep")
    assert all(words in told for words in SAID)


def test_resuming_shows_it_as_well(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = run(tmp_path).path
    howdeep.resume(path, jobs=1, progress=True)
    assert "Resuming" in capfd.readouterr().err


def in_terminal(folder: Path, *more: str) -> str:
    """What a terminal shows of a run from Python."""
    data = tiny.table(folder / "t.csv")
    call = ", ".join(
        [
            f"{str(data)!r}, target='y', out={str(folder / 's.study')!r}",
            *(f"{name}={value!r}" for name, value in FEW.items()),
            *more,
        ]
    )
    ours, theirs = pty.openpty()
    code = f"import howdeep; howdeep.run({call})"
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    process = subprocess.Popen([sys.executable, "-c", code], stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait(timeout=120) == 0
    return shown.decode("utf-8", "replace")


def test_a_terminal_has_the_live_view(tmp_path: Path) -> None:
    shown = in_terminal(tmp_path)
    assert "\x1b[" in shown
    assert "How deep for" in shown
    assert "Use a plain network" in shown


def test_a_terminal_is_left_alone_where_that_was_asked_for(tmp_path: Path) -> None:
    assert in_terminal(tmp_path, "quiet=True") == ""
