"""What the experiments are made on: nets that the study has, and nets that are trained for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Cell, Plan
from howdeep.base.trials import Group, Member, Result, Trial
from howdeep.data.task import Task
from howdeep.executors import Executor
from howdeep.judge.cut import NetRequest, cut, worst_flops
from howdeep.route.stored_scores import StoredScores
from howdeep.store.study import Study

Tell = Callable[[str, float], None]  # what is trained, and the share of the operations spent


@dataclass(frozen=True, eq=False)
class Net:
    """What is known of one seed of a rung (in folds: of its nets).

    `rates`: exponents of two by fold; `select`: its row scores (N,) on rows that chose nothing;
    `val`: its score on the rows that chose its checkpoint; `train`: on training rows, if known.
    """

    seed: int
    rates: tuple[int, ...]
    select: NDArray[np.float64]
    val: float
    train: float | None

    @property
    def score(self) -> float:
        """Its mean over rows."""
        return float(self.select.mean())


class Bench:
    """Trains groups within an allowance of operations (FLOPs), and knows the study's nets."""

    def __init__(
        self, study: Study, plan: Plan, task: Task, executor: Executor, allowed: float, tell: Tell
    ) -> None:
        self.plan, self.task, self.executor, self.tell = plan, task, executor, tell
        self.stored = StoredScores(study, task)
        self.whole, self.allowed, self.spent = allowed, allowed, 0.0

    def have(self, trials: Sequence[Trial]) -> list[Net]:
        """Nets of the study, in order of seed."""
        found = [_net(trial, self.stored.trial(trial, "select")) for trial in trials]
        return sorted(found, key=lambda net: net.seed)

    def train(
        self,
        cell: Cell,
        rates: dict[int, tuple[int, ...]],
        cap: int,
        what: str,
        longer: int = 1,
    ) -> list[Net] | None:
        """Nets of a cell by seed at these `rates`, as the study's are made.

        `cap`: the steps at most of the study's (0: the recipe's); `longer` gives so many times
        those and the patience. None where the allowance does not reach.
        """
        groups = self._groups(cell, rates, cap, longer)
        if self.spent + sum(worst_flops(self.plan, group) for group in groups) > self.allowed:
            return None
        self.tell(f"{cell.name}: {what}", self.spent / self.whole)
        done: list[Result] = []
        for outcome in self.executor(groups, self.task):
            done += outcome.results
        self.spent += sum(result.trial.flops for result in done)
        nets = [_net(one.trial, one.arrays["select"]) for one in done]
        return sorted(nets, key=lambda net: net.seed)

    def _groups(
        self, cell: Cell, rates: dict[int, tuple[int, ...]], cap: int, longer: int
    ) -> tuple[Group, ...]:
        members = tuple(Member(seed, own) for seed, own in sorted(rates.items()))
        recipe = self.plan.ladder(cell).recipe
        had = max(1, round(cap / recipe.max_steps))
        request = NetRequest(cell.name, cell.rung, cell.cost, members, had * longer)
        found = cut(self.plan, "main", (request,))
        if longer == 1:
            return found
        patient = [replace(g.how, patience=g.how.patience * longer) for g in found]
        return tuple(replace(g, recipe=how) for g, how in zip(found, patient, strict=True))


def _net(trial: Trial, select: NDArray[np.floating]) -> Net:
    scored = zip(trial.val, trial.floor, strict=True)
    trained = [value for value in trial.train if value is not None]
    return Net(
        trial.seed,
        trial.rates,
        np.asarray(select, dtype=np.float64),
        float(np.mean([floor if value is None else value for value, floor in scored])),
        sum(trained) / len(trained) if trained else None,
    )
