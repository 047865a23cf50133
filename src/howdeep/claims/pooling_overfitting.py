"""Does pooling prevent overfitting?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims import _pooling
from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import bars
from howdeep.report.parts import Element


def _measure(lab: Lab) -> Measured:
    found = _pooling.measured(lab, ("none", "max"))
    none, pooled = found["none"], found["max"]
    return Measured(
        {
            "gap": Effect(
                tuple(a - b for a, b in zip(none["gap"], pooled["gap"], strict=True)), 0.01
            ),
            "any": Effect(tuple(none["gap"])),
            "better": Effect(
                tuple(b - a for a, b in zip(none["test"], pooled["test"], strict=True)), 0.01
            ),
        },
        {name: {k: one[k] for k in ("gap", "test")} for name, one in found.items()},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"none": "without", "max": "max pooling"}
    values = {names[name]: one["gap"] for name, one in shown.items()}
    title = "Better on rows learnt from than on new ones"
    return (bars("pooling-gap", title, values, "points", times=100),)


def _reading(shown: Mapping[str, Any]) -> str:
    none, pooled = shown["none"], shown["max"]
    return (
        f"The gap between rows learnt from and new ones is {100 * mean(none['gap']):.1f} points "
        f"without pooling and {100 * mean(pooled['gap']):.1f} with it; new rows are told right in "
        f"{mean(none['test']):.1%} and {mean(pooled['test']):.1%}."
    )


CLAIM = Claim(
    title="Does pooling prevent overfitting?",
    rows=(68,),
    quotes=(Quote("B", "preventing overfitting"),),
    statement="With max pooling the gap between rows learnt from and new ones is smaller.",
    conditions="Two convolutions of 12 channels on 1,000 signals (MNIST-1D), trained to the end, "
    "each at its own best learning rate.",
    measure=_measure,
    expects=(Expect("gap", "max pooling lessens the gap by over 2 points", 0.02, "points"),),
    controls=(Expect("any", "without pooling there is a gap of over 2 points", 0.02, "points"),),
    also=(Expect("better", "with max pooling more new rows are told right", 0.0, "points"),),
    swap="no pooling under both names",
    literature=(Reference("Springenberg et al.", 2015, "Striving for simplicity: the all "
                          "convolutional net (arXiv 1412.6806): pooling can be left out"),),
    picture=_picture,
    reading=_reading,
    change="More rows, where there is little to overfit, or a head that pools everything.",
    order=532,
    wrong="Pooling leaves fewer parameters behind it, and so less can be learnt by heart. That "
    "may lessen overfitting; it does not prevent it.",
)  # fmt: skip
