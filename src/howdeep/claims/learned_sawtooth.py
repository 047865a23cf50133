"""Representable is not learnable: nets trained on the zigzag that a small deep net computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, shuffled, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, summary, tuned
from howdeep.report.parts import Element

DEPTHS = (1, 2, 4)
WIDTH = 32


def _zigzag(lab: Lab, folds: int) -> Data:
    """The tent map applied `folds` times to points of [0, 1]: 2^folds pieces."""
    x = lab.numpy("points").random((4_000, 1))
    y = x[:, 0]
    for _ in range(folds):
        y = 2 * np.maximum(y, 0) - 4 * np.maximum(y - 0.5, 0)
    data = split("zigzag", x, y, (2_000, 500, 1_500), 1)
    return shuffled(lab, data) if lab.control else data


def _arm(lab: Lab, folds: int, layers: int) -> Any:
    arm = of_family("mlp", 1, 1, layers, WIDTH)
    how = How(steps=lab.by(1_000, 4_000), rates=(-8, -6, -4), grow=1)
    return summary(tuned(arm, _zigzag(lab, folds), how, lab.by(5, 12), lab))["test"]


def _measure(lab: Lab) -> Measured:
    def kept(folds: int, layers: int) -> Any:
        return lab.kept("arm", lambda folds, layers: _arm(lab, folds, layers), folds=folds,
                        layers=layers)  # fmt: skip

    fine = {str(k): kept(4, k) for k in DEPTHS}
    coarse = kept(1, 4)
    return Measured(
        {
            "learned": Effect(tuple(fine["4"])),
            "depth": Effect(tuple(b - a for a, b in zip(fine["1"], fine["4"], strict=True))),
            "coarse": Effect(tuple(coarse)),
        },
        {"fine": fine, "coarse": coarse},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        "16 pieces": [(int(k), own) for k, own in shown["fine"].items()],
        "2 pieces": [(4, shown["coarse"])],
    }
    return (
        curves("learned-sawtooth", "A zigzag learned from 2,000 points", lines, "hidden layers",
               "variance explained, %", times=100, ticks=[(k, str(k)) for k in DEPTHS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    mean = {k: sum(own) / len(own) for k, own in shown["fine"].items()}
    coarse = sum(shown["coarse"]) / len(shown["coarse"])
    return (
        "Four layers of two ReLU units compute the zigzag of 16 pieces exactly. Trained nets of "
        f"32 units a layer explain {mean['1']:.1%} of its variance with one hidden layer, "
        f"{mean['2']:.1%} with two and {mean['4']:.1%} with four; {coarse:.1%} where it has only "
        "two pieces."
    )


CLAIM = Claim(
    title="Is what a deep net can represent also what it learns?",
    rows=(13,),
    quotes=(
        Quote("A", "Having multiple layers allows the network to represent a composition of "
                   "functions"),
    ),
    statement="A net of four hidden layers that could represent a zigzag of 16 pieces exactly "
    "learns it from points.",
    conditions="2,000 points of the tent map composed four times; plain nets of width 32, each "
    "depth at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("learned", "four hidden layers explain over 90 % of the variance of the zigzag of "
               "16 pieces", 0.9, "points"),
    ),
    controls=(
        Expect("coarse", "four hidden layers explain over 90 % of the variance of the zigzag of "
               "two pieces", 0.9, "points"),
    ),
    also=(Expect("depth", "four hidden layers explain more of the zigzag of 16 pieces than one",
                 0.0, "points"),),
    swap="heights dealt anew to the points: nothing to learn",
    literature=(
        Reference("Telgarsky", 2016, "Benefits of depth in neural networks (arXiv 1602.04485)"),
        Reference("Shalev-Shwartz, Shamir and Shammah", 2017,
                  "Failures of gradient-based deep learning (arXiv 1703.07950)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Another start, more steps or wider layers that change what is learned of the 16 "
    "pieces.",
    order=212,
)  # fmt: skip
