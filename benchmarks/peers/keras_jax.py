"""Keras 3 on JAX with Keras Tuner."""

from __future__ import annotations

from peers import _keras
from workloads import Workload

NEEDS = ("keras", "keras-tuner", "six", "jax")
CONV = True


def train(work: Workload) -> dict[int, list[float]]:
    """Every depth and seed."""
    return _keras.train(work, "jax")
