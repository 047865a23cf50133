"""Does loss fall as one over depth, as where layers average?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How
from howdeep.report.parts import Element

DEPTHS = (1, 4, 16)  # residual blocks
COLUMNS, WIDTH = 10, 24
FAR = 0.35  # from an exponent of one


def _data(lab: Lab) -> Data:
    """A number that a deep random tanh net gives for ten columns, without noise."""
    counts = (16_000, 500, 4_000)
    rng = lab.numpy("teacher")
    h = x = rng.standard_normal((sum(counts), COLUMNS))
    for wide in (32, 32, 32, 32):
        h = np.tanh(1.6 * h @ rng.standard_normal((h.shape[1], wide)) / math.sqrt(h.shape[1]))
    y = h @ rng.standard_normal(h.shape[1])
    y = x[:, 0] if lab.control else y
    return split("teacher", x, y, counts, 1)


def _power(first: float, middle: float, last: float) -> float:
    """The p of error = floor + size blocks^-p through the errors of 1, 4 and 16 blocks.

    (e1 - e4) / (e4 - e16) = 4^p. The share of the fall that comes after 4 blocks is kept within
    .001 and .999, where errors do not fall at all: p is from -5 to 5.

    >>> round(_power(1.1, 0.35, 0.1625), 6)
    1.0
    """
    share = (middle - last) / (first - last) if first > last else 0.999
    share = min(max(share, 0.001), 0.999)
    return math.log(1 / share - 1, 4)


def _measure(lab: Lab) -> Measured:
    data, seeds = _data(lab), lab.by(16, 16)
    how = How(steps=lab.by(600, 4_000), rates=(-7, -6, -5), grow=lab.by(0, 2))
    arms = {str(n): of_family("resmlp", COLUMNS, 1, n, WIDTH, f"blocks {n}") for n in DEPTHS}
    found = trained(lab, data, arms, how, seeds)
    errors = {n: [1 - v for v in found[str(n)]["test"]] for n in DEPTHS}
    powers = [_power(*(errors[n][seed] for n in (1, 4, 16))) for seed in range(seeds)]
    side = 1 if mean(powers) > 1 else -1
    return Measured(
        {
            "near": Effect(tuple(FAR - side * (power - 1) for power in powers)),
            "falls": Effect(_gains(errors, 1, 16)),
            "late": Effect(_gains(errors, 4, 16)),
            "learns": Effect(tuple(0.9 - v for v in errors[1])),
        },
        {"arms": brief(found), "powers": [round(power, 5) for power in powers]},
    )


def _gains(errors: Mapping[int, list[float]], few: int, many: int) -> tuple[float, ...]:
    return tuple(a - b for a, b in zip(errors[few], errors[many], strict=True))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    errors = [[1 - v for v in shown["arms"][str(n)]["test"]] for n in DEPTHS]
    first, last = mean(errors[0]), mean(errors[-1])
    inverse = [last + (first - last) * (1 / n - 1 / 16) / (1 - 1 / 16) for n in DEPTHS]
    lines = {
        "measured": [(float(i), own) for i, own in enumerate(errors)],
        "one over depth": [(float(i), [own]) for i, own in enumerate(inverse)],
    }
    return (
        curves("loss-depth", "Error on new rows", lines, "residual blocks", "share of variance, %",
               times=100, ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    errors = [1 - mean(shown["arms"][str(n)]["test"]) for n in DEPTHS]
    powers = shown["powers"]
    return (
        f"With {', '.join(map(str, DEPTHS))} blocks {', '.join(f'{e:.1%}' for e in errors)} of the "
        f"variance stays unexplained. The power law with a floor through 1, 4 and 16 blocks has an "
        f"exponent of {mean(powers):.2f}, by seed from {min(powers):.2f} to {max(powers):.2f}."
    )


CLAIM = Claim(
    title="Does loss fall as one over depth?",
    rows=(38,),
    quotes=(
        Quote("A", "Diminishing Returns: After a certain depth, adding more layers might not lead "
              "to performance improvements"),
    ),
    statement="In residual nets the error falls to a floor as one over the number of blocks, as "
    "it would where blocks average.",
    conditions="A random tanh net of four layers to be learnt from 16,000 rows of ten columns, "
    "without noise; residual nets of 1, 4 and 16 blocks of width 24, as many steps for each, at "
    "its own best learning rate; error = floor + size x blocks^-exponent through these.",
    measure=_measure,
    expects=(
        Expect("near", f"the exponent by which error falls with depth is within {FAR} of one",
               0.0, ""),
    ),
    controls=(
        Expect("falls", "the error falls by over 2 points of variance from 1 to 16 blocks", 0.02,
               "points"),
        Expect("learns", "one block explains over a tenth of the variance", 0.0, "points"),
    ),
    also=(
        Expect("late", "the error falls further after the first four blocks", 0.0, "points"),
    ),
    swap="one of the columns as target, which no depth is needed for",
    literature=(
        Reference("Liu et al.", 2026, "Inverse depth scaling from most layers being similar "
                  "(arXiv 2602.05970): language models, whose loss falls about as one over depth"),
        Reference("Veit, Wilber and Belongie", 2016, "Residual networks behave like ensembles of "
                  "relatively shallow networks (arXiv 1605.06431)"),
        Reference("Hestness et al.", 2017, "Deep learning scaling is predictable, empirically "
                  "(arXiv 1712.00409): power laws with a floor, of rows"),
    ),
    picture=_picture,
    reading=_reading,
    change="Data, widths or budgets whose error goes on falling with depth at another rate: much "
    "deeper nets trained for longer on richer data are where one over depth is reported.",
    order=442,
)  # fmt: skip
