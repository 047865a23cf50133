"""Two spirals at equal parameters: depth pays where a boundary winds, by training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more, summary, tuned
from howdeep.report.parts import Element

SHAPES = {1: 207, 2: 29, 3: 21, 5: 15}  # hidden layers: width, about 1,030 parameters each


def _arms(lab: Lab) -> Any:
    data = built_in(lab, "spirals", (2_000, 500, 2_000))
    if lab.control:
        data = shuffled(lab, data)
    how = How(steps=lab.by(800, 3_000), rates=(-8, -6, -4))
    out = {}
    for layers, width in SHAPES.items():
        arm = of_family("mlp", data.columns, data.outputs, layers, width)
        out[str(layers)] = summary(tuned(arm, data, how, lab.by(5, 12), lab)) | {
            "parameters": arm.parameters
        }
    return out


def _measure(lab: Lab) -> Measured:
    arms = lab.kept("arms", lambda: _arms(lab))
    sizes = [arm["parameters"] for arm in arms.values()]
    return Measured(
        {
            "deep": more(arms["5"], arms["1"]),
            "two": more(arms["2"], arms["1"]),
            "learns": Effect(tuple(v - 0.5 for v in arms["1"]["test"])),
            "equal": Effect((1 - max(sizes) / min(sizes),), exact=True),
        },
        {
            "arms": {
                k: {key: v[key] for key in ("test", "rate", "parameters")} for k, v in arms.items()
            }
        },
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    points = [(int(k), arm["test"]) for k, arm in shown["arms"].items()]
    return (
        curves("spirals", "Two spirals at about 1,030 parameters", {"accuracy": points},
               "hidden layers", "right, %", times=100, ticks=[(k, str(k)) for k in SHAPES]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    mean = {k: sum(arm["test"]) / len(arm["test"]) for k, arm in shown["arms"].items()}
    return (
        f"At equal parameters one hidden layer gets {mean['1']:.1%} of new points right, two "
        f"{mean['2']:.1%} and five {mean['5']:.1%}."
    )


CLAIM = Claim(
    title="Depth pays at equal parameters where the boundary winds",
    rows=(13, 20),
    quotes=(
        Quote("C", "model complex functions with fewer parameters than shallow networks require"),
        Quote("A", "This composition can capture intricate patterns and relationships in the data"),
    ),
    statement="On two spirals, a net of five hidden layers is better than one of a single hidden "
    "layer with as many parameters.",
    conditions="Two spirals of 2,000 training points; plain nets of about 1,030 parameters, each "
    "depth at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("deep", "five hidden layers are better than one by over 5 points", 0.05, "points"),
    ),
    controls=(
        Expect("learns", "one hidden layer beats guessing", 0.1, "points"),
        Expect("equal", "all have the same number of parameters within 3 %", -0.03, ""),
    ),
    also=(Expect("two", "two hidden layers are better than one", 0.0, "points"),),
    swap="the classes dealt anew to the points: nothing to learn",
    literature=(
        Reference(
            "Lang and Witbrock", 1988, "Learning to tell two spirals apart (Connectionist Models)"
        ),
    ),
    picture=_picture,
    reading=_reading,
    change="A single hidden layer of 207 units that gets as many points right within the steps.",
    order=220,
)
