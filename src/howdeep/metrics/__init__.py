"""What nets are scored by, a file each; a file whose name begins with `_` is shared.

A metric file holds `METRIC`, a `Metric`: what one row contributes, the loss that nets learn by, the
metric that breaks its ties, what guessing is, where it ends, how far apart rows can tell two nets,
and its unit and words. Another package brings one by an entry point of the group
`howdeep.metrics`. Arrays go in and numbers come out: what a task is stands one floor above
(`data.scoring`).
"""

from __future__ import annotations

from functools import cache

from howdeep.base import registry
from howdeep.base.nouns import TaskKind
from howdeep.base.registry import Registry
from howdeep.metrics._metric import Basis, Counts, Loss, Metric, Scale, Suggestion, Yard
from howdeep.metrics._unit import MINUS, Unit

__all__ = ["MINUS", "Basis", "Counts", "Loss", "Metric", "Scale", "Suggestion", "Unit", "Yard"]
__all__ += ["called", "default", "metric", "names", "of_kind"]

REGISTRY = Registry[Metric](
    kind="metric",
    folder=__name__,
    attribute="METRIC",
    group="howdeep.metrics",
    fits=lambda found: isinstance(found, Metric),
)


@cache
def names() -> tuple[str, ...]:
    """The metrics there are, of classes and of numbers; each kind's default comes first.

    >>> names()[:2], names()[-2:]
    (('accuracy', 'balanced_accuracy'), ('mse', 'mae'))
    """
    found, _ = registry.every(REGISTRY)  # a broken one is told of when it is asked for
    known = sorted(found.values(), key=lambda own: (own.kind, own.rank, own.name))
    return tuple(own.name for own in known)


@cache
def metric(name: str) -> Metric:
    """A metric by its name.

    >>> metric("mse").unit.name, metric("mse").loss
    ('R²', 'squared')

    Raises:
        ConfigError: there is no such metric, or the package that brings it cannot be loaded.
    """
    return registry.get(REGISTRY, name)


def called(name: str) -> str:
    """The metric that people ask for by a name: its own, or another that it goes by.

    RMSE and R² rank nets as the mean squared error does, by which they are told.

    >>> called("r2"), called("AUC"), called("mae"), called("lift")
    ('mse', 'roc_auc', 'mae', 'lift')
    """
    low = name.casefold()
    return next((own for own in names() if low in (own, *metric(own).also)), name)


def of_kind(kind: TaskKind) -> tuple[str, ...]:
    """The names of the metrics that score this kind of target, its default first.

    >>> of_kind("regression")
    ('mse', 'mae')
    """
    return tuple(name for name in names() if metric(name).kind == kind)


def default(kind: TaskKind) -> Metric:
    """What scores this kind of target where nothing speaks for another.

    >>> default("classification").name
    'accuracy'
    """
    return metric(of_kind(kind)[0])
