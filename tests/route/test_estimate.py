"""What a plan will take: sums that agree with it, and a command that writes nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from tests import toys

from howdeep import cli
from howdeep.base import limits
from howdeep.base.nouns import Plan
from howdeep.base.trials import Group
from howdeep.data.task import Task
from howdeep.nets import ladder
from howdeep.report import planned
from howdeep.route import memory
from howdeep.route.estimate import SPEED_STEPS, estimate
from howdeep.trainers.fused import backends, loop

TASKS = {"table": toys.task(), "folds": toys.task(folds=5), "images": toys.image_task(600)}


@pytest.fixture(scope="module", params=TASKS)
def made(request: pytest.FixtureRequest) -> tuple[str, Plan, Task]:
    task = TASKS[request.param]
    plan, task = toys.begin(task, depths=(1, 2), width=8, max_steps=60)
    return "\n".join(planned.planned_lines(plan, estimate(plan, task, 2))), plan, task


def test_the_worst_case_is_that_of_the_plan(made: tuple[str, Plan, Task]) -> None:
    _, plan, task = made
    one, two = estimate(plan, task, 1), estimate(plan, task, 2)
    assert one.worst_flops == two.worst_flops
    sure = plan.sure_seeds
    seeds = sure or plan.looks[-1]
    planned = ladder.worst_case(plan.ladders, plan.cells, seeds, plan.folds, not sure)
    usual = limits.SPENT if sure else 1.0  # of the seeds that are sure: most nets end early
    assert one.worst_flops == pytest.approx(sum(planned.values()) * usual)
    assert 0 < one.first_flops <= one.worst_flops
    assert 0 < one.first_seconds <= one.worst_seconds
    assert one.total_bytes == one.worker_bytes < two.total_bytes


def test_nets_on_a_gpu_are_timed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor plays the GPU; its memory is a line more."""
    task = TASKS["table"]
    plan, task = toys.begin(task, depths=(1,), width=8, max_steps=60)
    monkeypatch.setattr(backends, "device", lambda name: torch.device("cpu"))
    found = estimate(plan, task, 2, "cuda")
    assert found.first_seconds > 0
    assert found.gpu_bytes == memory.gpu_memory(plan, task)
    assert "Memory of the GPU" in "\n".join(planned.planned_lines(plan, found))


@pytest.mark.parametrize("wait", [0.002, 0.01])
def test_a_busy_machine_makes_no_difference(monkeypatch: pytest.MonkeyPatch, wait: float) -> None:
    """Where others have the core the clock goes on, and nothing is trained the while."""
    task = TASKS["table"]
    plan, task = toys.begin(task, depths=(1,), width=8, max_steps=60)
    free = estimate(plan, task, 1)
    train = loop.train

    def waiting(group: Group, *more: Any) -> object:
        assert group.recipe is not None
        time.sleep(wait * group.recipe.max_steps)
        return train(group, *more)

    monkeypatch.setattr(loop, "train", waiting)
    begun = time.perf_counter()
    busy = estimate(plan, task, 1)
    assert time.perf_counter() - begun > wait * sum(SPEED_STEPS)
    assert busy.first_seconds < 4 * free.first_seconds


def test_the_lines_say_rows_seeds_time_operations_and_memory(made: tuple[str, Plan, Task]) -> None:
    text, plan, _ = made
    for words in (
        f"{plan.train_rows:,} training rows",
        "2 cores with nothing else to do",
        "allowance",
        "Memory",
    ):
        assert words in text


def test_a_dry_run_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["run", "linear", "--depths", "0,1", "--rows", "500", "--dry-run"]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.output
    assert "500 of" in done.output
    assert "resmlp" in done.output
    assert not list(tmp_path.iterdir())
