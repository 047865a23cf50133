"""Workers started ahead of their data: they serve like any others, and none is left behind."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from tests import toys
from tests.executors.test_engines import answers, groups
from tests.executors.test_shared import ours
from tests.trainers.test_static import assert_same

from howdeep.executors import crew as crews
from howdeep.executors.crew import QUIET, Forked, Worker, ahead, copies, start
from howdeep.executors.here import Here
from howdeep.executors.processes import Processes


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("shared", [True, False])
def test_they_give_the_bits_of_this_process(
    count: int, shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer than wanted, as many, or one too many; with and without memory to share."""
    toy = toys.task(rows=300)
    asked = groups(toy)
    wanted = answers(Here()(asked, toy))
    if not shared:
        monkeypatch.delattr(os, "memfd_create")
    with ahead(count) as crew:
        pids = {worker.process.pid for worker in crew.workers}
        every = list(crew.workers)
        engine = Processes(2, crew)
        found = answers(engine(asked, toy))
        serving = {worker.process.pid for worker in engine._workers if worker}
        engine.close()
    assert len(serving & pids) == min(count, 2)
    assert all(worker.process.poll() is not None for worker in every)
    assert not ours()
    assert found.keys() == wanted.keys()
    for group, outcome in found.items():
        assert_same(outcome.results, wanted[group].results)


def test_what_nobody_took_is_ended() -> None:
    with ahead(2) as crew:
        every = list(crew.workers)
        assert all(worker.process.poll() is None for worker in every)
    assert all(worker.process.poll() is not None for worker in every)
    assert not ours()
    with ahead(0) as crew:
        assert not crew.workers
        assert not ours()


def test_none_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system starts no more processes, the study goes on and tells when it needs one."""

    def refuse(file: int | None = None) -> Worker:
        raise BlockingIOError("Resource temporarily unavailable")

    for how in ("start", "copied"):
        monkeypatch.setattr(crews, how, refuse)
    with ahead(2) as crew:
        assert not crew.workers
    assert not ours()


def test_one_that_waits_ends_with_its_study() -> None:
    """However that ends: its input is closed then."""
    worker = start()
    worker.stdin.close()
    assert worker.process.wait(timeout=60) == 0
    worker.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="copies of a process serve on Linux only")
def test_copies_of_a_process_serve_like_workers_begun_anew() -> None:
    told = "from tests.executors.test_crew import copies_serve; copies_serve()"
    env = {**os.environ, **QUIET, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", told], env=env, check=True, timeout=300)


def copies_serve() -> None:
    """In a process that has done nothing yet but imports."""
    with contextlib.suppress(ImportError):
        importlib.import_module("pyarrow")  # its allocator's thread is in no copy's way
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert not copies()  # the thread would be missing in a copy
    done.set()
    thread.join()
    while not copies():  # the system may take a moment longer to end it
        time.sleep(0.01)
    with ahead(3) as crew:
        every = list(crew.workers)
        assert {type(worker.process) for worker in every} == {Forked}
        idle = crew.workers.pop(0)  # the others were copied while its input was open
        idle.stdin.close()
        assert idle.process.wait() == 0
        idle.stdout.close()
        toy = toys.task(rows=300)
        asked = groups(toy)
        engine = Processes(2, crew)
        found = answers(engine(asked, toy))
        victim = engine._workers[0]
        assert victim is not None
        os.kill(victim.process.pid, signal.SIGKILL)
        lost = answers(engine(asked, toy))
        assert {outcome.state for outcome in lost.values()} == {"done", "lost"}
        assert {o.reason for o in lost.values() if o.state == "lost"} == {
            "worker process ended with -9"
        }
        engine.close()
    assert all(worker.process.poll() is not None for worker in every)
    assert not ours()
    for group, wanted in answers(Here()(asked, toy)).items():
        assert_same(found[group].results, wanted.results)


def test_it_is_quick_to_import() -> None:
    """It is what starts before PyTorch is imported."""
    told = (
        "import sys, howdeep.executors.crew; print('torch' in sys.modules, 'numpy' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
