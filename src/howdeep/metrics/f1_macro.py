"""Macro F1: the mean over classes of the harmonic mean of precision and recall.

Counted over all rows of a part together, whoever scored them: the mean of the pieces' F1 is not F1
of the whole (docs/notes/ranking.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.metrics._metric import Basis, Floats, Metric, Scale, shares
from howdeep.metrics._unit import FREQUENT, Unit
from howdeep.metrics.balanced_accuracy import weigh
from howdeep.stats.ranking import f1_contributions


def rows(outputs: NDArray[np.floating], basis: Basis, _scale: Scale) -> Floats:
    """Contributions (..., n) of logits (..., n, C): `stats.ranking.f1_contributions`."""
    said = np.asarray(outputs).argmax(-1)
    target = np.asarray(basis.target, dtype=np.int64)
    return f1_contributions(said, target, outputs.shape[-1], basis.weights)


def reach(
    target: NDArray[np.int64], classes: int, weights: Floats, _pieces: NDArray[np.int64] | None
) -> Floats:
    """By how much a row (n,) can move the sum of contributions: about balanced accuracy's."""
    return weigh(target, target, classes) * weights


METRIC = Metric(
    name="f1_macro",
    also=("f1",),
    kind="classification",
    rank=4,
    unit=Unit("macro F1", 100, 0, 1, 2, " %", "points", FREQUENT, widest=1.0),
    printed="macro F1",
    rows=rows,
    joint=True,
    by_class=True,
    loss="cross_entropy",
    tie="log_loss",
    least=0.0,
    most=1.0,
    constant=shares,
    hits=True,
    unseen=1.0,
    reach=reach,
    by_error=2.0,
)
