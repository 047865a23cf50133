"""One file per executor: a callable `(groups, task) -> outcomes`, which never touches the store.

Each file holds `make`, a function of a `Setup`; the file's name is the executor's. `crew/` is what
the worker processes of this machine have in common. Another package brings an executor by an entry
point of the group "howdeep.executors" that names such a function. `Executor` says what is promised.
"""

from __future__ import annotations

from howdeep.base import registry
from howdeep.base.registry import Registry
from howdeep.executors._executor import Executor as Executor
from howdeep.executors._executor import Make as Make
from howdeep.executors._executor import Setup as Setup

REGISTRY: Registry[Make] = Registry(
    kind="executor",
    folder=__name__,
    attribute="make",
    group="howdeep.executors",
    fits=callable,
)


def names() -> tuple[str, ...]:
    """The executors there are, sorted.

    >>> {"gpu", "here", "processes"} <= set(names())
    True
    """
    return registry.names(REGISTRY)


def get(name: str) -> Make:
    """What makes the executor of this name.

    Raises:
        ConfigError: there is none, or the package that brings it cannot be loaded.

    >>> get("here")(Setup()).name
    'here'
    """
    return registry.get(REGISTRY, name)


def suited(setup: Setup) -> str:
    """The built-in executor for a device and so many worker processes.

    >>> suited(Setup("cpu", jobs=1)), suited(Setup("cpu", jobs=4)), suited(Setup("cuda", jobs=4))
    ('here', 'processes', 'gpu')
    """
    if setup.device != "cpu":
        return "gpu"
    return "here" if setup.jobs == 1 else "processes"
