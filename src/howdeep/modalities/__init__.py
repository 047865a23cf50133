"""Kinds of data, a folder each: `table`, `image`; and what other packages bring.

A folder holds `MODALITY`, a `Modality`, in its `__init__.py`, which imports nothing heavy, and four
files of functions, imported when they are needed (`_modality` has what each must have): `source`
(from what the user named to a task), `encode` (from samples to the inputs of nets), `classical`
(features for classical models) and `serve` (new rows, and the code handed over with a net).
Another package registers one by an entry point of the group `howdeep.modalities`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from howdeep.base import registry
from howdeep.base.nouns import TaskInfo
from howdeep.base.registry import Registry
from howdeep.modalities._modality import (
    Defaults,
    Encode,
    Modality,
    New,
    Read,
    Serve,
    Settings,
    refuse,
)

__all__ = [
    "Defaults",
    "Encode",
    "Modality",
    "New",
    "Read",
    "Serve",
    "Settings",
    "every",
    "hints",
    "modality",
    "names",
    "of",
    "refuse",
    "refuse_foreign",
]

REGISTRY = Registry[Modality](
    kind="modality",
    folder=__name__,
    attribute="MODALITY",
    group="howdeep.modalities",
    fits=lambda found: isinstance(found, Modality),
    folders=True,
)


def names() -> tuple[str, ...]:
    """The modalities there are: the folders next to this file, and what other packages bring.

    >>> names()
    ('image', 'table')
    """
    return registry.names(REGISTRY)


def modality(name: str) -> Modality:
    """A modality by its name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def of(info: TaskInfo) -> Modality:
    """The modality of a task's data."""
    return modality(info.modality)


def every() -> tuple[Modality, ...]:
    """All modalities that can be loaded, in the order in which they are asked whose data are.

    >>> [one.name for one in every()]
    ['image', 'table']
    """
    found, _ = registry.every(REGISTRY)  # a broken one is told of when it is asked for
    return tuple(sorted(found.values(), key=lambda one: (-one.rank, one.name)))


def hints(notes: Sequence[str]) -> tuple[str, ...]:
    """The notes of a task that point to what nobody has said, with the option that follows.

    >>> hints(["The separator is the comma.", "... --time day compares and tests on later rows."])
    ('... --time day compares and tests on later rows.',)
    """
    options = [option for one in every() for option in one.hints]
    return tuple(note for note in notes if any(option in note for option in options))


def refuse_foreign(options: Any, own: Modality, why: str) -> None:
    """Options of other modalities would be without effect.

    Raises:
        ConfigError: some were given.
    """
    mine = {one.name for part in own.options for one in fields(part)}
    for other in every():
        theirs = [one.name for part in other.options for one in fields(part)]
        refuse(
            options,
            [name for name in theirs if name not in mine],
            f"{why}; that is for {other.what}",
        )
