"""What nets are scored by, a file each; a file whose name begins with `_` is shared.

A metric file holds `METRIC`, a `Metric`: what one row contributes, the loss that nets learn by, the
metric that breaks its ties, what guessing is, where it ends, how far apart rows can tell two nets,
and its unit and words. Arrays go in and numbers come out: what a task is stands one floor above
(`data.scoring`).
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Kind
from howdeep.metrics._metric import Basis, Counts, Loss, Metric, Scale, Suggestion, Yard
from howdeep.metrics._unit import MINUS, Unit

__all__ = ["MINUS", "Basis", "Counts", "Loss", "Metric", "Scale", "Suggestion", "Unit", "Yard"]
__all__ += ["default", "metric", "names", "of_kind"]


@cache
def names() -> tuple[str, ...]:
    """The metrics there are, from the files beside this one; each kind's default comes first.

    >>> names()
    ('accuracy', 'balanced_accuracy', 'log_loss', 'mse', 'mae')
    """
    files = (module.name for module in pkgutil.iter_modules(__path__))
    found = [_load(name) for name in files if not name.startswith("_")]
    return tuple(own.name for own in sorted(found, key=lambda own: (own.kind, own.rank, own.name)))


@cache
def metric(name: str) -> Metric:
    """A metric by its name.

    >>> metric("mse").unit.name, metric("mse").loss
    ('R²', 'squared')

    Raises:
        ConfigError: there is no such metric.
    """
    if name not in names():
        raise ConfigError(f"there is no metric {name[:80]!r}", f"use one of {', '.join(names())}")
    return _load(name)


def of_kind(kind: Kind) -> tuple[str, ...]:
    """The names of the metrics that score this kind of target, its default first.

    >>> of_kind("regression")
    ('mse', 'mae')
    """
    return tuple(name for name in names() if metric(name).kind == kind)


def default(kind: Kind) -> Metric:
    """What scores this kind of target where nothing speaks for another.

    >>> default("classification").name
    'accuracy'
    """
    return metric(of_kind(kind)[0])


def _load(name: str) -> Metric:
    found: Metric = importlib.import_module(f"{__name__}.{name}").METRIC
    return found
