"""One file per architecture family; the file's name is the family's name.

A family file defines `FAMILY`, a `Family` of plain functions of a `Rung`. Every net is written
once, with a leading net axis M. Files whose name begins with `_` are shared by families.
"""

from __future__ import annotations

import functools
import importlib
from pathlib import Path

from howdeep.base.errors import ConfigError
from howdeep.nets.families._family import Chain as Chain
from howdeep.nets.families._family import Family
from howdeep.nets.families._family import Layer as Layer
from howdeep.nets.families._family import Stack as Stack


def names() -> tuple[str, ...]:
    """The families there are: the files of this folder, sorted.

    >>> "resmlp" in names()
    True
    """
    here = Path(__file__).parent
    return tuple(sorted(p.stem for p in here.glob("*.py") if not p.stem.startswith("_")))


@functools.cache
def family(name: str) -> Family:
    """The family of this name, which is looked up in the file list, never imported unseen.

    Raises:
        ConfigError: no such family.
    """
    if name not in names():
        raise ConfigError(f"family {name[:80]!r}: there is none", f"one of {', '.join(names())}")
    found: Family = importlib.import_module(f"{__name__}.{name}").FAMILY
    return found
