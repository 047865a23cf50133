"""Data sets that ship with howdeep: a file per set, and the folder is the list of them.

Each file has `load(seed, rows) -> BuiltIn`. Generated sets are a function of their seed alone,
the same in every process.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from howdeep import metrics
from howdeep.base.errors import ConfigError
from howdeep.data.identity import counted, stamped
from howdeep.data.task import Fold, Task, View
from howdeep.modalities.table import prepare
from howdeep.modalities.table.builtin._set import BuiltIn, Settings

__all__ = ["BuiltIn", "Settings", "load", "names", "task"]


def names() -> tuple[str, ...]:
    """The built-in sets' names, sorted.

    >>> names()
    ('digits', 'friedman1', 'linear', 'mnist1d', 'spirals', 'tent')
    """
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


def load(name: str, seed: int = 0, rows: int | None = None) -> BuiltIn:
    """A built-in set; equal seeds and rows give equal bytes.

    Raises:
        ConfigError: an unknown name, or rows outside what the set gives.
    """
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=1)
        fix = f"did you mean {close[0]}?" if close else f"use one of {', '.join(names())}"
        raise ConfigError(f"there is no built-in data set {name[:80]!r}", fix)
    module = importlib.import_module(f"{__name__}.{name}")
    built: BuiltIn = module.load(seed=seed, rows=rows)
    return built


def task(name: str, seed: int = 0, rows: int | None = None) -> Task:
    """The task of a built-in set, split by its own counts or, where it has none, as usual."""
    built = load(name, seed, rows)
    made = prepare.make_task(
        built.table,
        built.target,
        kind=built.kind,
        metric=metrics.default(built.kind).name,
        seed=seed,
        encoding=built.encoding,
        builtin=True,
    )
    if built.split is not None:
        made = _cut(made, built.split)
    source = f"built-in {name} (seed {seed}, howdeep {version('howdeep')})"
    notes = (*made.info.notes, built.description, f"Source: {built.citation}.")
    return replace(made, info=replace(made.info, source=source, notes=notes))


def _cut(task: Task, split: tuple[int, int, int, int]) -> Task:
    """The task with its rows cut in order into train, val, select and test."""
    train, val, select, test = np.split(np.arange(sum(split)), np.cumsum(split)[:-1])
    fold = Fold(train, (View(val, select),), tune_train=train, tune_val=val)
    info = replace(task.info, scheme="holdout")
    return stamped(counted(replace(task, info=info, folds=(fold,), test=test)))
