"""Deeper plain nets are harder to train: their training score falls, each at its best rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How
from howdeep.report.parts import Element

LAYERS = (2, 8, 32)


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (2_000, 500, 1_000))
    arms = {}
    for layers in LAYERS:
        plain = 2 if lab.control else layers
        arms[f"plain-{layers}"] = of_family("mlp", data.columns, 10, plain, 32, f"plain-{layers}")
        blocks = layers // 2
        arms[f"skips-{layers}"] = of_family("resmlp", data.columns, 10, blocks, 32)
    seeds, how = lab.by(8, 16), How(steps=lab.by(400, 1_500), rates=(-9, -7, -5), finish="last")
    found = trained(lab, data, arms, how, seeds)

    def lost(kind: str) -> Effect:
        pairs = zip(found[f"{kind}-2"]["seen"], found[f"{kind}-32"]["seen"], strict=True)
        return Effect(tuple(a - b for a, b in pairs))

    return Measured(
        {
            "plain": lost("plain"),
            "skips": lost("skips"),
            "learns": Effect(tuple(v - 0.1 for v in found["plain-2"]["seen"])),
        },
        {"arms": brief(found)},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(n), shown["arms"][f"{kind}-{n}"]["seen"]) for n in LAYERS]
        for kind, name in (("plain", "plain"), ("skips", "with skips"))
    }
    return (
        curves("harder", "Right on the rows that were learnt from", lines, "hidden layers", "%",
               times=100, ticks=[(float(n), str(n)) for n in LAYERS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["seen"]) for name, one in shown["arms"].items()}
    return (
        f"Plain nets get {at['plain-2']:.0%} of their training rows right with 2 hidden layers and "
        f"{at['plain-32']:.0%} with 32; nets with skips {at['skips-2']:.0%} and "
        f"{at['skips-32']:.0%}. Each has its own best learning rate."
    )


CLAIM = Claim(
    title="Deeper plain nets are harder to train",
    rows=(26,),
    quotes=(Quote("A", "Training deeper networks can be more challenging"),),
    statement="A plain net of 32 hidden layers fits its training rows clearly worse than one of "
    "two, in as many steps and at its own best learning rate.",
    conditions="MNIST-1D, 2,000 rows, width 32, He's start, as many steps for all depths; "
    "learning rate is the best on other rows; the weights are those at the end.",
    measure=_measure,
    expects=(
        Expect("plain", "32 plain layers fit their training rows worse than two by over 5 points",
               0.05, "points"),
    ),
    controls=(Expect("learns", "two plain layers get over 20 points more right than guessing",
                     0.2, "points"),),
    also=(
        Expect("skips", "32 layers with skips fit their training rows worse than two by over 5 "
               "points", 0.05, "points"),
    ),
    swap="two layers under every name: nothing is deeper",
    literature=(
        Reference("He, Zhang, Ren and Sun", 2016, "Deep residual learning (CVPR), figure 1",
                  "theirs are convolutional nets on images; these are fully connected"),
    ),
    picture=_picture,
    reading=_reading,
    change="A learning rate, or more steps, at which 32 plain layers fit as well.",
    order=312,
)  # fmt: skip
