"""The simplest engine: this process, one group after another."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from howdeep.base.trials import Group, Outcome
from howdeep.data.task import Task
from howdeep.trainers import trainer_of
from howdeep.trainers.fused.encoded import EncodedFold, encoded

# What PyTorch's allocators say, and its libraries on a GPU; on a CPU they raise a plain
# RuntimeError.
OUT_OF_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|STATUS_ALLOC_FAILED"
)


class Here:
    """Trains in this process; keeps the encoded task between rounds."""

    def __init__(self) -> None:
        self._kept: tuple[Task, tuple[EncodedFold, ...]] | None = None

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        """One `Outcome` per group, in order."""
        if self._kept is None or self._kept[0] is not task:
            self._kept = (task, encoded(task))
        for group in groups:
            yield outcome(group, task, self._kept[1])

    def close(self) -> None:
        """Nothing to close."""


def outcome(group: Group, task: Task, data: tuple[EncodedFold, ...]) -> Outcome:
    """Train one group; what cannot be done loses the group, not the study."""
    began = time.monotonic()
    try:
        results = trainer_of(group.rung).fit(group, task, data)
    except (MemoryError, RuntimeError, ValueError, ArithmeticError) as error:
        return lost(group, error)
    return Outcome(group, "done", results, seconds=max(time.monotonic() - began, 0.0))


def lost(group: Group, error: Exception) -> Outcome:
    """A group that memory did not suffice for, or that a library refused; others are raised."""
    reason = str(error)[:200]
    if isinstance(error, MemoryError) or OUT_OF_MEMORY.search(reason):
        return Outcome(group, "lost", reason=f"out of memory: {reason}")
    if not trainer_of(group.rung).optional:
        raise error
    return Outcome(group, "lost", reason=reason)
