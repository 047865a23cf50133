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
from howdeep.base.nouns import Cost, Group, Member, Plan, Rung, Stage


@dataclass(frozen=True)
class Job:
    """Nets of one rung that a round asks for, in the order in which they are cut."""

    cell: str
    rung: Rung
    cost: Cost
    members: tuple[Member, ...]


def worst_flops(plan: Plan, group: Group) -> float:
    """Worst-case training FLOPs of a group of this plan."""
    from howdeep.training import ladder  # here, because it imports torch

    cell = plan.cell(group.cell)
    cost = cell.cost if group.rung == cell.rung else ladder.cost(group.rung)
    return ladder.net_flops(cost, group.recipe, plan.folds) * len(group.members)


def cut(plan: Plan, stage: Stage, jobs: Sequence[Job]) -> tuple[Group, ...]:
    """Groups of nets of one rung, the most expensive first so that workers end together.

    No group exceeds an eighth of the round's FLOPs (unless one net alone does), nor 16 fused
    nets, a member being one net per fold.
    """
    from howdeep.training import ladder  # here, because it imports torch

    each = [ladder.net_flops(job.cost, plan.recipe, plan.folds) for job in jobs]
    total = math.fsum(e * len(job.members) for e, job in zip(each, jobs, strict=True))
    most = max(limits.MAX_NETS_IN_GROUP // plan.folds, 1)
    groups = []
    for flops, job in zip(each, jobs, strict=True):
        size = min(max(int(total * limits.GROUP_SHARE_OF_ROUND / flops), 1), most)
        for members in _evenly(job.members, size):
            group = Group(
                stage=stage,
                cell=job.cell,
                rung=job.rung,
                members=members,
                fingerprint=plan.task.fingerprint,
                recipe=plan.recipe,
                seed=plan.seed,
            )
            groups.append((-flops * len(members), group_key(group), group))
    return tuple(group for _, _, group in sorted(groups, key=lambda g: g[:2]))


def _evenly(members: tuple[Member, ...], size: int) -> list[tuple[Member, ...]]:
    """Runs of at most `size` members whose lengths differ by one at most."""
    pieces = math.ceil(len(members) / size)
    ends = [len(members) * i // pieces for i in range(pieces + 1)]
    return [members[a:b] for a, b in pairwise(ends)]
