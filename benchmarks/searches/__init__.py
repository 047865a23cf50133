"""A file per way to find a depth that `verdict.py` compares; the folder is the list of them.

Each file has `NEEDS`, the packages to install, and `search(problem, repeat) -> Answer`, written as
the documentation of what it uses teaches. All of them choose among the same nets: `problem.py`.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from types import ModuleType

SUPPORT = ("problem",)


@dataclass(frozen=True)
class Answer:
    """What a search found and what it took.

    `layers`: weight layers of the chosen net, and the least and the most that it holds possible
    (the same thrice where it names one depth). `score`: accuracy of the chosen net on test rows.
    `flops`: multiplications and additions of all training.
    """

    cell: str
    layers: tuple[int, int, int]
    score: float
    nets: int
    flops: float


def names() -> tuple[str, ...]:
    """The searches there are: the files of this folder, sorted."""
    found = (m.name for m in pkgutil.iter_modules(__path__))
    return tuple(sorted(n for n in found if n not in SUPPORT))


def named(name: str) -> ModuleType:
    """The search of this name."""
    return importlib.import_module(f"{__name__}.{name}")
