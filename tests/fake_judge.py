"""A stand-in for the judge: drops, extends, goes on and concludes by plain means.

It reads every row it decides on through `rows`, as the judge does, so that damaged or missing
arrays show in its verdict; its digest covers every trial of every stage.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from howdeep.base import keys
from howdeep.base.nouns import Plan
from howdeep.base.trials import Trial
from howdeep.base.verdicts import CellRef, CellStanding, Standing, Verdict


def look(plan: Plan, trials: Sequence[Trial], rows: Any) -> Standing:
    """Cells more than 0.05 below the best are dropped; ends at the last look."""
    means, seeds = {}, {}
    for cell in plan.cells:
        mine = [t for t in trials if t.stage == "main" and t.cell == cell.name]
        if mine:
            seeds[cell.name] = len(mine)
            means[cell.name] = float(np.mean([rows.trial(t, "select").mean() for t in mine]))
    n, best = max(seeds.values()), max(means.values())
    alive = {name for name in means if seeds[name] == n and means[name] > best - 0.05}
    cells = []
    for cell in plan.cells:
        state = "waiting" if cell.name not in seeds else "dropped"
        state = "alive" if cell.name in alive else state
        mean = means.get(cell.name, 0.0)
        ref, count = CellRef.of(cell), seeds.get(cell.name, 0)
        cells.append(CellStanding(ref, count, mean, mean - best, 0.0, 0.0, 0.0, state))  # type: ignore[arg-type]
    at = plan.looks.index(n)
    extend = _extension(plan, means, best)
    next = "extend" if extend else "stop" if n == plan.looks[-1] else "look"
    enough = next_enough = min(alive, key=lambda name: plan.cell(name).order)
    return Standing(at, n, tuple(cells), enough, next_enough, False, next, extend, control=n)  # type: ignore[arg-type]


def _extension(plan: Plan, means: dict[str, float], best: float) -> tuple[str, ...]:
    out = []
    for family in plan.families:
        names = [c.name for c in plan.cells if c.family == family]
        trained = [name for name in names if name in means]
        waiting = [name for name in names if name not in means]
        if waiting and means[trained[-1]] == best:
            out.append(waiting[0])
    return tuple(out)


def conclude(
    plan: Plan, trials: Sequence[Trial], rows: Any, *, stopped_by: str = "", mixed: bool = False
) -> Verdict:
    """A verdict whose digest covers trials and row scores."""
    last = look(plan, trials, rows)
    scored = [t for t in trials if t.stage in ("main", "control")]
    total = sum(float(rows.trial(t, part).sum()) for t in scored for part in ("select", "test"))
    cell = plan.cell(last.enough)
    verdict = Verdict(
        status="recommended",
        family=cell.family,
        blocks=cell.blocks,
        weight_layers=cell.cost.weight_layers,
        parameters=cell.cost.parameters,
        enough=CellRef.of(cell),
        at_least=None,
        settled=False,
        epsilon=plan.epsilon,
        confidence=plan.confidence,
        metric=plan.task.metric,
        seeds=last.seeds,
        looks=plan.looks[: last.look + 1],
        cells=(),
        candidates=(),
        price=(),
        diminishing=None,
        families=(),
        families_disagree=False,
        control=None,
        control_why="",
        budget_limited=False,
        to_settle=None,
        resolvable=None,
        constant=float(rows.constant("select").mean()),
        plain=None,
        test_score=None,
        stopped_by=stopped_by,
        notes=(keys.digest([(t.key, t.blob, t.val) for t in trials]), repr(total)),
    )
    return dataclasses.replace(verdict, digest=keys.digest(verdict))
