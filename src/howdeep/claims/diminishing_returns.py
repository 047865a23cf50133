"""Do returns diminish with depth, and can more depth hurt?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.report.parts import Element

DEPTHS = (0, 1, 2, 4, 8, 16)  # plain layers, or residual blocks; 0 is the linear model
WIDTH = 24
KINDS = {"skips": "resmlp", "plain": "mlp"}
NAMES = {"skips": "residual blocks", "plain": "plain layers"}


def _best(found: Mapping[str, Any], kind: str, depths: tuple[int, ...]) -> int:
    """The depth that is best on the choosing rows."""

    def mark(depth: int) -> float:
        one = found[f"{kind} {depth}"]
        return float(one["chosen"][str(one["rate"])])

    return max(depths, key=lambda depth: (mark(depth), -depth))


def _less(first: Effect, last: Effect) -> Effect:
    """How much more the first gains than the last."""
    values = tuple(a - b for a, b in zip(first.values, last.values, strict=True))
    return Effect(values, math.hypot(first.row_error, last.row_error))


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (4_000, 500, 2_000))
    how = How(steps=lab.by(300, 1_500), rates=(-7, -5), grow=lab.by(1, 2))
    arms = {
        f"{kind} {depth}": of_family(
            family if depth else "resmlp", data.columns, data.outputs,
            0 if lab.control else depth, WIDTH, f"{kind} {depth}",
        )
        for kind, family in KINDS.items()
        for depth in DEPTHS
    }  # fmt: skip
    found = trained(lab, data, arms, how, lab.by(6, 12))
    best = {kind: _best(found, kind, DEPTHS[:-1]) for kind in KINDS}
    deepest = {kind: found[f"{kind} {DEPTHS[-1]}"] for kind in KINDS}
    hurt = {kind: more(found[f"{kind} {best[kind]}"], deepest[kind]) for kind in KINDS}
    last = {kind: more(deepest[kind], found[f"{kind} {DEPTHS[-2]}"]) for kind in KINDS}
    first = {kind: more(found[f"{kind} 1"], found[f"{kind} 0"]) for kind in KINDS}
    return Measured(
        {
            "less": _less(first["skips"], last["skips"]),
            "less plain": _less(first["plain"], last["plain"]),
            "stops": Effect(tuple(0.01 - v for v in last["skips"].values), last["skips"].row_error),
            "hurts": hurt["plain"],
            "hurts skips": hurt["skips"],
            "learns": Effect(tuple(v - 0.1 for v in found["plain 0"]["test"])),
        },
        {"arms": brief(found), "best": best},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    arms = shown["arms"]
    lines = {
        NAMES[kind]: [(float(i), arms[f"{kind} {n}"]["test"]) for i, n in enumerate(DEPTHS)]
        for kind in KINDS
    }
    return (
        curves("returns", "MNIST-1D: right on new rows", lines, "hidden layers, or blocks of two",
               "%", times=100, ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["test"]) for name, one in shown["arms"].items()}
    told = {kind: ", ".join(f"{at[f'{kind} {n}']:.1%}" for n in DEPTHS) for kind in KINDS}
    return (
        f"With {', '.join(map(str, DEPTHS))} residual blocks {told['skips']} of new rows are "
        f"right, with as many plain layers {told['plain']}. Short of {DEPTHS[-1]}, the "
        f"depth that is best on the rows to choose by is {shown['best']['skips']} in blocks and "
        f"{shown['best']['plain']} in plain layers."
    )


CLAIM = Claim(
    title="Returns diminish with depth, and more of it can hurt",
    rows=(38,),
    quotes=(
        Quote("A", "After a certain depth, adding more layers might not lead to performance "
              "improvements and, in some cases, can even hurt performance."),
    ),
    statement="The first hidden layer or block gains more than the last doubling of depth, and a "
    "plain net of 16 layers is worse than the best of the shallower ones.",
    conditions="MNIST-1D, 4,000 rows, width 24, as many steps for all; plain and residual nets of "
    "0 to 16 layers or blocks, each at its own best learning rate; the best depth is chosen on "
    "other rows than it is compared on.",
    measure=_measure,
    expects=(
        Expect("less", "the first residual block gains over 5 points more than the last eight "
               "together", 0.05, "points"),
        Expect("less plain", "the first plain layer gains over 5 points more than the last eight "
               "together", 0.05, "points"),
        Expect("hurts", "16 plain layers are over 2 points worse than the best of fewer",
               0.02, "points"),
    ),
    controls=(Expect("learns", "a linear model is better than guessing", 0.1, "points"),),
    also=(
        Expect("stops", "the last eight residual blocks together gain less than a point",
               0.0, "points"),
        Expect("hurts skips", "16 residual blocks are worse than the best of fewer",
               0.0, "points"),
    ),
    swap="the linear model under every name: nothing is deeper",
    literature=(
        Reference("He, Zhang, Ren and Sun", 2016, "Deep residual learning (CVPR): 1,202 layers are "
                  "worse than 110, and plain nets degrade much earlier"),
        Reference("Nichani, Radhakrishnan and Uhler", 2020, "Increasing depth leads to U-shaped "
                  "test risk in over-parameterized convolutional networks (arXiv 2010.09610)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Plain nets of 16 layers as good as shallower ones, or data on which depth gains little "
    "at first and much later.",
    order=438,
)  # fmt: skip
