"""A fake trainer and a tiny task: what the store, the planner and the loop are proved on.

A fake trial is a pure function of its key, like a real one, and it takes no time. Its truth is
planted: `SCORES` by blocks, minus a penalty that grows with the distance from the best rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from howdeep.base import keys
from howdeep.base.naming import group_key, trial_key
from howdeep.base.nouns import Cell, Cost, Inputs, Ladder, Plan, RateSearch, Recipe, Rung, TaskInfo
from howdeep.base.trials import Group, Member, Outcome, Result, Trial
from howdeep.data.task import Fold, Task, View
from howdeep.modalities.table.samples import CODES, NUMBERS, Names
from howdeep.nets import ladder

SCORES = {0: 0.70, 1: 0.80, 2: 0.93, 4: 0.93, 8: 0.93, 16: 0.93}
BEST_RATE = {0: -5, 1: -6, 2: -6, 4: -7, 8: -7, 16: -8}
PLATFORM = {"torch": "2.13", "numpy": "2.0", "threads": "1"}


def task(folds: int = 1, seed: int = 0) -> Task:
    """Two numeric columns, two classes; 600 rows for hold-out or 320 for folds."""
    rng = np.random.default_rng(seed)
    n = 600 if folds == 1 else 320
    numbers = rng.normal(size=(n, 2))
    numbers[3, 1] = np.nan
    target = (numbers[:, 0] > 0).astype(np.int64)
    rows = rng.permutation(n).astype(np.int64)
    if folds == 1:
        cut = (rows[:200], rows[200:280], rows[280:480], rows[480:])
        parts: tuple[Fold, ...] = (Fold(cut[0], (View(cut[1], cut[2]),), cut[0], cut[1]),)
        test = cut[3]
    else:
        test, rest = rows[:120], rows[120:]
        parts = tuple(_fold(rest, i, folds) for i in range(folds))
    info = TaskInfo(
        name="fake",
        fingerprint=keys.digest(["fake", folds, seed]),
        kind="classification",
        metric="accuracy",
        scheme="holdout" if folds == 1 else "folds",
        classes=("no", "yes"),
        target="y",
        features=(("a", "number"), ("b", "number")),
        rows=(("all", n), ("train", 200)),
        select_rows=200,
        test_rows=len(test),
        modality="table",
    )
    samples = {NUMBERS: numbers, CODES: np.zeros((n, 0), dtype=np.int64)}
    names = Names(("a", "b"), (), ())
    return Task(info, samples, target, None, parts, test, "standard", names)


def _fold(rest: np.ndarray, i: int, folds: int) -> Fold:
    held = rest[i::folds]
    train = np.setdiff1d(rest, held)
    half = len(held) // 2
    views = (View(held[:half], held[half:]), View(held[half:], held[:half]))
    return Fold(train, views, train[: len(train) // 2], train[len(train) // 2 :])


def cell(family: str, blocks: int) -> Cell:
    rung = Rung(family, blocks, 32, Inputs(2, 2, 2), 2)
    return Cell(rung, cost(rung))


def cost(rung: Rung) -> Cost:
    per = 2 if rung.family == "resmlp" else 1
    parameters = 2 + rung.blocks * per * (rung.width**2 + rung.width) + 2 * rung.width
    return Cost(1 + rung.blocks * per, parameters, 2.0 * parameters)


def matched(rung: Rung, parameters: int) -> Rung:
    """The rung with the width whose parameters come nearest to `parameters`."""
    options = [Rung(rung.family, rung.blocks, w, rung.inputs, rung.outputs) for w in range(8, 400)]
    return min(options, key=lambda r: abs(cost(r).parameters - parameters))


def net_flops(cost: Cost, recipe: Recipe, folds: int) -> float:
    return 3.0 * cost.flops * recipe.batch * recipe.max_steps * folds


def net_bytes(cost: Cost, width: int, batch: int) -> float:
    return 4.0 * (cost.parameters + width * cost.weight_layers)


LADDER = {"cost": cost, "matched": matched, "net_flops": net_flops, "net_bytes": net_bytes}


def install(put: Callable[[object, str, object], None] = setattr) -> None:
    """Let the planner ask `fake` instead of the ladder: no torch, so a quick start."""
    for name, value in LADDER.items():
        put(ladder, name, value)


def plan(
    families: Sequence[str] = ("resmlp",),
    depths: Sequence[int] = (0, 1, 2, 4),
    extend_to: int = 0,
    folds: int = 1,
    looks: Sequence[int] = (3, 5, 8),
    search: RateSearch | None = None,
    recipe: Recipe | None = None,
    **changes: object,
) -> Plan:
    """A plan over `depths` of `families`, extended by doubling to `extend_to` blocks."""
    search = search or RateSearch()
    recipe = recipe or Recipe(batch=50_000, max_steps=100, evaluate_every=25)  # worth cutting
    every = [d for d in depths if d]
    while extend_to and every[-1] * 2 <= extend_to:
        every.append(every[-1] * 2)
    cells = [cell(families[0], 0)] + [cell(f, d) for f in families for d in every]
    fields: dict[str, object] = {
        "task": task(folds).info,
        "seed": 0,
        "ladders": tuple(
            Ladder(f, tuple(depths), extend_to, 32, recipe, replace(search, transfers=f != "mlp"))
            for f in families
        ),
        "cells": tuple(sorted(cells, key=lambda c: c.order)),
        "epsilon": 0.01,
        "confidence": 0.95,
        "looks": tuple(looks),
        "spending": (0.1, 0.2, 0.7),
        "folds": folds,
        "tune_rows": 80,
        "allowance": 1e14,
        "flops_planned": 1e9,
        "train_rows": 200,
        "train_rows_full": 200,
        "version": "0.1.0",
    }
    return Plan(**(fields | changes))  # type: ignore[arg-type]


def truth(rung: Rung, rate: int, best: dict[int, int] | None = None) -> float:
    """The planted accuracy of a net."""
    distance = abs(rate - (best or BEST_RATE)[rung.blocks])
    return max(SCORES[rung.blocks] - 0.02 * distance**2, 0.5)


def trial(group: Group, index: int, best: dict[int, int] | None = None) -> Result:
    """The fake result of one member: scores drawn from its key around the planted truth."""
    member: Member = group.members[index]
    rng = np.random.default_rng(keys.seed_of("fake", trial_key(group, index)))
    scores = [truth(group.rung, rate, best) for rate in member.rates]
    val = tuple(round(s + float(rng.normal(0, 0.001)), 6) for s in scores)
    arrays = {"curve": rng.random((4, 3)).astype(np.float32)}
    if group.stage in ("main", "control"):
        hard = np.random.default_rng(1).random((2, 200))  # rows are as hard for every net
        noise = rng.normal(0, 0.02, (2, 200))
        right = (hard + noise < np.mean(scores)).astype(np.float32)
        arrays |= {"select": right[0], "test": right[1, :120]}
        if index == 0:
            arrays["net/w"] = rng.random((2, 2)).astype(np.float32)
    folds = len(member.rates)
    done = Trial(
        key=trial_key(group, index),
        group=group_key(group),
        stage=group.stage,
        cell=group.cell,
        rung=group.rung,
        seed=member.seed,
        rates=member.rates,
        val=val,
        tie=tuple(v - 1 for v in val),
        floor=(0.5,) * folds,
        train=val,
        steps=(100,) * folds,
        best_step=(75,) * folds,
        capped=0,
        nonfinite=0,
        flops=3 * cost(group.rung).flops * 6400 * folds,
    )
    return Result(done, arrays)


def train(group: Group, best: dict[int, int] | None = None) -> Outcome:
    """A whole group."""
    results = tuple(trial(group, i, best) for i in range(len(group.members)))
    return Outcome(group, "done", results, seconds=0.5)


def here(groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
    """A fake executor: one group after the other."""
    for group in groups:
        yield train(group)


def slowly(seconds: float) -> Callable[[Sequence[Group], Task], Iterator[Outcome]]:
    """A fake executor that sleeps before each group, to be killed in between."""

    def run(groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        for group in groups:
            time.sleep(seconds)
            yield train(group)

    return run


def group(
    stage: str = "main",
    blocks: int = 2,
    seeds: Sequence[int] = (0, 1),
    rate: int = -6,
    folds: int = 1,
) -> Group:
    """A group of the fake plan."""
    members = tuple(Member(seed, (rate,) * folds) for seed in seeds)
    at = cell("resmlp", blocks)
    base = plan(folds=folds)
    return Group(stage, at.name, at.rung, members, base.task.fingerprint, base.ladders[0].recipe, 0)  # type: ignore[arg-type]
