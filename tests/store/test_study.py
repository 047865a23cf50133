"""A study remembers what was committed, whole, and lets nothing foreign in."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

import fake
from howdeep.base.errors import (
    NotReproducible,
    StorageError,
    StudyCorrupt,
    StudyLocked,
    StudyMismatch,
    StudyNotFound,
    StudyTooNew,
)
from howdeep.base.naming import group_key
from howdeep.base.nouns import Model, Rung
from howdeep.base.trials import Outcome, Round
from howdeep.store import derived
from howdeep.store.study import Study


@pytest.fixture
def study(tmp_path: Path):
    with Study.create(tmp_path / "s", fake.plan(), fake.task(), platform=fake.PLATFORM) as made:
        yield made


def close_and_open(study: Study, **options: object) -> Study:
    study.close()
    return Study.open(study.path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("folds", [1, 5])
def test_plan_and_task_come_back_bit_for_bit(tmp_path: Path, folds: int) -> None:
    plan, task = fake.plan(folds=folds), fake.task(folds)
    Study.create(tmp_path / "s", plan, task).close()
    with Study.open(tmp_path / "s") as study:
        assert study.plan == plan
        back = study.task()
    assert back.info == task.info
    assert (back.names, set(back.samples)) == (task.names, set(task.samples))
    pairs = [(task.samples[name], back.samples[name]) for name in task.samples]
    for old, new in (*pairs, (task.target, back.target), (task.test, back.test)):
        assert old.dtype == new.dtype
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(back.select, task.select)
    assert back.weights is None


def test_trials_and_arrays_come_back_sorted_and_equal(study: Study) -> None:
    outcomes = [fake.train(fake.group(blocks=b)) for b in (4, 1, 2)]
    for outcome in outcomes:
        study.commit(outcome, seconds=3.0)
    with close_and_open(study) as again:
        trials = again.trials()
        assert [t.key for t in trials] == sorted(t.key for t in trials)
        assert again.done_groups() == {group_key(o.group) for o in outcomes}
        assert again.seconds() == {t.key: 1.5 for t in trials}
        wanted = {r.trial.key: r for o in outcomes for r in o.results}
        for trial in trials:
            assert dataclasses.replace(trial, blob="") == wanted[trial.key].trial
            arrays = again.arrays(trial)
            assert arrays.keys() == wanted[trial.key].arrays.keys()
            for name, values in wanted[trial.key].arrays.items():
                assert arrays[name].dtype == values.dtype
                np.testing.assert_array_equal(arrays[name], values)


def test_committing_the_same_again_changes_nothing(study: Study) -> None:
    outcome = fake.train(fake.group())
    assert study.commit(outcome) == study.commit(outcome)
    assert len(study.trials()) == 2


def changed(outcome: Outcome) -> Outcome:
    first = outcome.results[0]
    arrays = first.arrays | {"select": first.arrays["select"] * np.float32(0.5)}
    return dataclasses.replace(
        outcome, results=(dataclasses.replace(first, arrays=arrays), *outcome.results[1:])
    )


def test_another_result_for_the_same_trial_is_an_alarm_and_changes_nothing(study: Study) -> None:
    outcome = fake.train(fake.group())
    before = study.commit(outcome)
    with pytest.raises(NotReproducible, match="resmlp-2, seed 0"):
        study.commit(changed(outcome))
    assert set(study.trials()) == set(before)


def test_another_platform_may_differ_and_the_first_result_stays(study: Study) -> None:
    outcome = fake.train(fake.group())
    before = study.commit(outcome)
    other = close_and_open(
        study, write=True, platform=fake.PLATFORM | {"torch": "3"}, mixed_platforms=True
    )
    with other:
        other.commit(changed(outcome))
        assert set(other.trials()) == set(before)
        assert not other.mixed()
        other.commit(fake.train(fake.group(blocks=4)))
        assert other.mixed()


def on(outcome: Outcome, **differs: str) -> Outcome:
    return dataclasses.replace(outcome, platform=fake.PLATFORM | differs)


def test_a_trial_is_of_the_platform_that_its_outcome_says(study: Study) -> None:
    with pytest.raises(StudyMismatch, match=r"resmlp-2 was trained on .*: torch: 2\.13, now 3\n"):
        study.commit(on(fake.train(fake.group()), torch="3"))
    assert not study.trials()
    study.commit(on(fake.train(fake.group())))
    other = close_and_open(study, write=True, platform=fake.PLATFORM, mixed_platforms=True)
    with other:
        assert not other.mixed()
        other.commit(on(fake.train(fake.group(blocks=4)), torch="3"))
        assert other.mixed()
        other.commit(changed(on(fake.train(fake.group(blocks=4)))))  # elsewhere it may differ
        with pytest.raises(NotReproducible, match="resmlp-4, seed 0"):
            other.commit(changed(on(fake.train(fake.group(blocks=4)), torch="3")))


def test_a_study_that_does_not_know_where_it_was_begun_takes_any_platform(tmp_path: Path) -> None:
    with Study.create(tmp_path / "s", fake.plan(), fake.task()) as study:
        study.commit(on(fake.train(fake.group())))
        assert not study.mixed()
        study.commit(on(fake.train(fake.group(blocks=4)), torch="3"))
        assert study.mixed()


def test_rounds_attempts_stops_and_verdict_are_remembered(study: Study) -> None:
    rounds = [Round("main", f"round {i}", (fake.group(seeds=(i,)),)) for i in range(3)]
    for one in rounds:
        study.add_round(one)
    assert [study.attempt("a" * 64, "killed") for _ in range(3)] == [1, 2, 3]
    assert study.attempt("b" * 64, "killed") == 1
    assert (study.stopped_by(), study.verdict()) == ("", None)
    study.put_stop("budget")
    with close_and_open(study, write=True) as again:
        assert again.rounds() == tuple(rounds)
        assert again.stopped_by() == "budget"
        again.lift_stop()
        assert again.stopped_by() == ""


# ---- one writer ---------------------------------------------------------------------------------
def test_a_second_writer_is_told_who_writes(study: Study) -> None:
    with pytest.raises(StudyLocked, match=f"process {os.getpid()} on "):
        Study.open(study.path, write=True)
    with Study.open(study.path) as reader:  # reading is free
        study.commit(fake.train(fake.group()))
        assert len(reader.trials()) == 2
    close_and_open(study, write=True).close()


def test_another_process_is_told_too_and_death_frees_the_lock(tmp_path: Path) -> None:
    script = (
        "import fake, sys; from howdeep.store.study import Study\n"
        "s = Study.create(sys.argv[1], fake.plan(), fake.task())\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "s"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(StudyLocked, match=f"process {child.pid} on "):
            Study.open(path, write=True)
        child.kill()
        child.wait()
    Study.open(path, write=True).close()


def test_a_reader_cannot_write(study: Study) -> None:
    with close_and_open(study) as reader, pytest.raises(StorageError, match="readonly"):
        reader.commit(fake.train(fake.group()))


# ---- nothing foreign ----------------------------------------------------------------------------
def test_no_study(tmp_path: Path) -> None:
    with pytest.raises(StudyNotFound):
        Study.open(tmp_path / "none")


def test_an_existing_directory_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "thesis.txt").write_text("mine")
    with pytest.raises(StorageError, match="not empty"):
        Study.create(tmp_path / "s", fake.plan(), fake.task())
    assert [p.name for p in tmp_path.rglob("*")] == ["s", "thesis.txt"]


@pytest.mark.parametrize(
    ("now", "named"),
    [
        (
            fake.plan(task=dataclasses.replace(fake.plan().task, fingerprint="0" * 64)),
            "fingerprint",
        ),
        (
            fake.plan(recipe=dataclasses.replace(fake.plan().ladders[0].recipe, batch=65)),
            r"ladders\[0\].recipe.batch: 50000, now 65",
        ),
        (fake.plan(version="0.2.0"), "version: 0.1.0, now 0.2.0"),
        (fake.plan(depths=(0, 1, 2)), "depths"),
    ],
)
def test_changed_data_recipe_version_or_options_are_named(study: Study, now, named: str) -> None:
    study.expect(fake.plan())
    with pytest.raises(StudyMismatch, match=named):
        study.expect(now)


def test_another_version_or_platform_is_refused_by_name(study: Study) -> None:
    path = study.path
    study.close()
    with pytest.raises(StudyMismatch, match=r"version of howdeep: 0\.1\.0, now 9"):
        Study.open(path, write=True, version="9", platform=fake.PLATFORM)
    with pytest.raises(StudyMismatch, match="threads: 1, now 2"):
        Study.open(path, write=True, platform=fake.PLATFORM | {"threads": "2"})
    Study.open(path, write=True, version="0.1.0", platform=fake.PLATFORM).close()


def altered(study: Study, *statements: str) -> Path:
    study.close()
    connection = sqlite3.connect(study.path / "study.sqlite")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return study.path


def test_a_newer_study_is_left_unchanged(study: Study) -> None:
    path = altered(study, "PRAGMA user_version = 99")
    before = (path / "study.sqlite").read_bytes()
    with pytest.raises(StudyTooNew, match="99"):
        Study.open(path, write=True)
    assert (path / "study.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("PRAGMA application_id = 7", "not of howdeep"),
        ("CREATE TRIGGER t AFTER INSERT ON trial BEGIN DELETE FROM meta; END", r"\(t\)"),
        ("CREATE VIEW v AS SELECT 1", r"\(v\)"),
        ("DROP TABLE timing", r"\(timing\)"),
        ("UPDATE meta SET text = replace(text, '0.95', '0.96')", "plan"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(study: Study, statement: str, named: str) -> None:
    path = altered(study, statement)
    with pytest.raises(StudyCorrupt, match=named):
        Study.open(path, write=True)


def test_a_file_that_is_no_database_is_refused(study: Study) -> None:
    study.close()
    (study.path / "study.sqlite").write_text("not a database, " * 500)
    with pytest.raises(StudyCorrupt, match=r"study\.sqlite"):
        Study.open(study.path)


def test_a_changed_row_is_found(study: Study) -> None:
    study.commit(fake.train(fake.group()))
    path = altered(study, "UPDATE trial SET text = replace(text, '\"seed\":1', '\"seed\":2')")
    with Study.open(path) as again, pytest.raises(StudyCorrupt, match="not what was written"):
        again.trials()


def test_a_row_naming_a_path_outside_is_refused(study: Study) -> None:
    trial = study.commit(fake.train(fake.group()))[0]
    with pytest.raises(StudyCorrupt, match="not the name of a blob"):
        study.arrays(dataclasses.replace(trial, blob="../../../etc/passwd"))


# ---- blobs, files, check ------------------------------------------------------------------------
def blob(study: Study, sha: str) -> Path:
    return study.path / "blobs" / sha[:2] / f"{sha}.safetensors"


@pytest.mark.parametrize("harm", ["flip", "truncate", "delete", "swap"])
def test_a_damaged_blob_is_named(study: Study, harm: str) -> None:
    first, second = study.commit(fake.train(fake.group()))
    path = blob(study, first.blob)
    data = bytearray(path.read_bytes())
    if harm == "flip":
        data[-1] ^= 1
        path.write_bytes(data)
    elif harm == "truncate":
        path.write_bytes(data[:-1])
    elif harm == "delete":
        path.unlink()
    else:
        path.write_bytes(blob(study, second.blob).read_bytes())
    for look in (lambda: study.arrays(first), study.check):
        with pytest.raises(StudyCorrupt, match=first.blob):
            look()


def test_check_removes_orphans_and_only_them(study: Study) -> None:
    trials = study.commit(fake.train(fake.group()))
    (study.path / "blobs" / "ff").mkdir(exist_ok=True)
    left = study.path / "blobs" / "ff" / f".{'f' * 64}.safetensors.tmp"
    left.write_bytes(b"half")
    assert "1 files that nothing names" in study.check()[1]
    assert not left.exists()
    assert all(study.arrays(trial) for trial in trials)
    study.task()


def test_derived_files_are_whole_and_stay_inside(study: Study) -> None:
    report = derived.put_file(study.path, "report.html", "<p>ü</p>")
    assert report.read_text(encoding="utf-8") == "<p>ü</p>"
    for name in ("../report.html", "study.sqlite", "lock", "a/b", ".hidden"):
        with pytest.raises(ValueError, match="derived"):
            derived.put_file(study.path, name, "x")


@pytest.mark.parametrize("mask", [0o000, 0o277])
def test_files_are_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    old = os.umask(mask)
    try:
        with Study.create(tmp_path / "s", fake.plan(), fake.task()) as study:
            study.commit(fake.train(fake.group()))
            derived.put_file(study.path, "report.html", "x")
            paths = [study.path, *study.path.rglob("*")]
            modes = {p.name: (p.is_dir(), stat.S_IMODE(p.stat().st_mode)) for p in paths}
    finally:
        os.umask(old)
    assert "study.sqlite-wal" in modes
    wrong = {n: oct(m) for n, (folder, m) in modes.items() if m != (0o700 if folder else 0o600)}
    assert not wrong


def test_a_study_that_we_may_only_read_opens_to_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        with Study.create(path, fake.plan(), fake.task()) as study:
            trials = study.commit(fake.train(fake.group()))
        for place in (path, *path.rglob("*")):
            place.chmod(0o555 if place.is_dir() else 0o444)
        Path(folder).chmod(0o755)
        me = os.geteuid()
        try:
            if me == 0:  # who may write anywhere
                os.seteuid(65534)
            with Study.open(path) as study:
                assert set(study.trials()) == set(trials)
                assert study.arrays(trials[0])
            with pytest.raises(StorageError, match="Permission denied"):
                Study.open(path, write=True)
        finally:
            os.seteuid(me)
            for place in (path, *path.rglob("*")):
                if place.is_dir():
                    place.chmod(0o700)


def test_a_classical_model_of_an_earlier_version_is_read_as_a_model(tmp_path: Path) -> None:
    """Up to 0.3 it was written as a rung, its size as steps and its setting as the best step."""
    model = Model("boosting", 1, 200, 8, 2, 50, 1e9)
    plan = dataclasses.replace(fake.plan(), rivals=(model,))
    was = dataclasses.replace(fake.group("rival"), cell="boosting")
    assert isinstance(was.rung, Rung)
    with Study.create(tmp_path / "a.study", plan, fake.task(), platform=fake.PLATFORM) as study:
        study.commit(fake.train(was))
    with Study.open(tmp_path / "a.study") as study:
        trials = study.trials()
        assert {trial.rung for trial in trials} == {model}
        assert {(own.setting, own.size) for t in trials for own in t.chosen} == {(75, 100)}
        assert {trial.steps for trial in trials} == {(0,)}
        study.check()
