"""Several arms trained on one set of data, each a piece that an interrupted run has already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from howdeep.claims._data import Data
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm
from howdeep.claims._train import How, summary, tuned


def trained(
    lab: Lab, data: Data, arms: Mapping[str, Arm], how: How, seeds: int
) -> dict[str, dict[str, Any]]:
    """The `summary` of each arm at its own best learning rate, with its layers and parameters.

    Each arm is a piece of its own, under its name: what it is must follow from that and the lab.
    """
    return {
        name: lab.kept(f"arm {name}", _one(lab, data, arm, how, seeds))
        for name, arm in arms.items()
    }


def _one(lab: Lab, data: Data, arm: Arm, how: How, seeds: int) -> Callable[[], dict[str, Any]]:
    return lambda: (
        summary(tuned(arm, data, how, seeds, lab))
        | {
            "layers": arm.layers,
            "parameters": arm.parameters,
        }
    )


def brief(found: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What pages show of arms: everything but the scores by row."""
    return {name: {k: v for k, v in one.items() if k != "rows"} for name, one in found.items()}


def mean(values: list[float]) -> float:
    """The mean of some values."""
    return sum(values) / len(values)
