"""Names of groups and trials: a trial is a pure function of its key, and this is the key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from howdeep.base import keys
from howdeep.base.trials import Group


def python_call(options: Mapping[str, str], out: str) -> str:
    """The Python call that repeats a study of arrays or frames, which no path names.

    >>> python_call({"depths": "0,1", "allow_leak": "True"}, "a.study")
    "howdeep.run(data, depths='0,1', allow_leak=True, out='a.study')"
    """
    words = [f"{name}={_literal(value)}" for name, value in options.items()]
    return f"howdeep.run({', '.join(['data', *words, f'out={out!r}'])})"


def _literal(value: str) -> str:
    """A recorded option as Python: switches are no texts."""
    return value if value in ("True", "False") else repr(value)


@lru_cache(maxsize=8192)  # asked for once per member, commit and round
def group_key(group: Group) -> str:
    """The digest (64 hex digits) of everything that shapes the nets of a group."""
    return keys.digest(group)


def trial_key(group: Group, index: int) -> str:
    """The digest that names member `index` of a group; its group is part of it.

    Fused nets share a batched product whose low bits may depend on how many they are, so that a
    net trained in another company is another trial.
    """
    if not 0 <= index < len(group.members):
        raise IndexError(f"member {index} of a group of {len(group.members)}")
    return keys.digest((group_key(group), index))
