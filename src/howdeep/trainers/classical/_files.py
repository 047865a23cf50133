"""The files of classical models, by name."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

PACKAGE = __name__.rpartition(".")[0]


@cache
def names() -> tuple[str, ...]:
    """The models there are, from the files next to this one.

    >>> names()
    ('boosting', 'forest', 'lightgbm', 'neighbours', 'plain')
    """
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(file.stem for file in files if not file.stem.startswith("_")))


def model(name: str) -> ModuleType:
    """The file of a model; `name` may carry its features, as in "boosting-hog"."""
    base = name.split("-")[0]
    if base not in names():
        raise ValueError(f"no classical model {name[:80]!r}")
    return importlib.import_module(f"{PACKAGE}.{base}")
