"""Nets, many of them fused into one tensor program with a leading axis: `loop` is the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from howdeep.base.trials import Group, Result
from howdeep.data.task import Task
from howdeep.trainers._trainer import Trainer

if TYPE_CHECKING:
    from howdeep.trainers.fused.encoded import EncodedFold


def fit(group: Group, task: Task, data: Sequence[EncodedFold]) -> tuple[Result, ...]:
    """Train the nets of a group: `loop.train`."""
    from howdeep.trainers.fused import loop  # late: it loads torch

    return loop.train(group, task, data)


TRAINER = Trainer("fused", fit, on_device=True, optional=False)
