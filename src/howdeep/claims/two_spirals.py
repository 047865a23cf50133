"""Two spirals at equal parameters: depth pays where a boundary winds, by training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more, summary, tuned
from howdeep.report.parts import Element

EARLY = 800  # steps after which nets are compared as well
SHAPES = {1: 207, 2: 29, 5: 15}  # hidden layers: width, about 1,030 parameters each


def _arms(lab: Lab, steps: int) -> Any:
    data = built_in(lab, "spirals", (2_000, 500, 2_000))
    if lab.control:
        data = shuffled(lab, data)
    how = How(steps=steps, rates=(-8, -6, -4))
    out = {}
    for layers, width in SHAPES.items():
        arm = of_family("mlp", data.columns, data.outputs, layers, width)
        out[str(layers)] = summary(tuned(arm, data, how, lab.by(5, 12), lab)) | {
            "parameters": arm.parameters
        }
    return out


def _measure(lab: Lab) -> Measured:
    late = lab.by(1_600, 4_000)
    arms, early = (
        lab.kept("arms", lambda steps: _arms(lab, steps), steps=steps) for steps in (late, EARLY)
    )
    sizes = [arm["parameters"] for arm in arms.values()]
    return Measured(
        {
            "deep": more(arms["5"], arms["1"]),
            "two": more(arms["2"], arms["1"]),
            "early": more(early["5"], early["1"]),
            "learns": Effect(tuple(v - 0.5 for v in arms["1"]["test"])),
            "equal": Effect((1 - max(sizes) / min(sizes),), exact=True),
        },
        {"steps": late, "arms": _brief(arms), "early": _brief(early)},
    )


def _brief(arms: Mapping[str, Any]) -> Any:
    keys = ("test", "rate", "parameters")
    return {k: {key: arm[key] for key in keys} for k, arm in arms.items()}


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        f"after {steps:,} steps": [(float(k), arm["test"]) for k, arm in shown[key].items()]
        for key, steps in (("arms", shown["steps"]), ("early", EARLY))
    }
    return (
        curves("spirals", "Two spirals at about 1,030 parameters", lines,
               "hidden layers", "right, %", times=100, ticks=[(k, str(k)) for k in SHAPES]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def right(key: str) -> str:
        test = {k: mean(arm["test"]) for k, arm in shown[key].items()}
        return f"{test['1']:.1%}, {test['2']:.1%} and {test['5']:.1%}"

    return (
        "At equal parameters one, two and five hidden layers get "
        f"{right('early')} of new points right after {EARLY:,} steps, and {right('arms')} after "
        f"{shown['steps']:,}."
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
    "depth at its own best learning rate; compared when trained for long, and after 800 steps.",
    measure=_measure,
    expects=(
        Expect(
            "deep",
            "five hidden layers are better than one with as many parameters by over 5 points",
            0.05,
            "points",
        ),
    ),
    controls=(
        Expect("learns", "one hidden layer beats guessing", 0.1, "points"),
        Expect("equal", "all have the same number of parameters within 3 %", -0.03, ""),
    ),
    also=(
        Expect(
            "two", "two hidden layers are better than one with as many parameters", 0.0, "points"
        ),
        Expect(
            "early",
            f"after {EARLY:,} steps five hidden layers are better than one by over 5 points",
            0.05,
            "points",
        ),
    ),
    swap="the classes dealt anew to the points: nothing to learn",
    literature=(
        Reference(
            "Lang and Witbrock", 1988, "Learning to tell two spirals apart (Connectionist Models)"
        ),
    ),
    picture=_picture,
    reading=_reading,
    change="More or fewer steps, or spirals of more or fewer turns.",
    order=220,
)
