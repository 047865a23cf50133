"""Does deep learning plateau, where there is noise in the labels?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._power import law
from howdeep.claims._train import How, tuned
from howdeep.report.parts import Element

SIZES = (100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600)
HELD = 2  # the largest sizes: the curve is fitted without them, and foretells them
NOISE = 0.15  # labels that are flipped: no model can err less


def _data(lab: Lab) -> Data:
    """Two classes on five columns, parted by a curve; some labels flipped."""
    counts = (SIZES[-1], 1_000, 6_000)
    rng = lab.numpy("data")
    x = rng.standard_normal((sum(counts), 5))
    y = (x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) > 0).astype(int)
    flipped = rng.random(len(y)) < (0.0 if lab.control else NOISE)
    return split("noisy", x, np.where(flipped, 1 - y, y), counts, 2)


def _errors(lab: Lab, size: int, seeds: int) -> list[float]:
    data = _data(lab).fewer(size)
    arm = of_family("mlp", data.columns, 2, 2, 48, f"mlp-2 of {size}")
    how = How(steps=lab.by(700, 2_000), rates=(-8, -6), grow=1)
    return [round(1 - score, 6) for score in tuned(arm, data, how, seeds, lab).scores()]


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(10, 16)
    by_size = [
        lab.kept("errors", lambda size: _errors(lab, size, seeds), size=size) for size in SIZES
    ]
    whole = [[errors[seed] for errors in by_size] for seed in range(seeds)]
    floors = [round(law(SIZES, errors, 2.0).floor, 6) for errors in whole]
    foretold = [law(SIZES[:-HELD], errors[:-HELD], 2.0).at(SIZES[-1]) for errors in whole]
    rows = (NOISE * (1 - NOISE) / 6_000) ** 0.5
    pairs = list(zip(by_size[-2], by_size[-1], strict=True))
    return Measured(
        {
            "no_floor": Effect(tuple(0.05 - floor for floor in floors), rows),
            "last": Effect(tuple(a - b for a, b in pairs), 0.0),
            "first": Effect(
                tuple(a - b for a, b in zip(by_size[0], by_size[3], strict=True)), rows
            ),
            "floor_near": Effect(tuple(0.04 - abs(floor - NOISE) for floor in floors), rows),
            "foretold": Effect(
                tuple(0.03 - abs(a - b) for a, b in zip(foretold, by_size[-1], strict=True)), rows
            ),
        },
        {"errors": by_size, "floors": floors, "foretold": [round(v, 6) for v in foretold]},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    points = [(float(i), errors) for i, errors in enumerate(shown["errors"])]
    return (
        curves(
            "plateau", "Error on new rows", {"two hidden layers": points}, "training rows", "%",
            times=100, ticks=[(float(i), f"{n:,}") for i, n in enumerate(SIZES)],
            levels={"noise in the labels": NOISE},
        ),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    errors = [mean(values) for values in shown["errors"]]
    last = f"{100 * (errors[-1] - errors[-2]):+.2f}".replace("-", "\u2212")
    return (
        f"From {SIZES[0]:,} to {SIZES[-1]:,} rows the error goes from {errors[0]:.1%} to "
        f"{errors[-1]:.1%}; the last doubling changes it by {last} points. "
        f"A power law with a floor puts it at {mean(shown['floors']):.1%}; fitted without the "
        f"two largest sizes it foretells {mean(shown['foretold']):.1%} for the largest."
    )


CLAIM = Claim(
    title="Does deep learning go on improving with more data?",
    rows=(42, 40),
    quotes=(
        Quote(
            "C",
            "Deep learning does not plateau when using more data, allowing for continuous "
            "improvement.",
        ),
        Quote("B", "Deep learning continues to scale with data size"),
    ),
    statement="With more rows the error of a net goes on falling, on noisy labels as well: there "
    "is no floor, and the last doubling still takes over a point.",
    conditions=f"Two classes on five columns, {NOISE:.0%} of the labels flipped, those of the "
    "test rows as well, which no model can foretell; two hidden layers of 48 units at their own "
    "best learning rate for every size, as many steps for all.",
    measure=_measure,
    expects=(
        Expect("no_floor", "the floor of the fitted curve lies under 5 % of error",
               0.0, "points"),
        Expect("last", "the last doubling of rows lowers the error by over a point",
               0.01, "points"),
    ),
    controls=(
        Expect("first", "from 100 to 800 rows the error falls by over 3 points", 0.03, "points"),
    ),
    also=(
        Expect("floor_near", "the fitted floor is within 4 points of the noise", 0.0, "points"),
        Expect("foretold", "a curve fitted to fewer rows foretells the error with the most rows "
               "within 3 points", 0.0, "points"),
    ),
    swap="the same rows without flipped labels, where the floor is zero",
    literature=(
        Reference("Hestness et al.", 2017, "Deep learning scaling is predictable "
                  "(arXiv 1712.00409): power law, then the irreducible error"),
        Reference("Rosenfeld et al.", 2020, "A constructive prediction of the generalization "
                  "error across scales (arXiv 1909.12673)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Labels without noise, or sizes at which the noise is not yet reached.",
    order=440,
    wrong="Error falls as a power of the rows down to a floor, the noise that no model can "
    "foretell. Far above the floor the fall looks endless; on noisy labels it ends there.",
)  # fmt: skip
