"""Keras 3 on PyTorch with Keras Tuner."""

from __future__ import annotations

from workloads import Workload

from peers import _keras

NEEDS = ("keras", "keras-tuner", "six")
CONV = True


def train(work: Workload) -> dict[int, list[float]]:
    """Every depth and seed."""
    return _keras.train(work, "torch")
