"""Does ReLU solve the vanishing gradient by itself, whatever the start?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._gradients import fall
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import bars
from howdeep.claims._train import How
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

LAYERS = 50
SIGMOID = "sigmoid, Xavier"
NETS = {
    "sigmoid, Xavier": ("sigmoid", "xavier"),
    "ReLU, nn.Linear's": ("relu", "torch"),
    "ReLU, He": ("relu", "he"),
}


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "digits", (1_000, 300, 400))
    arms = {
        name: chain(name, data.columns, data.outputs, LAYERS, 32, activation=act, start=start)
        for name, (act, start) in NETS.items()
    }
    if lab.control:  # two layers, through which nothing vanishes
        own = chain("ReLU, nn.Linear's", data.columns, data.outputs, 2, 32)
        arms["ReLU, nn.Linear's"] = own
    seeds = lab.by(5, 12)
    falls = {name: fall(arm, data, lab, seeds) for name, arm in arms.items()}
    how = How(steps=lab.by(250, 1_000), rates=(-12, -10, -8), grow=1)
    found = trained(lab, data, arms, how, seeds)
    guess = 0.1
    return Measured(
        {
            "kept": Effect(tuple(3.0 - v for v in falls["ReLU, nn.Linear's"])),
            "learns": Effect(tuple(v - guess for v in found["ReLU, nn.Linear's"]["test"])),
            "he_kept": Effect(tuple(3.0 - v for v in falls["ReLU, He"])),
            "sigmoid": Effect(tuple(v - 3.0 for v in falls["sigmoid, Xavier"])),
            "over_sigmoid": Effect(
                tuple(
                    a - b
                    for a, b in zip(
                        falls["sigmoid, Xavier"], falls["ReLU, nn.Linear's"], strict=True
                    )
                )
            ),
        },
        {"falls": falls, "arms": brief(found)},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    return (
        bars(
            "relu",
            f"How far the gradient falls through {LAYERS} layers",
            shown["falls"],
            "decades",
        ),
    )


def _moves(decades: float) -> str:
    """Whether a gradient falls or rises on its way back, and by how much."""
    return f"{'falls' if decades >= 0 else 'rises'} by {abs(decades):.1f}"


def _reading(shown: Mapping[str, Any]) -> str:
    falls = {name: mean(v) for name, v in shown["falls"].items()}
    right = {name: mean(one["test"]) for name, one in shown["arms"].items()}
    name = "ReLU, nn.Linear's"
    return (
        f"Through {LAYERS} layers the gradient {_moves(falls[SIGMOID])} decades with sigmoids; "
        f"it {_moves(falls[name])} with ReLUs as nn.Linear starts them and "
        f"{_moves(falls['ReLU, He'])} with He's start. After training they get "
        f"{right[SIGMOID]:.0%}, {right[name]:.0%} and {right['ReLU, He']:.0%} right."
    )


CLAIM = Claim(
    title="Does ReLU by itself solve the vanishing gradient?",
    rows=(30,),
    quotes=(
        Quote(
            "B",
            "Solves the vanishing gradient problem, enabling the training of much deeper networks.",
        ),
    ),
    statement="With ReLU, a plain net of 50 layers keeps its gradient, and learns, from the "
    "start that PyTorch gives it as well.",
    conditions="Plain nets of 50 layers of 32 units on handwritten digits; the start that "
    "PyTorch's nn.Linear draws unless told otherwise; each net at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("kept", "with ReLU and nn.Linear's start the gradient falls by less than three "
               "decades through 50 layers", 0.0, "decades"),
        Expect("learns", "a net of 50 ReLU layers with nn.Linear's start is better than guessing "
               "by over 20 points", 0.2, "points"),
    ),
    controls=(
        Expect("he_kept", "with ReLU and He's start the gradient falls by less than three decades",
               0.0),
        Expect("sigmoid", "with sigmoids the gradient falls by more than three decades", 0.0),
    ),
    also=(
        Expect("over_sigmoid", "with ReLU the gradient falls by fewer decades than with sigmoids",
               0.0, "decades"),
    ),
    swap="ReLU nets of two layers, where nothing vanishes",
    literature=(
        Reference(
            "He, Zhang, Ren and Sun", 2015, "Delving deep into rectifiers (arXiv 1502.01852)"
        ),
        Reference("Hanin", 2018, "Which neural net architectures give rise to exploding and "
                  "vanishing gradients? (arXiv 1801.03744)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Fifty plain ReLU layers that learn from a start no better scaled than nn.Linear's.",
    order=320,
    wrong="ReLU's slope of one lets a gradient pass only where the weights keep the signal's size. "
    "It mitigates; the start (He et al. 2015), skips or norms do the rest, and units can die.",
)  # fmt: skip
