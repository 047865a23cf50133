"""Where the layer norm stands: before the branch, after the sum, or after a weighted sum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import stacked
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.placed import Place, placed, placed_states
from howdeep.report.parts import Element

BLOCKS = (4, 32)
WIDTH = 32
PLACES: dict[Place, str] = {
    "pre": "before the branch",
    "scaled": "before it, scaled by depth",
    "post": "after the sum",
    "highway": "after a weighted sum",
}


def _variances(lab: Lab, data: Data, seeds: int, place: Place) -> list[list[float]]:
    """By seed the variance of the state at the start, after the stem and each of 32 blocks."""
    arm = placed(f"{place} start", data.columns, data.outputs, BLOCKS[-1], WIDTH, place)
    params = stacked(arm, [lab.torch("start", "variances", seed) for seed in range(seeds)])
    x = data.train.x[:256]
    seen = placed_states(params, x.expand(seeds, *x.shape), place)
    return [[round(float(h[i].var()), 5) for h in seen] for i in range(seeds)]


def _bent(values: list[float]) -> float:
    """The share of the variation that a straight line over depth leaves unexplained."""
    x, y = np.arange(len(values)), np.asarray(values)
    left = y - np.polyval(np.polyfit(x, y, 1), x)
    return float(left.var() / y.var())


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "digits", (1_000, 300, 450))
    seeds = lab.by(4, 12)
    arms = {
        f"{name}-{n}": placed(
            f"{name}-{n}", data.columns, data.outputs, n, WIDTH, "pre" if lab.control else name
        )
        for name in PLACES
        for n in BLOCKS
    }
    how = How(steps=lab.by(150, 600), rates=(-11, -9, -7), grow=1)
    found = trained(lab, data, arms, how, seeds)
    grown: dict[str, list[list[float]]] = {
        place: _variances(lab, data, 2 * seeds, place) for place in ("pre", "scaled")
    }
    return Measured(
        {
            "fails": more(found["pre-32"], found["post-32"]),
            "mends": more(found["highway-32"], found["post-32"]),
            "linear": Effect(tuple(0.05 - _bent(one) for one in grown["pre"])),
            "calmer": Effect(
                tuple(
                    0.5 - b[-1] / a[-1] for a, b in zip(grown["pre"], grown["scaled"], strict=True)
                )
            ),
            "scaled": more(found["scaled-32"], found["pre-32"]),
            "pre learns": Effect(tuple(v - 0.1 for v in found["pre-4"]["test"])),
            "post learns": Effect(tuple(v - 0.1 for v in found["post-4"]["test"])),
        },
        {"arms": brief(found), "variance": grown},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(n), shown["arms"][f"{place}-{n}"]["test"]) for n in BLOCKS]
        for place, name in PLACES.items()
    }
    return (
        curves("placement", "Where the layer norm stands", lines, "blocks of two layers",
               "% right on new rows", times=100, ticks=[(float(n), str(n)) for n in BLOCKS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    said = [
        f"{name} {mean(shown['arms'][f'{place}-4']['test']):.1%} and "
        f"{mean(shown['arms'][f'{place}-32']['test']):.1%}"
        for place, name in PLACES.items()
    ]
    first, last, scaled = (
        mean([one[i] for one in shown["variance"][place]])
        for place, i in (("pre", 0), ("pre", -1), ("scaled", -1))
    )
    return (
        f"New rows told right with 4 and with 32 blocks, the norm {'; '.join(said)}. At the start "
        f"the state's variance goes from {first:.1f} to {last:.1f} over 32 blocks with the norm "
        f"before the branch, and to {scaled:.1f} where that is scaled by depth."
    )


CLAIM = Claim(
    title="Where the norm stands decides whether depth trains",
    rows=(26,),
    quotes=(
        Quote("A", "Training deeper networks can be more challenging"),
        Quote("A", "Techniques like batch normalization, skip connections (like in ResNet)"),
    ),
    statement="At 32 blocks a net with the norm after the sum learns clearly less than one with "
    "it before the branch; a sum in which the state weighs more mends it.",
    conditions="Handwritten digits; blocks of two layers of 32 units with a skip and a layer norm, "
    "as many steps for all, each at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("fails", "at 32 blocks the norm before the branch beats that after the sum by over "
               "5 points", 0.05, "points"),
        Expect("mends", "at 32 blocks the norm after a weighted sum beats that after a plain sum "
               "by over 5 points", 0.05, "points"),
    ),
    controls=(
        Expect("pre learns", "four blocks with the norm before the branch get over 50 points more "
               "right than guessing", 0.5, "points"),
        Expect("post learns", "four blocks with the norm after the sum get over 50 points more "
               "right than guessing", 0.5, "points"),
    ),
    also=(
        Expect("linear", "with the norm before the branch the variance grows along a line that "
               "leaves under 5 % of its variation unexplained", 0.0),
        Expect("calmer", "with the norm before the branch scaled by depth the variance ends under "
               "half as large", 0.0),
        Expect("scaled", "scaling the norm before the branch by depth gains at 32 blocks",
               0.0, "points"),
    ),
    swap="the norm before the branch under every name",
    literature=(
        Reference("Xiong et al.", 2020, "On layer normalization in the transformer architecture "
                  "(arXiv 2002.04745)", "blocks of dense layers, without attention"),
        Reference("Wang et al.", 2022, "DeepNet: scaling transformers to 1,000 layers "
                  "(arXiv 2203.00555): a weighted sum before the norm"),
        Reference("Sun et al.", 2025, "The curse of depth in large language models "
                  "(arXiv 2502.05795): the norm scaled by depth", "variance is measured "
                  "at the start only; they bound its growth in training between linear and "
                  "exponential"),
    ),
    picture=_picture,
    reading=_reading,
    change="A longer warm-up or more steps, with which the norm after the sum may train as deep.",
    order=348,
)  # fmt: skip
