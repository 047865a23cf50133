"""Numbers that others published, measured again: a file each; the folder is the list."""

from __future__ import annotations

from howdeep.base import registry
from howdeep.base.registry import Registry
from howdeep.claims.published._published import Line, Published, Target, lines

__all__ = ["Line", "Published", "Target", "every", "get", "lines", "names"]
REGISTRY: Registry[Published] = Registry(
    kind="published table",
    folder=__name__,
    attribute="PUBLISHED",
    group="howdeep.claims.published",
    fits=lambda found: isinstance(found, Published),
)


def names() -> tuple[str, ...]:
    """The tables there are, in their order.

    >>> "tent_maps" in names()
    True
    """
    found, _ = registry.every(REGISTRY)
    return tuple(sorted(found, key=lambda name: (found[name].order, name)))


def get(name: str) -> Published:
    """The table of this name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def every() -> dict[str, Published]:
    """All tables by name."""
    return {name: get(name) for name in names()}
