"""The simplest executor: this process, one group after another."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from howdeep.base.nouns import Model
from howdeep.base.trials import Group, Outcome
from howdeep.data.task import Task
from howdeep.executors._executor import Setup
from howdeep.trainers import trainer_of
from howdeep.trainers.fused import backends
from howdeep.trainers.fused.encoded import EncodedFold, encoded

# What PyTorch's allocators say, and its libraries on a GPU; on a CPU they raise a plain
# RuntimeError.
OUT_OF_MEMORY = re.compile(
    r"can't allocate memory|not enough memory|out of memory|STATUS_ALLOC_FAILED"
)
REFUSALS = (RuntimeError, ValueError, ArithmeticError)  # a library's, of data that it cannot fit
MOST = 200  # characters of an error


class Here:
    """Trains in this process; keeps the encoded task between rounds."""

    name = "here"

    def __init__(self) -> None:
        self._kept: tuple[Task, tuple[EncodedFold, ...]] | None = None

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        """One `Outcome` per group, in order."""
        if self._kept is None or self._kept[0] is not task:
            self._kept = (task, encoded(task))
        platform = backends.platform(backends.CPU)
        for group in groups:
            yield outcome(group, task, self._kept[1], platform)

    def close(self) -> None:
        """Nothing to close."""


def make(setup: Setup) -> Here:
    """One worker, which is this process."""
    return Here()


def outcome(
    group: Group,
    task: Task,
    data: Sequence[EncodedFold],
    platform: Mapping[str, str] | None = None,
) -> Outcome:
    """Train one group on this machine's processor; what cannot be done loses it, not the study.

    `data` is `encoded(task)`; `platform` this machine's, which takes milliseconds to find out.
    """
    began = time.monotonic()
    platform = dict(backends.platform(backends.CPU) if platform is None else platform)
    try:
        results = trainer_of(group.rung).fit(group, task, data)
    except Exception as error:
        return trouble(group, error, platform)
    seconds = max(time.monotonic() - began, 0.0)
    return Outcome(group, "done", results, seconds=seconds, platform=platform)


def trouble(group: Group, error: Exception, platform: dict[str, str]) -> Outcome:
    """A group that memory did not suffice for, or whose training raised another error."""
    reason = str(error)[:MOST]
    if isinstance(error, MemoryError) or OUT_OF_MEMORY.search(reason):
        return Outcome(group, "lost", reason=f"out of memory: {reason}", platform=platform)
    if isinstance(group.rung, Model) and isinstance(error, REFUSALS):
        return Outcome(group, "lost", reason=reason, platform=platform)
    reason = " ".join(f"{type(error).__name__}{_raised(error)}: {error}".split())[:MOST]
    return Outcome(group, "failed", reason=reason, platform=platform)


def _raised(error: Exception) -> str:
    """Where an error was raised, for whoever has to mend what raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    return f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
