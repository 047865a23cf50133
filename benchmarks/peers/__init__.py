"""A file per engine that `run.py` compares; the folder is the list of them.

Each file has `NEEDS`, the packages to install, `CONV`, whether it trains images, and
`train(workload) -> {depth: [test accuracy of each seed]}`, written as the documentation of what it
uses teaches.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def names() -> tuple[str, ...]:
    """The engines there are: the files of this folder, sorted."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name[0] != "_"))


def peer(name: str) -> ModuleType:
    """The engine of this name."""
    return importlib.import_module(f"{__name__}.{name}")
