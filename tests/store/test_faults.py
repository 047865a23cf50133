"""Promises P4 and P9: disks that fail, files that were damaged."""

from __future__ import annotations

import errno
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import fake
import fake_cli
import fake_judge
import shim
from howdeep.base.errors import HowdeepError, StorageError, StudyError
from howdeep.base.trials import Round
from howdeep.modalities.table.samples import numbers_of
from howdeep.route.drive import drive
from howdeep.store import derived
from howdeep.store.study import Study
from promises import Tally

GROUP = fake.group()


def write_study(path: Path) -> None:
    """Begin a study, or go on with it: a round, a group, a report."""
    if (path / "study.sqlite").exists():
        study = Study.open(path, write=True, platform=fake.PLATFORM)
    else:
        study = Study.create(path, fake.plan(), fake.task(), platform=fake.PLATFORM)
    with study:
        if not study.rounds():
            study.add_round(Round("main", "one", (GROUP,)))
        study.commit(fake.train(GROUP))
        derived.put_file(study.path, "report.html", "x" * 1000)


def content(path: Path) -> tuple[object, ...]:
    """All that a study remembers; raises where it is damaged."""
    with Study.open(path) as study:
        study.check()
        arrays = [
            {name: values.tobytes() for name, values in study.arrays(trial).items()}
            for trial in study.trials()
        ]
        task = study.task()
        data = (task.info, numbers_of(task).tobytes(), task.select.tobytes())
        end = (study.verdict(), study.stopped_by())
        return (study.plan, study.rounds(), study.trials(), arrays, data, end)


CODES = (errno.ENOSPC, errno.EIO, errno.EACCES)


def every_call_fails(
    folder: Path, code: int, run: Callable[[Path], None], counts: shim.Counts
) -> int:
    """Each counted call of `run` fails once: an error that names it, then the same study."""
    with pytest.MonkeyPatch.context() as patch:
        calls = shim.install(0, shim.failing(code), counts, put=patch.setattr)
        run(folder / "whole")
    wanted = content(folder / "whole")
    named = f"{re.escape(str(folder))}.*({errno.errorcode[code]}|errno {code})"
    for n in range(1, len(calls) + 1):
        path = folder / f"s{n}"
        with pytest.MonkeyPatch.context() as patch:
            shim.install(n, shim.failing(code), counts, put=patch.setattr)
            with pytest.raises(StorageError, match=named):
                run(path)
        run(path)
        assert content(path) == wanted
        shutil.rmtree(path)
    return len(calls)


@pytest.mark.parametrize("code", CODES)
def test_every_failing_disk_call_is_reported_and_survived(
    tmp_path: Path, code: int, quick_disk: None
) -> None:
    assert every_call_fails(tmp_path, code, write_study, shim.is_change) > 50


@pytest.mark.parametrize("code", CODES)
def test_every_failing_read_is_reported_and_survived(
    tmp_path: Path, code: int, quick_disk: None
) -> None:
    assert every_call_fails(tmp_path, code, write_and_read, shim.is_read) > 20


def write_and_read(path: Path) -> None:
    write_study(path)
    content(path)


@pytest.mark.campaign("P4")
@pytest.mark.parametrize("counts", [shim.is_change, shim.is_read])
@pytest.mark.parametrize("code", CODES)
def test_every_call_of_a_whole_study_fails(
    tmp_path: Path,
    code: int,
    counts: shim.Counts,
    quick_disk: None,
    fake_ladder: None,
    tally: Tally,
) -> None:
    tally.cases = every_call_fails(tmp_path, code, lambda path: fake_cli.main(str(path)), counts)
    assert tally.cases > 50


def test_writes_that_take_a_part_at_a_time_are_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_study(tmp_path / "whole")
    shim.short_writes(monkeypatch.setattr)
    write_study(tmp_path / "short")
    assert content(tmp_path / "short") == content(tmp_path / "whole")


# ---- damage -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study, copied while open so that its write-ahead log is there too."""
    folder = tmp_path_factory.mktemp("damage")
    with pytest.MonkeyPatch.context() as patch:
        fake.install(lambda at, name, value: patch.setattr(at, name, value, raising=False))
        plan = fake.plan(depths=(0, 1), looks=(3,))
        with Study.create(folder / "live", plan, fake.task()) as study:
            list(drive(study, fake.here, fake_judge.look, fake_judge.conclude))
            shutil.copytree(folder / "live", folder / "open")
    return folder


def damage(path: Path, rng: random.Random) -> str:
    """Harm one file of a study; what was done."""
    files = sorted(p for p in path.rglob("*") if p.is_file() and p.stat().st_size)
    database = [p for p in files if "sqlite" in p.name]
    file = rng.choice(database if rng.random() < 0.7 else files)
    data = bytearray(file.read_bytes())
    harm = rng.choice(["flip", "flip", "flip", "truncate", "zero", "swap", "delete"])
    at = rng.randrange(len(data))
    if harm == "flip":
        data[at] ^= 1 << rng.randrange(8)
    elif harm == "truncate":
        del data[at:]
    elif harm == "zero":
        page = at // 4096 * 4096
        data[page : page + 4096] = bytes(len(data[page : page + 4096]))
    elif harm == "swap":
        blobs = [p for p in files if p.suffix == ".safetensors"]
        file, other = rng.sample(blobs, 2)
        data, theirs = bytearray(other.read_bytes()), file.read_bytes()
        other.write_bytes(theirs)
    if harm == "delete":
        file.unlink()
    else:
        file.write_bytes(data)
    return f"{harm} {file.name} at {at}"


def damaged(finished: Path, tmp_path: Path, mutations: int, seed: int) -> tuple[int, int]:
    """How many mutations were found out, and how many left the content as it was.

    A lost tail of the write-ahead log leaves an earlier state, as after a power cut: whole
    transactions from the beginning, whose verdict is the same once the study is resumed.
    """
    rng = random.Random(seed)
    wanted = content(finished / "open")
    found = same = 0
    for i in range(mutations):
        path = tmp_path / f"d{i}"
        shutil.copytree(finished / ("open" if i % 2 else "live"), path)
        done = damage(path, rng)
        try:
            told = content(path)
        except StudyError as error:
            found += str(path) in error.what
        else:
            if "sqlite-wal" in done:
                assert told[0] == wanted[0], done
                assert set(told[2]) <= set(wanted[2]), done  # type: ignore[call-overload]
                assert told[5] in (wanted[5], (None, "")), done
            else:
                assert told == wanted, done
            same += 1
        assert found + same == i + 1, f"{done}: an error that does not name the file"
        shutil.rmtree(path)
    return found, same


def test_damage_is_found_or_harmless(finished: Path, tmp_path: Path) -> None:
    found, same = damaged(finished, tmp_path, 150, seed=0)
    assert found > same


@pytest.mark.campaign("P9")
def test_a_thousand_damages_are_found_or_harmless(
    finished: Path, tmp_path: Path, tally: Tally
) -> None:
    found, same = damaged(finished, tmp_path, 1000, seed=1)
    tally.cases = found + same
    assert found > same


def test_errors_are_our_own_for_any_bytes_in_place_of_the_database(
    finished: Path, tmp_path: Path
) -> None:
    rng = random.Random(3)
    path = tmp_path / "s"
    shutil.copytree(finished / "live", path)
    whole = (path / "study.sqlite").read_bytes()
    for size in (0, 1, 99, 100, 512, 4096, 5000):
        for data in (rng.randbytes(size), whole[:size]):
            (path / "study.sqlite").write_bytes(data)
            with pytest.raises(HowdeepError):
                content(path)
