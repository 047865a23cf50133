"""What a plan will take before anything is trained: operations, time on this machine, memory.

The time is shown to people and decides nothing. It comes from training the plan's own nets for a
few steps here, in seconds of the processor: what else the machine is busy with does not count, so
that the estimate holds for cores that are free.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import torch

from howdeep.base.nouns import Estimate, Ladder, Plan
from howdeep.base.trials import Group, Member
from howdeep.data.task import Task
from howdeep.judge.cut import most_members
from howdeep.nets import families, ladder
from howdeep.route.memory import gpu_memory, memory
from howdeep.trainers.fused import backends, evaluate, loop, static
from howdeep.trainers.fused.encoded import encoded, of_encoding, placed

SPEED_STEPS = (10, 40)
TIMES = 2  # each is timed, of which the quicker counts: the first also warms up
MEMBERS = 3  # timed together, where a study trains as many together


def estimate(plan: Plan, task: Task, jobs: int, device: str = backends.CPU) -> Estimate:
    """What `plan` takes on `jobs` processes, or with its nets on a GPU.

    Trains some of its nets for a few steps to tell.

    Raises:
        ConfigError: there is no such device here.
    """
    there = backends.device(device)
    gpu = device != backends.CPU
    train = _on_a_gpu(task, there) if gpu else _here(task)
    at_a_time = 1 if gpu else jobs
    first = _until_the_first_look(plan)
    seeds = plan.sure_seeds or plan.looks[-1]
    worst = ladder.worst_case(plan.ladders, plan.cells, seeds, plan.folds, not plan.sure_seeds)
    usual = plan.flops_planned / sum(worst.values())
    pace = {
        own.family: (1 + _scoring(plan, task, own))
        / _speed(plan, train, own.family, time.perf_counter if gpu else time.process_time)
        / at_a_time
        for own in plan.ladders
    }
    rivals = sum(model.work for model in plan.rivals) / 1e9 / jobs
    worker, total = memory(plan, task, jobs)
    return Estimate(
        jobs=jobs,
        first_flops=sum(first.values()) * usual,
        worst_flops=plan.flops_planned,
        first_seconds=sum(first[name] * pace[name] for name in pace) * usual + rivals,
        worst_seconds=sum(worst[name] * pace[name] for name in pace) * usual + rivals,
        worker_bytes=worker,
        total_bytes=total,
        gpu_bytes=gpu_memory(plan, task) if gpu else None,
    )


Train = Callable[[Group], object]


def _here(task: Task) -> Train:
    data = encoded(task)
    return lambda group: loop.train(group, task, data)


def _on_a_gpu(task: Task, gpu: torch.device) -> Train:
    data = placed(of_encoding(task, encoded(task)), gpu)
    return lambda group: static.train(group, task, data)


def _until_the_first_look(plan: Plan) -> dict[str, float]:
    """FLOPs by family."""
    flops = dict.fromkeys((own.family for own in plan.ladders), 0.0)
    for cell in plan.cells:
        own = plan.ladder(cell)
        nets = ladder.nets(own, cell.blocks, plan.looks[0], plan.folds) * plan.first(cell)
        flops[own.family] += nets * ladder.net_flops(cell.cost, own.recipe, plan.folds)
    return flops


def _scoring(plan: Plan, task: Task, own: Ladder) -> float:
    """All evaluations of a net as a share of its training, which is three forwards a row."""
    fold, recipe = task.folds[0], own.recipe
    seldom = families.family(own.family).calibrate is None  # else each look measures on these rows
    trained = evaluate.TRAIN_SAMPLE / (evaluate.TRAIN_EVERY if seldom else 1)
    looked_at = sum(len(view.choose) for view in fold.views) + trained
    scored = len(fold.views) * len(task.test) + sum(len(view.score) for view in fold.views)
    rows = looked_at * recipe.max_steps / recipe.evaluate_every + scored
    return rows / (3 * recipe.batch * recipe.max_steps)


def _speed(plan: Plan, train: Train, family: str, clock: Callable[[], float]) -> float:
    """FLOPs a second, as `clock` counts them, of this family's middling nets: on one core of this
    machine, or on its GPU.
    """
    every = [c for c in plan.cells if c.rung.family == family and c.blocks]
    cell = sorted(every, key=lambda cell: cell.cost.flops)[len(every) // 2]
    ladder_ = plan.ladder(cell)
    rate = sorted(ladder_.search.grid)[len(ladder_.search.grid) // 2]
    count = min(most_members(plan.folds, cell.cost), MEMBERS)
    nets = tuple(Member(seed, (rate,) * plan.folds) for seed in range(count))
    seconds = []
    for steps in SPEED_STEPS:
        how = replace(ladder_.recipe, max_steps=steps, evaluate_every=steps)
        group = Group("rate", cell.name, cell.rung, nets, "", how, 0)
        seconds.append(min(_timed(train, group, clock) for _ in range(TIMES)))
    how = replace(ladder_.recipe, max_steps=SPEED_STEPS[1] - SPEED_STEPS[0])
    flops = ladder.net_flops(cell.cost, how, plan.folds) * len(nets)
    return flops / max(seconds[1] - seconds[0], 1e-3)


def _timed(train: Train, group: Group, clock: Callable[[], float]) -> float:
    begun = clock()
    train(group)
    return clock() - begun
