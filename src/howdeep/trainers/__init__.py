"""What fits candidates, a folder each: `fused` nets, `classical` models; and what others bring.

A folder holds `TRAINER`, a `Trainer`, in its `__init__.py`; another package registers one by an
entry point of the group `howdeep.trainers`. Nothing heavy is imported before a
trainer fits something.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

from howdeep.base import registry
from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Candidate, Model
from howdeep.base.registry import Registry
from howdeep.data.task import Task
from howdeep.trainers._trainer import Notes, Trainer

__all__ = ["NETS", "Notes", "Trainer", "models", "names", "offered", "trainer", "trainer_of"]

NETS = "fused"  # the trainer of rungs


REGISTRY = Registry[Trainer](
    kind="trainer",
    folder=__name__,
    attribute="TRAINER",
    group="howdeep.trainers",
    fits=lambda found: isinstance(found, Trainer),
    folders=True,
)


def names() -> tuple[str, ...]:
    """The trainers there are: the folders next to this file, and what other packages bring.

    >>> names()
    ('classical', 'fused')
    """
    return registry.names(REGISTRY)


def trainer(name: str) -> Trainer:
    """A trainer by its name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def trainer_of(candidate: Candidate) -> Trainer:
    """What fits a candidate: a model names its trainer, rungs are nets."""
    return trainer(candidate.trainer if isinstance(candidate, Model) else NETS)


def offered() -> dict[str, Trainer]:
    """All models that can be asked for, each with its trainer.

    >>> offered()["boosting"].name
    'classical'
    """
    return {model: own for own in _all() for model in own.names()}


def _all() -> list[Trainer]:
    found = []
    for name in names():
        with suppress(ConfigError):  # of another package, which is told of when it is asked for
            found.append(trainer(name))
    return found


def models(
    task: Task,
    wanted: Sequence[str] | None = None,
    work: float | None = None,
    nets_flops: float = math.inf,
) -> tuple[tuple[Model, ...], Notes]:
    """What to fit to a task next to the nets, and notes: `Trainer.models` of each trainer asked.

    `wanted` None are those that each trainer fits as a rule.

    Raises:
        ConfigError: something has to be installed for a model that was asked for.
    """
    known = offered()
    usual = [name for own in _all() for name in own.usual()]
    asked = usual if wanted is None else list(dict.fromkeys(wanted))
    for name in asked:
        if fix := known[name].missing(name):
            raise ConfigError(f"{name}: what it needs is not installed", fix)
    found: list[Model] = []
    notes: list[tuple[str, str]] = []
    for own in {known[name].name: known[name] for name in asked}.values():
        mine = [name for name in asked if known[name] is own]
        if own.models is not None and mine:
            more, said = own.models(task, mine, work, nets_flops)
            found += more
            notes += said
    return tuple(found), tuple(notes)
