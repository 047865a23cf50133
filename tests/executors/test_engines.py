"""Engines: every group is answered once, with the same bits, whoever trains it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from tests import toys

from howdeep.base.nouns import Model
from howdeep.base.trials import Group, Outcome
from howdeep.executors import here
from howdeep.executors.crew import Worker
from howdeep.executors.gpu import AT_ONCE, Gpu, Running
from howdeep.executors.here import Here
from howdeep.executors.processes import Processes
from howdeep.trainers.fused import backends, encoded, loop, native, static


@pytest.fixture(scope="module")
def toy():  # type: ignore[no-untyped-def]
    return toys.task(rows=300)


def groups(toy, steps: int = 50) -> list[Group]:  # type: ignore[no-untyped-def]
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    return [
        toys.group(toy, inputs, name, blocks, ((0, -6), (1, -5)), steps=steps)
        for name in ("resmlp", "mlp")
        for blocks in (0, 1, 3)
    ]


def answers(outcomes) -> dict[Group, Outcome]:  # type: ignore[no-untyped-def]
    return {outcome.group: outcome for outcome in outcomes}


def test_worker_processes_give_the_bits_of_this_process(toy) -> None:  # type: ignore[no-untyped-def]
    asked = groups(toy)
    ours = answers(Here()(asked, toy))
    engine = Processes(2)
    try:
        there = answers(engine(asked, toy))
        again = answers(engine(asked[:1], toy))  # warm workers serve the next round
    finally:
        engine.close()
    assert set(ours) == set(there) == set(asked)
    for outcomes in (there, again):
        for group, outcome in outcomes.items():
            for mine, other in zip(ours[group].results, outcome.results, strict=True):
                assert mine.trial == other.trial
                assert mine.arrays.keys() == other.arrays.keys()
                for name, value in mine.arrays.items():
                    assert np.array_equal(value, other.arrays[name], equal_nan=True)


def test_programs_side_by_side_give_the_bits_of_one_after_another(
    toy,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The GPU's engine, here on a processor: more groups than may be under way at once."""
    monkeypatch.setenv(native.VARIABLE, native.NONE)
    inputs = encoded.inputs(toy, encoded.encoders(toy))
    asked = [
        *groups(toy),
        *(toys.group(toy, inputs, "mlp", 1, ((seed, -6),), steps=75) for seed in range(AT_ONCE)),
    ]
    ours = answers(Here()(asked, toy))
    engine = Gpu(torch.device("cpu"))
    there = answers(engine(asked, toy))
    engine.close()
    assert set(ours) == set(there) == set(asked)
    for group, outcome in there.items():
        assert outcome.seconds > 0
        for mine, other in zip(ours[group].results, outcome.results, strict=True):
            assert mine.trial == other.trial
            assert all(
                np.array_equal(v, other.arrays[n], equal_nan=True) for n, v in mine.arrays.items()
            )


def test_a_group_that_a_gpu_has_no_memory_for_is_lost_alone_and_makes_room(
    toy,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, stepper = groups(toy), static.ReplayedSteps.__call__
    most = []

    def full(self, job, fused, held, count):  # type: ignore[no-untyped-def]
        if job.group == asked[2] and fused.step:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB")
        return (yield from stepper(self, job, fused, held, count))

    monkeypatch.setattr(static.ReplayedSteps, "__call__", full)
    engine = Gpu(torch.device("cpu"))
    for outcome in engine(asked, toy):
        most.append(engine.most)
        assert (outcome.state == "lost") == (outcome.group == asked[2])
        assert outcome.state == "done" or "out of memory" in outcome.reason
    assert most[-1] < AT_ONCE


def test_only_as_many_programs_are_under_way_as_a_gpu_has_memory_for(
    toy,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = groups(toy)[0]
    needed = int(static.memory(group, 1))
    monkeypatch.setattr(backends, "stream", lambda gpu: contextlib.nullcontext())
    engine = Gpu(torch.device("cuda"))
    running = [Running(group, iter(()), contextlib.nullcontext())]  # type: ignore[arg-type]
    for free, kept, used, fits in ((2, 0, 0, True), (1, 0, 0, False), (1, 5, 4, True)):
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda gpu, n=free: (n * needed, 0))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda gpu, n=kept: n * needed)
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda gpu, n=used: n * needed)
        assert engine._room(group, running, toy) == fits
        assert engine._room(group, [], toy)  # one is always tried
        assert not engine._room(group, running * AT_ONCE, toy)


