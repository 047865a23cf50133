"""Capacity: deeper nets have more parameters at a fixed width, and not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, summary, tuned
from howdeep.report.parts import Element

COLUMNS, CLASSES, ROWS = 16, 4, 1_600
EQUAL = {1: 44, 2: 21, 4: 14}  # hidden layers: width, about 920 parameters each
FIXED = {1: 14, 2: 14, 4: 14}


def _noise(lab: Lab) -> Data:
    """Random classes of random rows; what counts is how many are learned by heart."""
    g = lab.numpy("noise")
    x = g.normal(size=(ROWS + 2, COLUMNS))
    data = split("noise", x, g.integers(0, CLASSES, ROWS + 2), (ROWS, 1, 1), CLASSES)
    return replace(data, choose=data.train)


def _arm(lab: Lab, shapes: dict[int, int], layers: int) -> Any:
    own = 1 if lab.control else layers
    arm = of_family("mlp", COLUMNS, CLASSES, own, shapes[own])
    how = How(steps=lab.by(1_000, 4_000), rates=(-8, -6, -4))
    found = summary(tuned(arm, _noise(lab), how, lab.by(5, 12), lab))
    return {"seen": found["seen"], "parameters": arm.parameters, "rate": found["rate"]}


def _measure(lab: Lab) -> Measured:
    found: dict[str, dict[str, Any]] = {"equal": {}, "fixed": {}}
    for name, shapes in (("equal", EQUAL), ("fixed", FIXED)):
        for layers, width in shapes.items():
            found[name][str(layers)] = lab.kept(
                "arm",
                lambda width, layers, shapes=shapes: _arm(lab, shapes, layers),
                width=width,
                layers=layers,
            )
    count = {name: [arm["parameters"] for arm in own.values()] for name, own in found.items()}
    return Measured(
        {
            "fixed": Effect((count["fixed"][-1] / count["fixed"][0],), exact=True),
            "equal": Effect((0.05 - abs(count["equal"][-1] / count["equal"][0] - 1),), exact=True),
            "by_heart": _gain(found["equal"]),
            "by_heart_fixed": _gain(found["fixed"]),
            "room": Effect(tuple(1 - v for v in found["equal"]["1"]["seen"])),
            "learns": Effect(tuple(v - 1 / CLASSES for v in found["equal"]["1"]["seen"])),
        },
        {"arms": found},
    )


def _gain(arms: dict[str, Any]) -> Effect:
    return Effect(tuple(b - a for a, b in zip(arms["1"]["seen"], arms["4"]["seen"], strict=True)))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"equal": "equal parameters", "fixed": "fixed width"}
    lines = {
        label: [(int(k), arm["seen"]) for k, arm in shown["arms"][name].items()]
        for name, label in names.items()
    }
    return (
        curves("capacity", "Random classes learnt by heart", lines, "hidden layers",
               "right, %", times=100, ticks=[(k, str(k)) for k in EQUAL]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    equal, fixed = shown["arms"]["equal"], shown["arms"]["fixed"]
    mean = {k: sum(arm["seen"]) / len(arm["seen"]) for k, arm in equal.items()}
    wide = {k: sum(arm["seen"]) / len(arm["seen"]) for k, arm in fixed.items()}
    size = {k: arm["parameters"] for k, arm in fixed.items()}
    return (
        f"At a width of 14, one hidden layer has {size['1']:,} parameters and four have "
        f"{size['4']:,}, and they learn {wide['1']:.1%} and {wide['4']:.1%} of random classes by "
        f"heart. With {equal['1']['parameters']:,} and {equal['4']['parameters']:,} "
        f"parameters, one layer learns {mean['1']:.1%}, two {mean['2']:.1%} and four "
        f"{mean['4']:.1%}."
    )


CLAIM = Claim(
    title="Do deeper nets have more parameters and more capacity?",
    rows=(15,),
    quotes=(
        Quote(
            "A",
            "Deeper networks have more parameters and, therefore, a greater capacity to learn "
            "from data",
        ),
    ),
    statement="A net of four hidden layers learns more by heart than one of a single hidden layer, "
    "both at one width, where it has more parameters, and at equal parameters.",
    conditions="Plain nets on 1,600 random rows of 16 columns with four random classes; width 14 "
    "throughout, or widths for about 920 parameters; each net at its own best learning rate for "
    "the rows it learns.",
    measure=_measure,
    expects=(
        Expect("by_heart_fixed", "at one width four layers learn over 2 points more by heart than "
               "one", 0.02, "points"),
        Expect("by_heart", "at equal parameters four layers learn over 2 points more by heart "
               "than one", 0.02, "points"),
    ),
    controls=(
        Expect("learns", "one hidden layer learns over 10 points more of them than guessing gets",
               0.1, "points"),
        Expect("room", "one hidden layer leaves over 5 points to be learnt", 0.05, "points"),
        Expect("equal", "the parameters that are to be equal are so to 5 %", 0.0),
    ),
    also=(Expect("fixed", "at one width depth adds parameters", 1.05, "times"),),
    swap="a net of one hidden layer in the place of every depth",
    literature=(
        Reference("Zhang and others", 2017, "Understanding deep learning requires rethinking "
                  "generalization (arXiv 1611.03530)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A deeper net that fits more random classes with as many parameters.",
    order=230,
    wrong="Depth adds parameters only while the width is kept. Width and depth both set the "
    "number of parameters, and a shallow wide net can have as many as a deep narrow one.",
)  # fmt: skip
