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

from howdeep.base import keys
from howdeep.base.errors import ConfigError
from howdeep.base.nouns import TaskInfo
from howdeep.data.builtin._set import BuiltIn
from howdeep.data.table import Column
from howdeep.data.task import Fold, Task, View

__all__ = ["BuiltIn", "load", "names", "task"]


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
    source = f"built-in {name} (seed {seed}, howdeep {version('howdeep')})"
    if built.split is not None:
        return _split_by_count(built, built.split, source)
    from howdeep.data import prepare

    made = prepare.make_task(
        built.table,
        built.target,
        kind=built.kind,
        seed=seed,
        encoding=built.encoding,
        builtin=True,
    )
    return replace(made, info=replace(made.info, source=source))


def _split_by_count(built: BuiltIn, split: tuple[int, int, int, int], source: str) -> Task:
    train, val, select, test = np.split(np.arange(sum(split)), np.cumsum(split)[:-1])
    features = [column for column in built.table.columns if column.name != built.target]
    target, classes = _target(built)
    fold = Fold(train, (View(val, select),), tune_train=train, tune_val=val)
    parts = zip(("train", "val", "select", "test"), split, strict=True)
    info = TaskInfo(
        name=built.name,
        fingerprint=keys.digest((built.table.sha256, built.kind, built.encoding, split)),
        kind=built.kind,
        metric="accuracy" if classes else "mse",
        scheme="holdout",
        classes=classes,
        target=built.target,
        features=tuple((column.name, "number") for column in features),
        rows=(("all", built.table.rows), *parts),
        select_rows=len(select),
        test_rows=len(test),
        source=source,
        source_sha256=built.table.sha256,
        builtin=True,
    )
    return Task(
        info=info,
        numbers=np.stack([column.values for column in features], axis=1).astype(np.float64),
        number_names=tuple(column.name for column in features),
        codes=np.empty((built.table.rows, 0), dtype=np.int64),
        code_names=(),
        levels=(),
        target=target,
        weights=None,
        folds=(fold,),
        test=test,
        encoding=built.encoding,
    )


def _target(built: BuiltIn) -> tuple[np.ndarray, tuple[str, ...]]:
    column: Column = next(c for c in built.table.columns if c.name == built.target)
    if built.kind == "regression":
        return column.values.astype(np.float64), ()
    classes, numbers = np.unique(column.values.astype(str), return_inverse=True)
    return numbers.astype(np.int64), tuple(classes.tolist())
