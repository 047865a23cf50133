"""Does pooling make nets invariant to shifts? In part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims import _pooling
from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.report.parts import Element


def _measure(lab: Lab) -> Measured:
    found = _pooling.measured(lab)
    same = {pool: one["same"][0] for pool, one in found.items()}  # moved by one point
    far = {pool: one["same"][-1] for pool, one in found.items()}

    def over(a: list[float], b: list[float]) -> Effect:
        return Effect(tuple(u - v for u, v in zip(a, b, strict=True)), row_error=0.01)

    return Measured(
        {
            "steadier": over(same["max"], same["none"]),
            "invariant": Effect(tuple(v - 0.95 for v in same["max"]), row_error=0.005),
            "mean": over(same["mean"], same["max"]),
            "stride": over(same["max"], same["stride"]),
            "moves": Effect(tuple(a - b for a, b in zip(same["none"], far["none"], strict=True))),
        },
        {"same": {pool: one["same"] for pool, one in found.items()},
         "test": {pool: one["test"] for pool, one in found.items()}},
    )  # fmt: skip


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"none": "no pooling", "max": "max", "mean": "mean", "stride": "stride 2"}
    lines = {
        names[pool]: [(float(s), values) for s, values in zip(_pooling.SHIFTS, same, strict=True)]
        for pool, same in shown["same"].items()
    }
    return (
        curves("pooling-shift", "Rows whose class stays when the signal moves", lines,
               "points moved", "%", times=100, ticks=[(float(s), str(s)) for s in _pooling.SHIFTS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {pool: mean(same[0]) for pool, same in shown["same"].items()}
    return (
        f"Moved by one point, {at['none']:.1%} of the signals keep their class without pooling, "
        f"{at['max']:.1%} with max pooling, {at['mean']:.1%} with means and {at['stride']:.1%} "
        "with steps of two."
    )


CLAIM = Claim(
    title="Does pooling make nets invariant to shifts?",
    rows=(69,),
    quotes=(Quote("B", "Increases the spatial invariance of the network"),),
    statement="With max pooling more rows keep their class when they are moved by a point, and "
    "nearly all do.",
    conditions="Two convolutions of 12 channels on MNIST-1D, whose signals lie at random places; "
    "test rows moved by 1 to 3 points around a circle.",
    measure=_measure,
    expects=(
        Expect("steadier", "with max pooling over 2 points more of the rows keep their class "
               "under a shift of a point than without", 0.02, "points"),
        Expect("invariant", "with max pooling over 95 % of the rows keep their class under a "
               "shift of a point", 0.0, "points"),
    ),
    controls=(Expect("moves", "a larger shift changes more classes without pooling",
                     0.0, "points"),),
    also=(
        Expect("mean", "with means more rows keep their class than with maxima", 0.0, "points"),
        Expect("stride", "with maxima more rows keep their class than with steps of two",
               0.0, "points"),
    ),
    swap="no pooling under every name",
    literature=(
        Reference("Zhang", 2019, "Making convolutional networks shift-invariant again "
                  "(arXiv 1904.11486): strided pooling aliases"),
        Reference("Azulay and Weiss", 2019, "Why do deep convolutional networks generalize so "
                  "poorly to small image transformations? (arXiv 1805.12177)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Blurred pooling, or training on every shift.",
    order=534,
    wrong="Pooling with steps of two is invariant to even shifts at best, and aliases; the class "
    "still changes for some rows.",
)  # fmt: skip
