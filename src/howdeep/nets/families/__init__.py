"""One file per architecture family; the file's name is the family's name.

A family file defines `FAMILY`, a `Family` of plain functions of a `Rung`. Every net is written
once, with a leading net axis M. Files whose name begins with `_` are shared by families.
"""

from __future__ import annotations

import functools

from howdeep.base import registry
from howdeep.base.registry import Registry
from howdeep.nets.families._family import Chain as Chain
from howdeep.nets.families._family import Family as Family
from howdeep.nets.families._family import Layer as Layer
from howdeep.nets.families._family import NetKind as NetKind
from howdeep.nets.families._family import Stack as Stack

REGISTRY = Registry[Family](
    kind="family",
    folder=__name__,
    attribute="FAMILY",
    group="howdeep.families",
    fits=lambda found: isinstance(found, Family),
)


def names() -> tuple[str, ...]:
    """The families there are: the files of this folder, and what other packages bring; sorted.

    >>> "resmlp" in names()
    True
    """
    return registry.names(REGISTRY)


@functools.cache
def family(name: str) -> Family:
    """The family of this name.

    Raises:
        ConfigError: no such family, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)
