"""One copy of the rows for all workers: mapped, sealed, and gone with the last process."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from test_engines import answers, groups
from tests import toys

from howdeep.data.task import Task, to_arrays
from howdeep.executors import processes
from howdeep.executors.crew import shared
from howdeep.executors.here import Here
from howdeep.executors.processes import Processes
from howdeep.trainers.fused import encoded

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no memfd here")
TASKS = {
    "classes": lambda: toys.task(rows=300),
    "numbers in folds": lambda: toys.task(rows=300, kind="regression", folds=3),
    "images": lambda: toys.image_task(rows=200),
}


@pytest.fixture(params=TASKS)
def task(request: pytest.FixtureRequest) -> Task:
    return TASKS[request.param]()


@pytest.fixture
def given(task: Task) -> Iterator[shared.Shared]:
    found = shared.share(task)
    assert found is not None
    yield found
    found.close()


def mapped(given: shared.Shared):  # type: ignore[no-untyped-def]
    """As a worker maps it, with a descriptor of its own."""
    return shared.mapped(given.meta | {shared.DESCRIPTOR: str(os.dup(given.descriptor))})


def test_what_is_mapped_is_what_was_shared(task: Task, given: shared.Shared) -> None:
    there, folds = mapped(given)
    ours, theirs = to_arrays(task), to_arrays(there)
    assert ours[1] == theirs[1]
    assert ours[0].keys() == theirs[0].keys()
    for name, array in ours[0].items():
        assert array.dtype == theirs[0][name].dtype
        np.testing.assert_array_equal(array, theirs[0][name])
    for mine, other in zip(encoded.encoded(task), folds, strict=True):
        for name in ("x", "y", "w", "shift", "spread"):
            a, b = getattr(mine, name), getattr(other, name)
            assert (a is None and b is None) or (a.dtype == b.dtype and torch.equal(a, b)), name
        assert repr(mine.scale) == repr(other.scale)


def test_nobody_can_change_what_others_see(given: shared.Shared) -> None:
    with pytest.raises(PermissionError):
        os.pwrite(given.descriptor, b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(given.descriptor, 1)
    (_, mine), (_, other) = mapped(given), mapped(given)
    before = other[0].w.clone()
    mine[0].w.fill_(7.0)
    assert torch.equal(other[0].w, before)


def test_rows_encoded_in_runs_are_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    task = toys.task(rows=300)
    (whole,) = encoded.encoded(task)
    monkeypatch.setattr(encoded, "RUN", 7)
    (pieces,) = encoded.encoded(task)
    assert torch.equal(whole.x, pieces.x)


# ---- workers ------------------------------------------------------------------------------------
def mapping(pid: int) -> dict[str, int]:
    """KB of the shared rows in a process, by kind; "Anonymous" are pages of its own."""
    text = Path(f"/proc/{pid}/smaps").read_text()
    (part,) = re.findall(r"memfd:howdeep.*\n((?:\w+:.*\n)+)", text)
    return {name: int(kb) for name, kb in re.findall(r"(\w+): +(\d+) kB", part)}


def ours() -> list[str]:
    """Open files of this process that hold rows."""
    every = (os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return [name for name in every if "memfd:howdeep" in name]


def test_workers_map_the_rows_and_copy_none() -> None:
    task = toys.task(rows=20_000)
    engine = Processes(2)
    try:
        assert {o.state for o in engine(groups(task, steps=10), task)} == {"done"}
        pids = [worker.process.pid for worker in engine._workers if worker]
        (x,) = (fold["x"].shape for fold in encoded.in_runs(task))
        for pid in pids:
            found = mapping(pid)
            assert found["Size"] * 1024 > 4 * x[0] * x[1]
            assert found["Anonymous"] == 0
        assert len(pids) == 2
        assert len(ours()) == 1
    finally:
        engine.close()
    assert not ours()


@pytest.mark.parametrize("trouble", ["none of it", "no room", "no memory"])
def test_without_such_memory_a_worker_is_sent_the_task(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: object) -> int:
        if trouble == "no memory":
            raise MemoryError
        raise OSError(errno.ENOSPC, "No space left on device")

    task = toys.task(rows=300)
    asked = groups(task)[:2]
    wanted = answers(Here()(asked, task))
    if trouble == "none of it":
        monkeypatch.delattr(os, "memfd_create")
    else:
        monkeypatch.setattr(os, "pwrite", refuse)
    assert processes.share(task) is None
    assert not ours()
    engine = Processes(1)
    try:
        found = answers(engine(asked, task))
    finally:
        engine.close()
    for group, outcome in wanted.items():
        for mine, other in zip(outcome.results, found[group].results, strict=True):
            assert mine.trial == other.trial
            assert np.array_equal(mine.arrays["select"], other.arrays["select"])


STUDY = """
    from dataclasses import replace
    from test_engines import groups
    from tests import toys
    from howdeep.executors.processes import Processes

    task = toys.task(rows=300)
    quick = groups(task, steps=10)[:2]
    long = [replace(g, recipe=replace(g.recipe, max_steps=10**7, patience=10**7)) for g in quick]
    engine = Processes(2)
    list(engine(quick, task))
    print(*(worker.process.pid for worker in engine._workers), flush=True)
    list(engine(long, task))
"""


def test_a_killed_study_leaves_no_worker_and_no_file(tmp_path: Path) -> None:
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[2]), *sys.path]
    study = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(STUDY)],
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert study.stdout is not None
    pids = [int(pid) for pid in study.stdout.readline().split()]
    assert len(pids) == 2
    assert all(mapping(pid)["Anonymous"] == 0 for pid in pids)
    os.kill(study.pid, signal.SIGKILL)
    study.wait()
    study.stdout.close()
    end = time.monotonic() + 60
    while any(Path(f"/proc/{pid}/maps").exists() and alive(pid) for pid in pids):
        assert time.monotonic() < end, "a worker outlives its study"
        time.sleep(0.05)
    assert not list(tmp_path.iterdir())


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for is dead all the same."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