def test_a_worker_that_dies_loses_its_group_and_is_replaced(toy) -> None:  # type: ignore[no-untyped-def]
    long = replace(groups(toy)[2], recipe=replace(groups(toy)[2].recipe, max_steps=10**6))
    endless = replace(long, recipe=replace(long.recipe, patience=10**6))
    engine = Processes(1)

    def kill() -> None:
        while engine._workers[0] is None:
            time.sleep(0.05)
        time.sleep(0.5)
        os.kill(engine._workers[0].process.pid, signal.SIGKILL)

    threading.Thread(target=kill).start()
    try:
        lost, done = engine([endless, groups(toy)[0]], toy)
    finally:
        engine.close()
    assert (lost.state, done.state) == ("lost", "done")
    assert "-9" in lost.reason


def test_closing_ends_the_workers_at_once(toy) -> None:  # type: ignore[no-untyped-def]
    engine = Processes(2)
    list(engine(groups(toy)[:2], toy))
    pids = [worker.process.pid for worker in engine._workers if worker]
    engine.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_signal_while_closing_leaves_no_worker(toy, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    engine = Processes(2)
    list(engine(groups(toy)[:2], toy))
    workers = [worker for worker in engine._workers if worker]

    def interrupted(worker: Worker) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Worker, "kill", interrupted)
        with pytest.raises(KeyboardInterrupt):
            engine.close()
    assert [worker.process.wait(timeout=5) for worker in workers] == [-signal.SIGKILL] * 2
    engine.close()


def test_closing_in_the_middle_leaves_no_thread_that_could_abort_python(toy) -> None:  # type: ignore[no-untyped-def]
    """A thread in a pipe's read when the interpreter exits ends it with SIGABRT."""
    before = threading.active_count()
    for taken in (0, 1):
        engine = Processes(2)
        outcomes = engine(groups(toy), toy)
        for _ in range(taken + 1):
            next(outcomes)
        engine.close()
        assert threading.active_count() == before
        assert engine._workers == [None, None]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 8.00 TiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_running_out_of_memory_loses_the_group_only(
    toy,  # type: ignore[no-untyped-def]
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = groups(toy, steps=10)[:2]
    whole = loop.train

    def train(group: Group, *rest: object):  # type: ignore[no-untyped-def]
        if group == first:
            raise error
        return whole(group, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "train", train)
    lost, done = Here()([first, second], toy)
    assert (lost.state, done.state) == ("lost", "done")
    assert "out of memory" in lost.reason


def test_torch_says_so_when_it_runs_out_of_memory() -> None:
    """The words that are looked for are PyTorch's own."""
    with pytest.raises(RuntimeError, match=here.OUT_OF_MEMORY):
        torch.empty(2**58, dtype=torch.float32)


def test_other_errors_of_training_fail_the_group_and_are_not_taken_for_want_of_memory(
    toy,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reason says what was raised, and where, for whoever has to mend it."""
    first, second = groups(toy, steps=10)[:2]
    whole = loop.train

    def train(group: Group, *rest: object):  # type: ignore[no-untyped-def]
        if group == first:
            raise KeyError("no\n such family")
        return whole(group, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(loop, "train", train)
    failed, done = Here()([first, second], toy)
    assert (failed.state, failed.results, done.state) == ("failed", (), "done")
    assert re.fullmatch(r"KeyError in test_engines\.py, line \d+: .*such family.*", failed.reason)


def test_what_fails_on_a_gpu_fails_alone_unless_the_gpu_itself_is_broken(
    toy,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After an error of CUDA nothing works any more: to go on would fail nets that are well."""
    asked, stepper, says = groups(toy), static.ReplayedSteps.__call__, ["shapes do not fit"]

    def fail(self, job, fused, held, count):  # type: ignore[no-untyped-def]
        if job.group == asked[2] and fused.step:
            raise RuntimeError(says[0])
        return (yield from stepper(self, job, fused, held, count))

    monkeypatch.setattr(static.ReplayedSteps, "__call__", fail)
    found = answers(Gpu(torch.device("cpu"))(asked, toy))
    assert {o.group for o in found.values() if o.state == "failed"} == {asked[2]}
    assert {o.state for o in found.values()} == {"done", "failed"}
    assert found[asked[2]].reason.endswith("shapes do not fit")
    says[0] = "CUDA error: device-side assert triggered"
    with pytest.raises(RuntimeError, match="device-side"):
        list(Gpu(torch.device("cpu"))(asked, toy))


def test_all_that_a_gpu_study_trains_is_of_the_machine_with_its_gpu(toy) -> None:  # type: ignore[no-untyped-def]
    """Its classical models, too, which worker processes fit: it is one study on one machine."""
    net = groups(toy)[0]
    one = Model("plain", 1, 300, 1, 1, 100, 1e6)
    rival = replace(
        net, stage="rival", cell="plain", rung=one, members=net.members[:1], recipe=None
    )
    engine = Gpu(torch.device("cpu"), jobs=2, platform={"gpu": "of this test"})
    found = list(engine([rival, net], toy))
    engine.close()
    assert [(o.state, o.platform) for o in found] == [("done", {"gpu": "of this test"})] * 2
