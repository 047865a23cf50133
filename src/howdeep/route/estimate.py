"""What a plan will take before anything is trained: operations, time on this machine, memory.

The time is shown to people and decides nothing. It comes from training the plan's own nets for a
few steps here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from howdeep.base.nouns import Cell, Estimate, Plan, Recipe
from howdeep.base.trials import Group, Member
from howdeep.data.task import Task
from howdeep.route.memory import memory
from howdeep.training import evaluate, fused, ladder
from howdeep.training.encoded import EncodedFold, encoded

SPEED_STEPS = (10, 40)


def estimate(plan: Plan, task: Task, jobs: int) -> Estimate:
    """What `plan` takes on `jobs` processes; trains some of its nets for a few steps to tell."""
    data = encoded(task)
    families = {cell.rung.family for cell in plan.cells}
    speed = {name: _speed(plan, task, data, _middle(plan, name)) for name in sorted(families)}
    first = worst = first_s = worst_s = 0.0
    for cell, early, late in _nets(plan):
        recipe = plan.ladder(cell).recipe
        once = ladder.net_flops(cell.cost, recipe, plan.folds)
        seconds = (once + _scoring(plan, task, cell, recipe)) / speed[cell.rung.family] / jobs
        first, worst = first + early * once, worst + late * once
        first_s, worst_s = first_s + early * seconds, worst_s + late * seconds
    deepest = max(plan.cells, key=lambda cell: cell.cost.flops)
    rivals = sum(model.work for model in plan.rivals) / 1e9 / jobs  # at most; usually a third
    first_s, worst_s = first_s + rivals / 3, worst_s + rivals
    own = plan.ladder(deepest)
    control = plan.looks[-1] + ladder.WALK * own.search.tuning_seeds * own.search.steps
    once = ladder.net_flops(deepest.cost, own.recipe, plan.folds)
    worst += control * once
    worst_s += control * once / speed[deepest.rung.family] / jobs
    worker, total = memory(plan, task, jobs)
    return Estimate(jobs, first, worst, first_s, worst_s, worker, total)


def _nets(plan: Plan) -> Iterator[tuple[Cell, float, float]]:
    """(cell, nets until the first look, nets at worst): rate searches and seeds.

    An extension counts at worst only, as `ladder.worst_case` says.
    """
    for cell in plan.cells:
        own = plan.ladder(cell)
        tried = ladder.rates_tried(own, cell.blocks) * own.search.tuning_seeds * own.search.steps
        first = plan.first(cell)
        yield cell, (tried + plan.looks[0]) * first, tried + plan.looks[-1]


def _scoring(plan: Plan, task: Task, cell: Cell, recipe: Recipe) -> float:
    """FLOPs of all evaluations of one net: as it trains on validation rows, once on the rest."""
    fold = task.folds[0]
    looked_at = sum(len(view.choose) for view in fold.views) + evaluate.TRAIN_SAMPLE
    scored = len(fold.views) * len(task.test) + sum(len(view.score) for view in fold.views)
    rows = looked_at * recipe.max_steps / recipe.evaluate_every + scored
    return cell.cost.flops * rows * plan.folds


def _middle(plan: Plan, family: str) -> Cell:
    """A cell of middling cost, for all of a family."""
    own = [c for c in plan.cells if c.rung.family == family and c.blocks]
    return sorted(own, key=lambda cell: cell.cost.flops)[len(own) // 2]


def _speed(plan: Plan, task: Task, data: tuple[EncodedFold, ...], cell: Cell) -> float:
    """FLOPs a second of this cell's nets on one core of this machine, now."""
    ladder_ = plan.ladder(cell)
    rate = sorted(ladder_.search.grid)[len(ladder_.search.grid) // 2]
    nets = tuple(Member(seed, (rate,) * plan.folds) for seed in range(3))
    seconds = []
    for steps in SPEED_STEPS:
        how = replace(ladder_.recipe, max_steps=steps, evaluate_every=steps)
        group = Group("rate", cell.name, cell.rung, nets, "", how, 0)
        begun = time.perf_counter()
        fused.train(group, task, data)
        seconds.append(time.perf_counter() - begun)
    how = replace(ladder_.recipe, max_steps=SPEED_STEPS[1] - SPEED_STEPS[0])
    flops = ladder.net_flops(cell.cost, how, plan.folds) * len(nets)
    return flops / max(seconds[1] - seconds[0], 1e-3)
