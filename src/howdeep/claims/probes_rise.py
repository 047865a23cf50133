"""Do deeper layers of a trained net hold more of the answer? By linear probes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from scipy.stats import spearmanr

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, split
from howdeep.claims._inside import LAYERS, inside
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How
from howdeep.report.parts import Element

COUNTS = (4_000, 1_500, 2_000)


def _linear(lab: Lab) -> Data:
    """Four classes by the largest of four weighted sums: a linear model is all that is needed."""
    g = lab.torch("linear")
    x = torch.randn(sum(COUNTS), 20, generator=g)
    y = (x @ torch.randn(20, 4, generator=g)).argmax(1)
    return split("linear", x.numpy(), y.numpy(), COUNTS, 4)


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(5, 12)
    how = How(steps=lab.by(600, 2_000), rates=(-9, -7), grow=1)
    hard = lab.kept("mnist1d", lambda: inside(lab, built_in(lab, "mnist1d", COUNTS), how, seeds))
    easy = lab.kept("linear", lambda: inside(lab, _linear(lab), how, seeds))
    trained, untrained = (hard[kind]["probe"] for kind in ("trained", "untrained"))
    order = [float(spearmanr(range(LAYERS + 1), own).statistic) for own in trained]
    gains = [_gain(own) for own in trained]
    plain = [_gain(own) for own in untrained]
    return Measured(
        {
            "rise": Effect(tuple(gains)),
            "order": Effect(tuple(order)),
            "learnt": Effect(tuple(a - b for a, b in zip(gains, plain, strict=True))),
            "learns": Effect(tuple(v - 0.1 for v in hard["score"])),
            "flat": Effect(tuple(0.05 - _gain(own) for own in easy["trained"]["probe"])),
        },
        {
            "trained": trained,
            "untrained": untrained,
            "linear": easy["trained"]["probe"],
        },
    )


def _gain(layers: list[float]) -> float:
    return layers[-1] - layers[0]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"trained": "trained", "untrained": "before training",
             "linear": "trained, a linear rule"}  # fmt: skip
    lines = {
        name: [(float(i), [own[i] for own in shown[key]]) for i in range(LAYERS + 1)]
        for key, name in names.items()
    }
    ticks = [(float(i), "inputs" if i == 0 else str(i)) for i in range(LAYERS + 1)]
    return (
        curves("probes", "Right by a linear probe on each layer", lines, "hidden layer", "%",
               times=100, ticks=ticks),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def ends(key: str) -> str:
        first, last = (mean([own[i] for own in shown[key]]) for i in (0, -1))
        return f"{first:.1%} of new rows right on the inputs and {last:.1%} on the last layer"

    return (
        f"A linear probe gets {ends('trained')} of trained nets; of the same nets before training "
        f"{ends('untrained')}; where the rule is linear, {ends('linear')}."
    )


CLAIM = Claim(
    title="Deeper layers hold more of the answer",
    rows=(7, 10, 12),
    quotes=(
        Quote(
            "A",
            "Each layer in a neural network can be thought of as learning a representation of the "
            "data.",
        ),
        Quote("C", "learning hierarchical representations from extensive datasets"),
    ),
    statement="In a trained net a linear model reads the answer better from later layers than "
    "from earlier ones, and training, not the mere stack of layers, makes it so.",
    conditions=f"Plain nets of {LAYERS} hidden layers of 64 units on MNIST-1D and on classes by a "
    "linear rule; ridge probes fitted to rows that did not train the nets, scored on test rows.",
    measure=_measure,
    expects=(
        Expect("rise", "a probe of the last layer beats one of the inputs by over 10 points",
               0.1, "points"),
        Expect("order", "what probes read rises with depth (rank correlation over 0.7)", 0.7, ""),
        Expect("learnt", "from the inputs to the last layer probes rise by over 10 points more "
               "than in the same nets before training", 0.1, "points"),
    ),
    controls=(Expect("learns", "the nets get over 10 points more right than guessing",
                     0.1, "points"),),
    also=(
        Expect("flat", "where the rule is linear, layers add under 5 points to a probe of the "
               "inputs", 0.0, "points"),
    ),
    swap="nets with other starts and no training in the place of trained nets",
    literature=(
        Reference("Alain and Bengio", 2016, "Understanding intermediate layers using linear "
                  "classifier probes (arXiv 1610.01644)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A layer in the middle from which a linear model reads the answer as well as from the "
    "last, or untrained nets whose probes rise as much.",
    order=110,
)  # fmt: skip
