"""What the loop tells its audience, one noun per occasion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from howdeep.base.nouns import Plan
from howdeep.base.trials import Group, Round, Trial
from howdeep.base.verdicts import Standing, Verdict


@dataclass(frozen=True)
class Started:
    plan: Plan
    study: str
    resumed: bool


@dataclass(frozen=True)
class RoundStarted:
    """A round begins, or goes on after an interruption."""

    number: int
    round: Round
    done: int  # of them, already on disk
    flops: float  # worst case of the rest


@dataclass(frozen=True)
class GroupDone:
    group: Group
    trials: tuple[Trial, ...]
    seconds: float
    state: Literal["done", "lost", "failed"] = "done"
    reason: str = ""


@dataclass(frozen=True)
class Looked:
    standing: Standing


@dataclass(frozen=True)
class Finished:
    verdict: Verdict


Event = Started | RoundStarted | GroupDone | Looked | Finished
