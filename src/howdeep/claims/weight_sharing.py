"""Sharing a filter over all places: fewer parameters, and better where rows are few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.conv import Shape, conv
from howdeep.report.parts import Element

FEW, MANY = 1_000, 4_000
TWIN = {"shared": "shared filters", "own": "a filter for each place"}


def _measure(lab: Lab) -> Measured:
    whole = built_in(lab, "mnist1d", (MANY, 2_000, 4_000))
    how = How(steps=lab.by(350, 1_500), rates=(-7, -6), looks=5, grow=lab.by(0, 2))
    found: dict[str, Any] = {}
    for rows in (FEW, MANY):
        arms = {
            f"{name} {rows}": conv(
                name,
                Shape(whole.columns, whole.outputs, shared=name == "shared" and not lab.control),
            )
            for name in TWIN
        }
        found |= trained(lab, whole.fewer(rows), arms, how, lab.by(11 if rows == FEW else 4, 20))
    shared, own = found[f"shared {FEW}"], found[f"own {FEW}"]
    return Measured(
        {
            "parameters": Effect((own["parameters"] / shared["parameters"],), exact=True),
            "few": more(shared, own),
            "gap": Effect(tuple(a - b for a, b in zip(_gap(own), _gap(shared), strict=True)), 0.01),
            "many": more(found[f"shared {MANY}"], found[f"own {MANY}"]),
            "learns": Effect(tuple(v - 0.1 for v in own["test"])),
        },
        {"arms": brief(found)},
    )


def _gap(arm: Mapping[str, Any]) -> list[float]:
    return [a - b for a, b in zip(arm["seen"], arm["test"], strict=True)]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        TWIN[name] + what: [
            (float(rows), shown["arms"][f"{name} {rows}"][key]) for rows in (FEW, MANY)
        ]
        for name in TWIN
        for key, what in (("test", ", new rows"), ("seen", ", rows learnt from"))
    }
    ticks = [(float(rows), f"{rows:,}") for rows in (FEW, MANY)]
    return (curves("weight-sharing", "Right with filters shared or not", lines,
                   "rows to learn from", "%", times=100, ticks=ticks),)  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    arms = shown["arms"]

    def told(rows: int) -> str:
        a, b = (mean(arms[f"{name} {rows}"]["test"]) for name in TWIN)
        return f"{a:.1%} of new rows right with shared filters and {b:.1%} without"

    a, b = (arms[f"{name} {FEW}"] for name in TWIN)
    return (
        f"The net has {a['parameters']:,} parameters and its twin that shares nothing "
        f"{b['parameters']:,}. From {FEW:,} rows: {told(FEW)}, where rows learnt from are better "
        f"than new ones by {100 * mean(_gap(a)):.0f} and {100 * mean(_gap(b)):.0f} points; from "
        f"{MANY:,}: {told(MANY)}."
    )


CLAIM = Claim(
    title="Shared filters need fewer parameters and fewer rows",
    rows=(62,),
    quotes=(Quote("B", "local receptive fields, parameter sharing, and spatial hierarchies"),),
    statement="A convolutional net has a fraction of the parameters of its twin that has a filter "
    "of its own for each place, and learns more of few rows, with a smaller gap.",
    conditions=f"MNIST-1D, whose signals lie at random places; {FEW:,} rows to learn from, and "
    f"{MANY:,} next to them; three layers of 16 channels and 5 places in steps of two, then a "
    "dense layer, in both nets; each at its own best learning rate (quick: the better of two).",
    measure=_measure,
    expects=(
        Expect("parameters", "the twin with a filter for each place has over three times the "
               "parameters", 3.0, "times"),
        Expect("few", "from few rows shared filters get over 5 points more right", 0.05, "points"),
        Expect("gap", "with shared filters the gap between rows learnt from and new ones is "
               "smaller by over 5 points", 0.05, "points"),
    ),
    controls=(Expect("learns", "the twin gets over 10 points more right than guessing",
                     0.1, "points"),),
    also=(
        Expect("many", f"from {MANY:,} rows shared filters still get over 5 points more right",
               0.05, "points"),
    ),
    swap="the twin that shares nothing under both names",
    literature=(
        Reference("LeCun", 1989, "Generalization and network design strategies: equal weights for "
                  "local filters, fewer free parameters"),
        Reference("d'Ascoli et al.", 2019, "Finding the needle in the haystack with convolutions "
                  "(arXiv 1906.06766): freed from sharing, a trained net stays near a convolution"),
    ),
    picture=_picture,
    reading=_reading,
    change="Signals of which each place means something else, as columns of a table do.",
    order=518,
)  # fmt: skip
