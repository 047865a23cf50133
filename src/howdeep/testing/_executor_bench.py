"""What executors are checked on: a small study, some groups of it, and what this process makes."""

from __future__ import annotations

import functools
import os
import random
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from howdeep.base import keys
from howdeep.base.nouns import Model, Plan, RateSearch, Rung
from howdeep.base.trials import Group, Member, Outcome
from howdeep.data.task import Task
from howdeep.executors.here import Here
from howdeep.judge.plan import next_round
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.route.options import Planning
from howdeep.route.planning import Fixed, plan_study
from howdeep.store.study import Study
from howdeep.trainers.fused import backends

ENDLESS = 10**7  # steps
OFTEN = 0.1  # seconds between two looks for workers
Pids = Callable[[], set[int]]


@dataclass(frozen=True)
class Bench:
    """A study with its task, groups of every kind in it, and what this process makes of them.

    `failing` cannot be trained, `endless` ends only with its worker. `seen`: worker processes that
    were met; `before`: those that are not the executor's.
    """

    study: Study
    task: Task
    groups: tuple[Group, ...]
    failing: Group
    endless: Group
    wanted: dict[Group, Outcome]
    workers: Pids
    before: set[int]
    seen: set[int] = field(default_factory=set)

    def running(self) -> set[int]:
        """Worker processes of the executor."""
        found = self.workers() - self.before
        self.seen.update(found)
        return found

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Meets also workers that end before their outcome is known."""
        end = threading.Event()

        def watch() -> None:
            while not end.wait(OFTEN):
                self.running()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()


@contextmanager
def bench(workers: Pids) -> Iterator[Bench]:
    plan, task = _planned()
    groups = _groups(plan)
    last = groups[-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "check.study"
        with Study.create(path, plan, task, platform=backends.platform()) as study:
            yield Bench(
                study,
                task,
                groups,
                replace(last, rung=replace(last.net, family="no such family")),
                replace(last, recipe=replace(last.how, max_steps=ENDLESS, patience=ENDLESS)),
                {outcome.group: outcome for outcome in Here()(groups, task)},
                workers,
                workers(),
            )


@functools.cache
def _planned() -> tuple[Plan, Task]:
    """Two numbers whose product decides, and a category: nets of some steps, in folds."""
    rng = np.random.Generator(np.random.PCG64(3))
    a, b = rng.normal(size=(2, 120)).round(4)
    rows = {"a": a, "b": b, "colour": ["red", "green", "blue"] * 40}
    table = to_table(rows, y=np.where(a * b > 0, "yes", "no"))
    asked = Planning(
        family=("resmlp",),
        depths=(0, 1),
        epsilon=0.1,
        max_seeds=2,
        max_steps=60,
        rivals=("plain",),
    )
    search = RateSearch(tuning_seeds=1, grid=(-7, -6), zero_grid=(-5, -4))
    return plan_study(make_task(table, "target"), asked, Fixed(width=8, search=search))


def _groups(plan: Plan) -> tuple[Group, ...]:
    """A classical model, nets of no blocks that try rates, nets of one block to be compared."""
    first = next_round(plan, (), None)
    assert first is not None  # a study begins with something
    rival = next(group for group in first.groups if isinstance(group.rung, Model))
    nets = [group for group in first.groups if isinstance(group.rung, Rung)]
    shallow, deep = (next(g for g in nets if g.net.blocks == n) for n in (0, 1))
    rates = deep.members[0].rates[:1] * plan.folds
    members = (Member(0, rates), Member(1, rates))
    return rival, shallow, replace(deep, stage="main", members=members)


# ---- what is compared ---------------------------------------------------------------------------
def below() -> set[int]:
    """Process ids of what this process has begun, and of what that has begun, that still runs.

    Empty where the system has no /proc, as macOS has none: what is promised of worker processes is
    not checked there.
    """
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended since
            state, parent = path.read_text().rsplit(")", 1)[1].split()[:2]
            if state != "Z":
                parents[int(path.parent.name)] = int(parent)
    found, more = set[int](), {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more}
        found |= more
    return found


def bits(outcome: Outcome) -> list[object]:
    """All of its results, to be compared bit by bit."""
    return [
        (keys.digest(result.trial), {n: a.tobytes() for n, a in result.arrays.items()})
        for result in outcome.results
    ]


def shapes(outcome: Outcome) -> list[object]:
    """What does not depend on the platform: which trials it has, with which arrays."""
    return [
        (result.trial.key, {n: (a.dtype, a.shape) for n, a in result.arrays.items()})
        for result in outcome.results
    ]


def settings() -> tuple[object, ...]:
    """What a program that uses howdeep would notice."""
    return (
        torch.get_num_threads(),
        torch.get_deterministic_debug_mode(),
        torch.get_rng_state().numpy().tobytes(),
        np.random.get_state(legacy=False)["state"]["key"].tobytes(),
        random.getstate(),
    )


def files(folder: Path) -> dict[Path, bytes]:
    """All that is in a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
