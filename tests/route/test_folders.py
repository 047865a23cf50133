"""A study's folder: nothing else is written into it, and it is told where it is only read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests import tiny

import howdeep
from howdeep import cli
from howdeep.base.errors import StorageError
from howdeep.route import doors

SMALL: dict[str, Any] = {
    "depths": "0,1",
    "max_seeds": 2,
    "max_steps": 200,
    "epsilon": 0.5,
    "family": "mlp",
    "jobs": 1,
    "rivals": "none",
}


def ran(*words: str) -> Any:
    return CliRunner().invoke(cli.app, list(words))


@pytest.fixture(scope="module")
def study() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folders let nobody else in
        data = tiny.table(Path(folder) / "t.csv")
        howdeep.run(data, "y", out=f"{folder}/s.study", **SMALL)
        Path(folder).chmod(0o755)
        yield Path(folder) / "s.study"


@pytest.mark.parametrize("place", ["x", "blobs/x", "net/x.csv", "study.sqlite", "link/x"])
def test_nothing_is_written_into_a_study(study: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "link").symlink_to(study)
    out = str(tmp_path / place if place.startswith("link") else study / place)
    assert doors.study_around(out) is not None
    data = str(study.parent / "t.csv")
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    done = ran("predict", str(study), data, "--out", out)
    assert done.exit_code == 2
    assert "lies in the study" in done.stderr
    with pytest.raises(StorageError, match="lies in the study"):
        howdeep.run(data, "y", out=out, **SMALL)
    for words in (["--dry-run"], []):
        done = ran("run", data, "--target", "y", "--out", out, *words)
        assert done.exit_code == 3
        assert "lies in the study" in done.stderr
    assert before == {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}


def test_beside_a_study_anything_may_be_written(study: Path, tmp_path: Path) -> None:
    assert doors.study_around(str(study)) is None
    assert doors.study_around(str(study.parent / "other.study")) is None
    out = str(study.parent / "said.csv")
    assert ran("predict", str(study), str(study.parent / "t.csv"), "--out", out).exit_code == 0


@contextmanager
def only_read(study: Path) -> Iterator[None]:
    """The folder as somebody has it who may not write there."""
    every, me = (study, *study.rglob("*")), os.geteuid()
    modes = {path: path.stat().st_mode for path in every}
    for path in every:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        if me == 0:  # who may write anywhere
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(me)
        for path, mode in modes.items():
            path.chmod(mode)


def test_report_and_check_work_where_they_may_only_read(study: Path) -> None:
    told = ran("report", str(study))
    checked = ran("study", "check", str(study))
    assert told.exit_code == checked.exit_code == 0
    with only_read(study):
        again = ran("report", str(study))
        as_json = ran("report", str(study), "--json")
        found = ran("study", "check", str(study))
    assert again.exit_code == found.exit_code == as_json.exit_code == 0, again.output
    assert again.stdout == told.stdout
    assert "may only be read" in again.stderr
    assert as_json.stdout.startswith("{")
    assert found.stdout.splitlines()[0] == checked.stdout.splitlines()[0]
    assert "nothing was removed" in found.stdout
