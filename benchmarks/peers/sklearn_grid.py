"""scikit-learn's MLPClassifier in a GridSearchCV over depth and seed, scored on the test rows."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neural_network import MLPClassifier

from peers._torch import by_depth
from workloads import BATCH, RATE, Workload

NEEDS: tuple[str, ...] = ()
CONV = False


def train(work: Workload) -> dict[int, list[float]]:
    """The grid (hidden layers x seeds); the test rows are the one validation fold."""
    model = MLPClassifier(
        solver="adam",
        learning_rate_init=RATE,
        batch_size=BATCH,
        alpha=0.0,
        max_iter=work.epochs,
        tol=0.0,
        n_iter_no_change=work.epochs + 1,
    )
    sizes = {(work.width,) * depth: depth for depth in work.depths}
    grid = {"hidden_layer_sizes": list(sizes), "random_state": list(range(work.seeds))}
    x, y = np.concatenate([work.x, work.x_test]), np.concatenate([work.y, work.y_test])
    fold = np.concatenate([np.full(len(work.x), -1), np.zeros(len(work.x_test), int)])
    search = GridSearchCV(model, grid, cv=PredefinedSplit(fold), refit=False, n_jobs=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(x, y)
    scores = search.cv_results_["split0_test_score"]
    found = {
        (sizes[tuple(p["hidden_layer_sizes"])], p["random_state"]): float(score)
        for p, score in zip(search.cv_results_["params"], scores, strict=True)
    }
    return by_depth(work, found)
