"""Does deep learning plateau, where there is noise in the labels?"""

from __future__ import annotations

import math
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

# Steps by rows to train on: so many that more hardly help, and no size is held back by them.
STEPS = {400: 300, 800: 400, 1_600: 600, 3_200: 1_000, 6_400: 1_500, 12_800: 2_000}
SIZES = tuple(STEPS)
HELD = 2  # the largest sizes: the curve is fitted without them, and foretells them
NOISE = 0.15  # labels that are flipped: no model can err less
LAYERS = 3
TESTS = 30_000
SHARE = 10.0  # of the error, in %: what the last doubling of rows has to take
Found = dict[str, list[float]]  # errors by "seeds", and by "rows" over the seeds


def _data(lab: Lab, rows: int, noise: float) -> Data:
    """Two classes on five columns, parted by a curve; some labels flipped."""
    counts = (rows, 3_000, TESTS)
    rng = lab.numpy("data", rows)
    x = rng.standard_normal((sum(counts), 5))
    y = (x[:, 0] * x[:, 1] + np.sin(2 * x[:, 2]) > 0).astype(int)
    flipped = rng.random(len(y)) < noise
    return split("noisy", x, np.where(flipped, 1 - y, y), counts, 2)


def _errors(lab: Lab, size: int, steps: int, noise: float, seeds: int) -> Found:
    """Errors on new rows of nets that have `size` rows each, none of them shared."""
    data = _data(lab, seeds * SIZES[-1], noise).fewer(seeds * size)
    arm = of_family("mlp", data.columns, 2, LAYERS, 32, f"mlp-{LAYERS} of {size}")
    how = How(steps=steps, batch=128, rates=(-6, -5), grow=lab.by(0, 2), apart=size)
    found = tuned(arm, data, how, seeds, lab)
    return {
        "seeds": [round(1 - score, 6) for score in found.scores()],
        "rows": [round(1 - float(v), 4) for v in found.test.mean(0)],
    }


def _less(before: Found, after: Found) -> Effect:
    """How much less the error is after, as it is."""
    rows = np.subtract(before["rows"], after["rows"])
    pairs = zip(before["seeds"], after["seeds"], strict=True)
    return Effect(tuple(a - b for a, b in pairs), float(rows.std() / TESTS**0.5))


def _share(before: Found, after: Found) -> Effect:
    """How much less the error is after, in % of that before; the row error by the delta rule."""
    whole = mean(before["seeds"])
    ratio = mean(after["seeds"]) / whole
    rows = np.asarray(after["rows"]) - ratio * np.asarray(before["rows"])
    pairs = zip(before["seeds"], after["seeds"], strict=True)
    return Effect(
        tuple(100 * (a - b) / whole for a, b in pairs),
        float(100 * rows.std() / TESTS**0.5 / whole),
    )


def _measure(lab: Lab) -> Measured:
    seeds, times = lab.by(10, 16), lab.by(1, 2)

    def at(size: int, noise: float, share: float = 1.0) -> Found:
        steps = int(share * times * STEPS[size])
        found: Found = lab.kept(
            "errors", lambda **asked: _errors(lab, seeds=seeds, **asked), size=size, steps=steps,
            noise=noise,
        )  # fmt: skip
        return found

    noise = 0.0 if lab.control else NOISE
    found = [at(size, noise) for size in SIZES]
    clean = [at(size, 0.0) for size in SIZES[-2:]]
    whole = [[one["seeds"][seed] for one in found] for seed in range(seeds)]
    floors = [round(law(SIZES, errors, 2.0).floor, 6) for errors in whole]
    foretold = [law(SIZES[:-HELD], errors[:-HELD], 2.0).at(SIZES[-1]) for errors in whole]
    rows = (NOISE * (1 - NOISE) / TESTS) ** 0.5
    steps = _less(at(SIZES[-1], noise, 0.5), found[-1])
    return Measured(
        {
            "no_floor": Effect(tuple(0.05 - floor for floor in floors), rows),
            "last": _share(found[-2], found[-1]),
            "first": _less(found[0], found[3]),
            "clean": _share(clean[0], clean[1]),
            "enough": Effect(tuple(0.01 - v for v in steps.values), steps.row_error),
            "floor_near": Effect(tuple(0.04 - abs(floor - NOISE) for floor in floors), rows),
            "foretold": Effect(
                tuple(0.03 - abs(a - b) for a, b in zip(foretold, found[-1]["seeds"], strict=True)),
                rows,
            ),
        },
        {
            "errors": [one["seeds"] for one in found],
            "clean": [one["seeds"] for one in clean],
            "floors": floors,
            "foretold": [round(v, 6) for v in foretold],
        },
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    at = [math.log2(n) for n in SIZES]
    lines = {
        "labels flipped": list(zip(at, shown["errors"], strict=True)),
        "no label flipped": list(zip(at[-2:], shown["clean"], strict=True)),
    }
    return (
        curves(
            "plateau", "Error on new rows", lines, "training rows", "%",
            times=100, ticks=[(x, f"{n:,}") for x, n in zip(at, SIZES, strict=True)],
            levels={"noise in the labels": NOISE},
        ),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    errors = [mean(values) for values in shown["errors"]]
    clean = [mean(values) for values in shown["clean"]]
    return (
        f"From {SIZES[0]:,} to {SIZES[-1]:,} rows the error goes from {errors[0]:.1%} to "
        f"{errors[-1]:.1%}; before the last doubling it is {errors[-2]:.1%}. "
        f"Without flipped labels the last doubling takes it from {clean[0]:.1%} to {clean[1]:.1%}. "
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
    "is no floor, and the last doubling still takes over a tenth of the error.",
    conditions=f"Two classes on five columns, {NOISE:.0%} of the labels flipped, those of the "
    "test rows as well, which no model can foretell; three hidden layers of 32 units at their own "
    "best learning rate for every size, rows of its own for each net; steps grow with the rows "
    "until more hardly help, and the same nets and steps are given rows without flipped labels.",
    measure=_measure,
    expects=(
        Expect("no_floor", "the floor of the fitted curve lies under 5 % of error",
               0.0, "points"),
        Expect("last", "the last doubling of rows takes over a tenth of the error", SHARE, "%"),
    ),
    controls=(
        Expect("first", "from 400 to 3,200 rows the error falls by over 3 points", 0.03, "points"),
        Expect("clean", "without flipped labels the last doubling of rows takes over a tenth of "
               "the error", SHARE, "%"),
        Expect("enough", "with the most rows the second half of the steps takes under a point of "
               "error", 0.0, "points"),
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
    "foretell. Far above the floor the fall looks endless; on noisy labels it slows down near it.",
)  # fmt: skip
