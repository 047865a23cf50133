"""What is said of a rung that is deeper and worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from howdeep.base.verdicts import Interval

Name = Literal["optimisation", "generalisation", "budget", "learning_rate"]
Says = Literal["yes", "no", "unclear", "not tested"]
CAUSES: tuple[Name, ...] = ("optimisation", "generalisation", "budget", "learning_rate")


@dataclass(frozen=True)
class Cause:
    """One possible reason and what its experiment showed.

    `effect`: how much worse the deeper rung is for this reason, as a difference of scores: what it
    loses on training rows, what its gap is larger by, or what twice the steps or another rate win
    back. `seeds`: of the comparison. `why`: what was done, or why nothing was.
    """

    name: Name
    says: Says
    effect: Interval | None
    seeds: int
    why: str


@dataclass(frozen=True)
class Reason:
    """A rung that is deeper and worse than the best of its family, and why.

    `loss`: by how much it is worse on rows that chose nothing. `operations`: FLOPs of the
    experiments. The bounds of `loss` and of its causes hold together at `confidence`.
    """

    cell: str
    best: str
    loss: Interval
    causes: tuple[Cause, ...]
    confidence: float
    operations: float

    def cause(self, name: Name) -> Cause:
        """One of the four by name."""
        return next(cause for cause in self.causes if cause.name == name)
