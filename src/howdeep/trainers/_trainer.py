"""`Trainer`: what fits candidates, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from howdeep.base.nouns import Model
from howdeep.base.trials import Group, Result
from howdeep.data.task import Task

Notes = tuple[tuple[str, str], ...]  # what was left out or made smaller: (what, says)


class Fit(Protocol):
    """Fits one group on a task."""

    def __call__(self, group: Group, task: Task, data: Any, /) -> tuple[Result, ...]:
        """One result a member, in their order; the same bits wherever and whenever it is called.

        `data`: the encoded rows of the task (`fused.encoded`), which only nets need.

        Raises:
            MemoryError, RuntimeError, ValueError, ArithmeticError: what the libraries raise.
        """


class Offer(Protocol):
    """Says which models a task is fitted with."""

    def __call__(
        self, task: Task, wanted: Sequence[str], work: float | None, nets_flops: float, /
    ) -> tuple[tuple[Model, ...], Notes]:
        """Those `wanted` that suit the task, and notes on what was left out or made smaller.

        In all they take at most `work` nanoseconds of one core (None: `limits.RIVALS_WORK`), and no
        more than the nets, which take `nets_flops`.
        """


@dataclass(frozen=True)
class Trainer:
    """One way of fitting candidates: nets fused into one program, classical models, one's own.

    `names()`: the models that it can be asked for, `usual()`: those of them that are fitted where
    none is named, and `models`: as they suit a task; none where its candidates are the rungs of the
    ladder. `missing(name)`: what is to be
    installed before a model can be fitted, as a fix; empty where nothing is. `module(name)`: where
    the class stands that a trial's `Chosen.code` calls; empty where the call needs no import.
    `on_device`: whether it trains where the study's nets do, as on a GPU. `optional`: whether a
    group that cannot be fitted is lost by itself; where it is not, it ends the study.
    """

    name: str
    fit: Fit
    names: Callable[[], tuple[str, ...]] = tuple
    usual: Callable[[], tuple[str, ...]] = tuple
    models: Offer | None = None
    missing: Callable[[str], str] = lambda name: ""
    module: Callable[[str], str] = lambda name: ""
    on_device: bool = False
    optional: bool = True
