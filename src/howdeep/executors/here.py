"""The simplest engine: this process, one group after another."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from howdeep.base.trials import Group, Outcome
from howdeep.data.task import Task
from howdeep.training import classical
from howdeep.training.encoded import EncodedFold, encoded
from howdeep.training.fused import train


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
        rival = group.stage == "rival"
        results = classical.fit(group, task) if rival else train(group, task, data)
    except MemoryError as error:
        return Outcome(group, "lost", reason=f"out of memory: {str(error)[:200]}")
    except (ValueError, ArithmeticError) as error:
        if group.stage != "rival":
            raise
        return Outcome(group, "lost", reason=str(error)[:200])  # what a library refuses
    return Outcome(group, "done", results, seconds=time.monotonic() - began)
