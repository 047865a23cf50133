"""Cutting a round into groups, from estimated FLOPs alone: never from workers, memory or speed.

A trial's key includes its group, so that the cut has to be the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from howdeep.base import limits
from howdeep.base.naming import group_key
from howdeep.base.nouns import Cost, Model, Plan, Recipe, Rung, Stage
from howdeep.base.trials import Group, Member
from howdeep.nets import ladder


@dataclass(frozen=True)
class NetRequest:
    """Nets of one rung that a round asks for, in the order in which they are cut.

    `longer`: how many times the recipe's steps they are given at most; `most`: how many of them
    may be in one group.
    """

    cell: str
    rung: Rung
    cost: Cost
    members: tuple[Member, ...]
    longer: int = 1
    most: int = limits.MAX_NETS_IN_GROUP


def worst_flops(plan: Plan, group: Group) -> float:
    """Worst-case training FLOPs of a group of this plan; of a classical model those of its time."""
    if isinstance(group.rung, Model):
        return group.rung.work * limits.RIVAL_FLOPS
    cell = plan.cell(group.cell)
    cost = cell.cost if group.rung == cell.rung else ladder.cost(group.rung)
    folds = len(group.members[0].rates)
    return ladder.net_flops(cost, group.how, folds) * len(group.members)


def cut(plan: Plan, stage: Stage, jobs: Sequence[NetRequest]) -> tuple[Group, ...]:
    """Groups of nets of one rung, the most expensive first so that workers end together.

    A group costs its nets' FLOPs and, once, its layers' calls. No group exceeds an eighth of the
    round (unless one net alone does, or the calls are still more than half of it: fusing small
    nets is nearly free), nor half of the nets of a round of one rung, nor 16 fused nets, a member
    being one net per fold, nor two members of convolutions.
    """
    costs = [_cost(plan, stage, job) for job in jobs]
    total = math.fsum(c.calls + c.net * len(j.members) for c, j in zip(costs, jobs, strict=True))
    groups = []
    for cost, job in zip(costs, jobs, strict=True):
        room = max(total * limits.GROUP_SHARE_OF_ROUND - cost.calls, cost.calls)
        most = math.ceil(len(job.members) / 2) if len(jobs) == 1 else len(job.members)
        together = most_members(folds_of(plan, stage, job.cell), job.cost)
        most = min(most, job.most, together)
        size = min(max(int(room / cost.net), 1), most)
        for members in _evenly(job.members, size):
            group = Group(
                stage=stage,
                cell=job.cell,
                rung=job.rung,
                members=members,
                fingerprint=plan.task.fingerprint,
                recipe=recipe(plan, stage, job.cell, job.longer),
                seed=plan.seed,
            )
            groups.append((-cost.calls - cost.net * len(members), group_key(group), group))
    return tuple(group for _, _, group in sorted(groups, key=lambda g: g[:2]))


def folds_of(plan: Plan, stage: Stage, cell: str) -> int:
    """In how many folds the members of a stage are trained: fewer where rates are tried."""
    search = plan.ladder(plan.cell(cell)).search
    few = search.folds if stage in ("rate", "control_rate") else 0
    return min(few or plan.folds, plan.folds)


def most_members(folds: int, cost: Cost) -> int:
    """Members of one group at most: convolutions gain nothing from company but memory's want."""
    return 1 if cost.receptive_field else max(limits.MAX_NETS_IN_GROUP // folds, 1)


@dataclass(frozen=True)
class _Cost:
    """Worst-case FLOPs of one member, and what the calls of any group cost, in FLOPs."""

    net: float
    calls: float


def _cost(plan: Plan, stage: Stage, job: NetRequest) -> _Cost:
    how = recipe(plan, stage, job.cell, job.longer)
    net = ladder.net_flops(job.cost, how, folds_of(plan, stage, job.cell))
    return _Cost(net, limits.CALL_FLOPS * job.cost.weight_layers * how.max_steps)


def recipe(plan: Plan, stage: Stage, cell: str, longer: int = 1) -> Recipe:
    """How the nets of a cell are trained in a stage: shorter where rates are tried."""
    ladder = plan.ladder(plan.cell(cell))
    share = ladder.search.steps if stage in ("rate", "control_rate") else 1.0
    return ladder.recipe.shorter(share).longer(longer)


def _evenly(members: tuple[Member, ...], size: int) -> list[tuple[Member, ...]]:
    """Runs of at most `size` members whose lengths differ by one at most."""
    pieces = math.ceil(len(members) / size)
    ends = [len(members) * i // pieces for i in range(pieces + 1)]
    return [members[a:b] for a, b in pairwise(ends)]
