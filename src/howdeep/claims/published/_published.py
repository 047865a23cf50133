"""`Published`: numbers from a paper or a page, and the experiment that measures them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from howdeep.base import keys
from howdeep.claims._claim import Measured

if TYPE_CHECKING:
    from howdeep.claims._lab import Lab


@dataclass(frozen=True)
class Target:
    """One published number, in `unit`; ours is the mean of the effect of this name.

    `how`: "near", within the tolerance to either side; "at_least" or "at_most", beyond it by no
    more than the tolerance on the wrong side.
    """

    name: str
    published: float
    tolerance: float
    unit: str = ""
    how: Literal["near", "at_least", "at_most"] = "near"


@dataclass(frozen=True)
class Published:
    """A table of numbers with its source, and what measures them: effects by the targets' names.

    `departs`: what is known to differ from the source, in a sentence; "" where nothing is.
    """

    title: str
    source: str
    targets: tuple[Target, ...]
    measure: Callable[[Lab], Measured]
    order: int
    needs: tuple[str, ...] = ()
    alone: bool = False
    departs: str = ""


@dataclass(frozen=True)
class Line:
    """A target with what was measured: the mean over seeds, and whether it is as published."""

    target: Target
    ours: float
    seeds: int
    passed: bool


def lines(table: Published, measured: Measured) -> tuple[Line, ...]:
    """Each target of a table next to what was measured.

    Raises:
        KeyError: the experiment lacks a target.
    """
    found = []
    for target in table.targets:
        values = measured.effects[target.name].values
        ours = float(np.mean(values))
        over = ours - target.published
        low, high = over >= -target.tolerance, over <= target.tolerance
        passed = {"near": low and high, "at_least": low, "at_most": high}[target.how]
        found.append(Line(target, ours, len(values), passed))
    return tuple(found)


def criterion(table: Published) -> str:
    """The hash of what decides a table."""
    return keys.digest({"targets": table.targets})
