"""ROC AUC: the share of pairs of rows, one of a class and one of the rest, that are ranked right.

Of more than two classes the mean over one class against the rest. In folds only rows that one net
scored are ranked against each other: scores of different nets have no common scale
(docs/notes/ranking.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.metrics._metric import Basis, Floats, Metric, Scale, shares
from howdeep.metrics._unit import Unit
from howdeep.stats.ranking import auc_contributions, auc_reach, log_odds


def rows(outputs: NDArray[np.floating], basis: Basis, _scale: Scale) -> Floats:
    """Contributions (..., n) of logits (..., n, C): `stats.ranking.auc_contributions`."""
    logits = np.asarray(outputs, dtype=np.float64)
    scores = logits if logits.shape[-1] == 2 else log_odds(logits)
    target = np.asarray(basis.target, dtype=np.int64)
    return auc_contributions(scores, target, basis.weights, basis.pieces)


METRIC = Metric(
    name="roc_auc",
    also=("auc",),
    kind="classification",
    rank=3,
    unit=Unit(
        "ROC AUC",
        100,
        0,
        1,
        2,
        " %",
        "points",
        "always guessing alike",
        widest=1.0,
    ),
    printed="ROC AUC",
    rows=rows,
    joint=True,
    loss="cross_entropy",
    tie="log_loss",
    least=0.0,
    most=1.0,
    constant=shares,
    unseen=0.5,
    reach=auc_reach,
    by_error=1.25,
)
