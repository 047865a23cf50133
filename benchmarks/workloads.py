"""The nets that `run.py` trains with every engine: the same rows, depths, seeds, epochs and rate.

W1: Fashion-MNIST's first 20,000 rows, fully connected, width 256, 0 to 8 hidden layers. W2: a
table of 4,000 rows and 32 columns with 4 classes, width 128, 0 to 8 hidden layers. W3:
Fashion-MNIST's first 10,000 rows, 1 to 8 convolutions of 32 channels with biases, halved by
max pooling after the first two, averaged over the image, one linear layer. ReLU, He's normal
initialisation (the last layer smaller, where an engine lets one say so), biases zero, Adam, batches
of 128 rows of which the last partial one is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.modalities.image import named
from shared import ROOT

BATCH = 128
EXPONENT = -10
RATE = 2.0**EXPONENT  # .00098
Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Workload:
    """Standardised rows (N, D), or images (N, H, W, C), and the nets that learn them."""

    name: str
    x: Floats
    y: Labels
    x_test: Floats
    y_test: Labels
    classes: int
    depths: tuple[int, ...]
    width: int
    seeds: int
    epochs: int

    @property
    def steps(self) -> int:
        return self.epochs * (len(self.x) // BATCH)

    @property
    def conv(self) -> bool:
        return self.x.ndim == 4

    @property
    def nets(self) -> int:
        return len(self.depths) * self.seeds

    def forward_flops(self, depth: int) -> float:
        """Multiplications and additions of one row through one net."""
        if not self.conv:
            sizes = [self.x.shape[1], *[self.width] * depth, self.classes]
            return 2.0 * sum(a * b for a, b in itertools.pairwise(sizes))
        side, channels, total = self.x.shape[1], self.x.shape[3], 0.0
        for layer in range(depth):
            total += 2.0 * 9 * channels * self.width * side**2
            channels, side = self.width, side // 2 if layer < POOLED else side
        return total + 2.0 * channels * self.classes

    @property
    def flops(self) -> float:
        """Of training all nets: three forward passes a row."""
        each = sum(self.forward_flops(depth) for depth in self.depths)
        return 3 * each * self.seeds * self.steps * BATCH


POOLED = 2  # max pooling after so many first convolutions


def fashion(rows: int, flat: bool) -> tuple[Floats, Labels, Floats, Labels]:
    """Standardised by the mean and spread of the training pixels."""
    main, test = named.load("fashion-mnist", ROOT / "fashion_mnist")
    assert test is not None
    classes = sorted(set(main.labels))
    codes = [np.array([classes.index(v) for v in s.labels], np.int64) for s in (main, test)]
    x = main.images[:rows].astype(np.float32)
    mean, std = x.mean(), x.std()
    parts = [(x - mean) / std, (test.images.astype(np.float32) - mean) / std]
    if flat:
        parts = [part.reshape(len(part), -1) for part in parts]
    return parts[0], codes[0][:rows], parts[1], codes[1]


def table(rows: int, columns: int, classes: int) -> tuple[Floats, Labels, Floats, Labels]:
    """Normal columns; the class is the largest of `classes` random nets of one hidden layer."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2 * rows, columns)).astype(np.float32)
    hidden = np.tanh(x @ rng.standard_normal((columns, 64)) / np.sqrt(columns))
    y = (hidden @ rng.standard_normal((64, classes))).argmax(1)
    return x[:rows], y[:rows], x[rows:], y[rows:]


WORKLOADS: dict[str, Callable[[], Workload]] = {
    "W1": lambda: Workload(
        "W1", *fashion(20_000, True), 10, (0, 1, 2, 3, 4, 8), width=256, seeds=5, epochs=2
    ),
    "W2": lambda: Workload(
        "W2", *table(4_000, 32, 4), 4, (0, 1, 2, 4, 8), width=128, seeds=10, epochs=20
    ),
    "W3": lambda: Workload(
        "W3", *fashion(10_000, False), 10, (1, 2, 4, 8), width=32, seeds=2, epochs=1
    ),
}
