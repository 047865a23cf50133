"""skorch's NeuralNetClassifier in scikit-learn's GridSearchCV over depth and seed."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from skorch import NeuralNetClassifier
from torch import Tensor, nn

from peers._torch import by_depth, net
from workloads import BATCH, RATE, Workload

NEEDS = ("skorch",)
CONV = True


class Net(nn.Module):
    """The workload's net as a module whose depth and seed are parameters of the search."""

    def __init__(self, work: Workload, depth: int = 1, seed: int = 0) -> None:
        super().__init__()
        self.net = net(work, depth, seed)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def train(work: Workload) -> dict[int, list[float]]:
    """As skorch's documentation does a grid search; the test rows are the one fold."""
    model = NeuralNetClassifier(
        Net,
        module__work=work,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=RATE,
        batch_size=BATCH,
        max_epochs=work.epochs,
        iterator_train__shuffle=True,
        iterator_train__drop_last=True,
        train_split=None,
        verbose=0,
    )
    grid = {"module__depth": list(work.depths), "module__seed": list(range(work.seeds))}
    x, y = np.concatenate([work.x, work.x_test]), np.concatenate([work.y, work.y_test])
    if work.conv:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    fold = np.concatenate([np.full(len(work.x), -1), np.zeros(len(work.x_test), int)])
    search = GridSearchCV(
        model, grid, cv=PredefinedSplit(fold), refit=False, scoring="accuracy", n_jobs=1
    )
    search.fit(x, y)
    scores = search.cv_results_["split0_test_score"]
    found = {
        (p["module__depth"], p["module__seed"]): float(score)
        for p, score in zip(search.cv_results_["params"], scores, strict=True)
    }
    return by_depth(work, found)
