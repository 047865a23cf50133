"""Every depth with nine learning rates and 20 seeds, by howdeep's engine on two processes."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from howdeep.base.trials import Member, Result
from howdeep.executors.processes import Processes
from howdeep.judge.cut import NetRequest, cut
from searches import Answer
from searches.problem import load

NEEDS: tuple[str, ...] = ()
EXPONENTS = tuple(range(-11, -2))  # of two; deep nets want the small ones, linear ones the large
SEEDS = 20


def search(name: str, repeat: int, seeds: int = SEEDS) -> Answer:
    """The depth and rate with the best mean validation score; of its nets the best one."""
    problem = load(name, repeat)
    members = tuple(Member(seed, (rate,)) for rate in EXPONENTS for seed in range(seeds))
    jobs = [NetRequest(cell.name, cell.rung, cell.cost, members) for cell in problem.cells]
    groups = cut(problem.plan, "main", jobs)
    found: dict[tuple[str, int], list[Result]] = defaultdict(list)
    engine = Processes(2)
    try:
        for outcome in engine(groups, problem.task):
            for result in outcome.results:
                kept = {"test": result.arrays["test"].mean()}
                small = Result(result.trial, {k: np.asarray(v) for k, v in kept.items()})
                found[result.trial.cell, result.trial.rates[0]].append(small)
    finally:
        engine.close()
    cell, _ = best = max(found, key=lambda key: _mean(found[key]))
    chosen = max(found[best], key=lambda result: _mean([result]))
    layers = next(c.cost.weight_layers for c in problem.cells if c.name == cell)
    every = [result.trial for some in found.values() for result in some]
    return Answer(
        cell,
        (layers, layers, layers),
        float(chosen.arrays["test"]),
        len(every),
        sum(trial.flops for trial in every),
    )


def _mean(results: list[Result]) -> float:
    """Validation accuracy; a net that diverged has none."""
    return float(np.mean([r.trial.val[0] or 0.0 for r in results]))
