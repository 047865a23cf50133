"""Greydanus and Kobak: linear model, MLP and CNN on MNIST-1D, and the CNN on shuffled points.

Nets and training are theirs: Adam at .01, batches of 100 in order, 8,000 steps, the last weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep.claims._claim import Effect, Measured
from howdeep.claims._data import Rows
from howdeep.claims._lab import Lab
from howdeep.claims.published._published import Published, Target
from howdeep.modalities.table import builtin

TRAIN, TEST, POINTS, CLASSES = 4_000, 4_000, 40, 10
STEPS, BATCH, RATE, SEEDS = 8_000, 100, 0.01, 3


class _Mlp(nn.Module):
    """Two hidden layers of 256 units, the second with a skip around it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(POINTS, 256), nn.Linear(256, 256)
        self.head = nn.Linear(256, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        h = self.first(x).relu()
        found: Tensor = self.head(h + self.second(h).relu())
        return found


def _cnn() -> nn.Module:
    """Three convolutions of 25 channels that halve the signal: 5 points are left."""
    return nn.Sequential(
        nn.Unflatten(1, (1, POINTS)),
        nn.Conv1d(1, 25, 5, stride=2, padding=1), nn.ReLU(),
        nn.Conv1d(25, 25, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv1d(25, 25, 3, stride=2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(125, CLASSES),
    )  # fmt: skip


@dataclass(frozen=True)
class _Entry:
    """A net, what its score is published as (%), and whether its points are shuffled."""

    build: Callable[[], nn.Module]
    published: float
    shuffled: bool = False


NETS = {
    "logistic": _Entry(lambda: nn.Linear(POINTS, CLASSES), 32.0),
    "MLP": _Entry(_Mlp, 68.0),
    "CNN": _Entry(_cnn, 94.0),
    "CNN, points shuffled": _Entry(_cnn, 56.0, True),
}


def _rows(lab: Lab) -> tuple[Rows, Rows]:
    """Rows to train and to test on; all numbers together have mean 0 and deviation 1, as theirs."""
    built = builtin.load("mnist1d", seed=lab.seed, rows=TRAIN + TEST)
    columns = {column.name: np.asarray(column.values) for column in built.table.columns}
    y = torch.from_numpy(columns.pop(built.target).astype(np.int64))
    x = torch.from_numpy(np.stack([value.astype(np.float32) for value in columns.values()], 1))
    x = (x - x.mean()) / x.std()
    return Rows(x[:TRAIN], y[:TRAIN]), Rows(x[TRAIN:], y[TRAIN:])


def _score(lab: Lab, train: Rows, test: Rows, name: str, seed: int) -> float:
    """Test rows that are right (%), after training."""
    own = NETS[name]
    if own.shuffled:
        order = torch.randperm(POINTS, generator=lab.torch("points"))
        train, test = Rows(train.x[:, order], train.y), Rows(test.x[:, order], test.y)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lab.seeded("start", name, seed))
        net = own.build()
    steps = torch.optim.Adam(net.parameters(), RATE)
    for step in range(STEPS):
        at = step * BATCH % TRAIN
        loss = F.cross_entropy(net(train.x[at : at + BATCH]), train.y[at : at + BATCH])
        steps.zero_grad()
        torch.autograd.backward(loss)
        steps.step()
    with torch.no_grad():
        return round(100 * float((net(test.x).argmax(1) == test.y).float().mean()), 3)


def _measure(lab: Lab) -> Measured:
    train, test = _rows(lab)

    def one(name: str, seed: int) -> float:
        return _score(lab, train, test, name, seed)

    return Measured(
        {
            name: Effect(tuple(lab.kept("net", one, name=name, seed=s) for s in range(SEEDS)))
            for name in NETS
        }
    )


PUBLISHED = Published(
    title="MNIST-1D",
    source="Greydanus and Kobak 2020, github.com/greydanus/mnist1d and arXiv 2011.14597: test "
    "accuracy",
    targets=tuple(Target(name, own.published, 2.0, "%") for name, own in NETS.items()),
    measure=_measure,
    order=10,
    departs="The rows are those of howdeep's generator (their templates and constants, other "
    "random numbers), with 4,000 test rows instead of 1,000 and the classes not balanced exactly. "
    "Their GRU is not run.",
)
