"""Promise P10: studies that older versions wrote open, are verified, reported and predicted with.

Each `VERSION.json` here was written by that version of howdeep. `keep.py` makes that of the version
under way again when its nouns change; those of earlier versions are never changed again.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import keep
import pytest
from click.testing import CliRunner, Result

from howdeep.base import keys
from howdeep.base.errors import StudyTooNew
from howdeep.base.naming import trial_key
from howdeep.cli import app
from howdeep.store import schema
from howdeep.store.study import Study

KEPT = sorted(Path(__file__).parent.glob("*.json"))


@pytest.fixture(params=KEPT, ids=lambda path: f"written by {path.stem}")
def old(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, object]]:
    """The study as files, and what it says of itself."""
    path = tmp_path / "old.study"
    said = keep.rebuild(request.param.read_text(), path)
    assert said["written_by"] == request.param.stem
    return path, said


def howdeep(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_an_old_study_opens_whole(old: tuple[Path, dict[str, object]]) -> None:
    path, said = old
    with Study.open(path) as study:
        assert "all as written" in study.check()[0]
        verdict = study.verdict()
        assert verdict is not None
        found = {name: getattr(verdict, name) for name in ("status", "family", "blocks", "digest")}
        assert found == said["verdict"]
        # fields that came since are not in it
        assert keys.digest(replace(verdict, digest="")) == verdict.digest
        assert study.plan.version == said["written_by"]
        assert all(study.arrays(trial) for trial in study.trials())
        assert len(study.task().target) == 60


def test_the_trials_of_an_old_study_have_the_keys_that_they_would_have_now(
    old: tuple[Path, dict[str, object]],
) -> None:
    """Or a resumed one would train them again: fields that came since are not in their keys."""
    with Study.open(old[0]) as study:
        groups = [group for made in study.rounds() for group in made.groups]
        keys = {trial_key(group, i) for group in groups for i in range(len(group.members))}
        assert {trial.key for trial in study.trials()} == keys


def test_an_old_study_is_reported_and_predicts(
    old: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    path, said = old
    done = howdeep("report", path, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    digest = said["verdict"]["digest"]  # type: ignore[index]
    assert told["verdict"]["digest"] == digest
    # what its net gets wrong follows from what every version has stored
    rows = sum(one["rows"] for one in told["tested"]["classes"])
    assert rows == told["tested"]["rows"] == told["task"]["test_rows"]
    assert (path / "report.html").exists()
    new = tmp_path / "new.csv"
    new.write_text("a,b,colour\n0.5,1.0,red\n-0.5,1.0,blue\n")
    done = howdeep("predict", path, new)
    assert done.exit_code == 0, done.output
    assert {line.split(",")[0] for line in done.stdout.splitlines()[1:]} <= {"yes", "no"}


def test_an_old_study_is_gone_on_with_by_its_own_version_alone(
    old: tuple[Path, dict[str, object]],
) -> None:
    path, said = old
    written = said["written_by"]
    before = hashes(path)
    done = howdeep("resume", path)
    if written == version("howdeep"):
        return  # its platform may be another, but that is told elsewhere
    assert done.exit_code == 3, done.output
    assert f"version of howdeep: {written}, now {version('howdeep')}" in done.output
    assert f"go on with howdeep {written}" in done.output
    assert {name: sha for name, sha in hashes(path).items() if name != "lock"} == before


def hashes(path: Path) -> dict[str, str]:
    """By file; but for SQLite's shared memory, which even a reader makes, and an empty log."""
    files = [p for p in sorted(path.rglob("*")) if p.is_file() and p.suffix != ".sqlite-shm"]
    files = [p for p in files if p.suffix != ".sqlite-wal" or p.stat().st_size]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_a_study_of_a_newer_howdeep_is_left_as_it_is(old: tuple[Path, dict[str, object]]) -> None:
    path, _ = old
    connection = sqlite3.connect(path / "study.sqlite")
    connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    connection.close()
    (path / "lock").touch()
    before = hashes(path)
    for write in (False, True):
        with pytest.raises(StudyTooNew, match=f"schema {schema.VERSION + 1}.*up to"):
            Study.open(path, write=write)
    for words in (("resume", path), ("report", path), ("study", "check", path)):
        done = howdeep(*words)
        assert done.exit_code == 3, done.output
        assert "StudyTooNew" in done.output
        assert "update howdeep" in done.output
    assert hashes(path) == before


OPEN = {
    "status": "undetermined",
    **dict.fromkeys(("family", "blocks", "weight_layers", "parameters", "enough", "test_score")),
    **dict.fromkeys(("control", "twin", "diminishing", "collapse")),
    "price": (),
    "settled": False,
}


def undetermined(path: Path) -> str:
    """Make the old study one that named no depth; what its first depth in the race is called."""
    with Study.open(path) as study:
        verdict = study.verdict()
    assert verdict is not None
    cells = tuple(
        replace(c, standing=replace(c.standing, state="alive", dropped_by="", qualifies=False))
        for c in verdict.cells
    )
    verdict = replace(verdict, **OPEN, cells=cells, digest="")  # type: ignore[arg-type]
    verdict = replace(verdict, digest=keys.digest(verdict))
    connection = sqlite3.connect(path / "study.sqlite")
    connection.execute("INSERT INTO verdict (text, sha) VALUES (?, ?)", schema.seal(verdict))
    connection.commit()
    connection.close()
    return cells[0].standing.cell.name


def test_an_old_study_that_named_no_depth_gives_a_net_to_use_for_now(
    old: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    path, said = old
    first = undetermined(path)
    done = howdeep("report", path, "--json", "--show-code")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    new = tmp_path / "new.csv"
    new.write_text("a,b,colour\n0.5,1.0,red\n-0.5,1.0,blue\n")
    done = howdeep("predict", path, new)
    if said["written_by"] not in ("0.1.0", "0.2.0", "0.3.0", "0.4.0"):
        assert "hands over no net" in done.output  # nothing is made up for those of today
        return
    assert first in json.dumps(told["verdict"]["provisional"]["cell"]) or first == "linear"
    assert told["code"]
    assert done.exit_code == 0, done.output
    assert f"The net, {first}, is provisional" in done.stderr
    assert {line.split(",")[0] for line in done.stdout.splitlines()[1:]} <= {"yes", "no"}
    assert "**Provisional.**" in (path / "net" / "README.md").read_text()


def test_an_old_ladder_that_was_too_short_says_that_its_net_is_for_now(
    old: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    path, said = old
    if said["verdict"]["status"] != "extend":  # type: ignore[index]
        pytest.skip("another answer")
    new = tmp_path / "new.csv"
    new.write_text("a,b,colour\n0.5,1.0,red\n")
    done = howdeep("predict", path, new)
    assert "is provisional: the verdict is 'extend'" in done.stderr
