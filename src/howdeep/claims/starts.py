"""Better starts: less saturation, and faster training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import stacked
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.chain import ACTIVATIONS, chain, states
from howdeep.report.parts import Element

LAYERS, WIDTH = 6, 64
STARTS = {"Xavier": "xavier", "unit normal": "unit", "tiny": "small", "zero": "zero"}
END = 0.98  # of tanh's range: beyond it the slope is under 4 %


def _saturated(lab: Lab, data: Data, start: str, seeds: int) -> list[float]:
    """The share of hidden units, over rows, that lie at an end of tanh before training."""
    arm = chain(start, data.columns, data.outputs, LAYERS, WIDTH, activation="tanh", start=start)
    nets = stacked(arm, [lab.torch("start", start, seed) for seed in range(seeds)])
    x = data.train.x[:256]
    seen = states(nets, x.expand(seeds, *x.shape), ACTIVATIONS["tanh"])
    shares = sum((h.abs() > END).float().mean((1, 2)) for h in seen) / len(seen)
    return [round(float(share), 6) for share in shares]  # type: ignore[union-attr]


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (2_000, 500, 1_000))
    seeds = lab.by(5, 12)
    names = {name: "xavier" if lab.control else start for name, start in STARTS.items()}
    saturated = {name: _saturated(lab, data, start, seeds) for name, start in names.items()}
    arms = {
        name: chain(name, data.columns, data.outputs, LAYERS, WIDTH, activation="tanh", start=s)
        for name, s in names.items()
    }
    if lab.control:
        data = shuffled(lab, data)
    found = trained(lab, data, arms, How(steps=lab.by(300, 800), rates=(-10, -8, -6)), seeds)
    pairs = zip(saturated["unit normal"], saturated["Xavier"], strict=True)
    return Measured(
        {
            "saturation": Effect(tuple(a - b for a, b in pairs)),
            "faster": more(found["Xavier"], found["unit normal"]),
            "tiny": more(found["Xavier"], found["tiny"]),
            "zero": Effect(tuple(0.2 - v for v in found["zero"]["test"])),
            "learns": Effect(tuple(v - 0.1 for v in found["Xavier"]["test"])),
        },
        {"saturated": saturated, "arms": brief(found)},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(i + 1), [value]) for i, value in enumerate(one["loss"])]
        for name, one in shown["arms"].items()
    }
    return (
        curves("starts", f"Training {LAYERS} tanh layers from four starts", lines,
               "tenths of the training", "loss on training rows"),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(values) for name, values in shown["saturated"].items()}
    right = {name: mean(one["test"]) for name, one in shown["arms"].items()}
    return (
        f"Before training {at['unit normal']:.0%} of the units are saturated with weights of "
        f"deviation 1 and {at['Xavier']:.0%} with Xavier's. After it the nets get "
        f"{right['unit normal']:.1%} and {right['Xavier']:.1%} right, {right['tiny']:.1%} from "
        f"tiny weights, {right['zero']:.1%} from zero."
    )


CLAIM = Claim(
    title="A start scaled to the layer avoids saturation and trains faster",
    rows=(29, 51),
    quotes=(
        Quote(
            "C",
            "Better weight initialization techniques help avoid saturation of activation "
            "functions, leading to more efficient convergence during training.",
        ),
        Quote("A", "improved initialization methods have been introduced"),
    ),
    statement="Xavier's start leaves far fewer tanh units saturated than weights of deviation one, "
    "and after equally many steps the net is clearly better.",
    conditions=f"{LAYERS} tanh layers of {WIDTH} units on MNIST-1D, as many steps for all, each "
    "start at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("saturation", "weights of deviation one leave over 20 points more units saturated "
               "than Xavier's start", 0.2, "points"),
        Expect("faster", "after as many steps a net with Xavier's start is over 5 points better "
               "than one with weights of deviation one", 0.05, "points"),
    ),
    controls=(Expect("learns", "the net with Xavier's start beats guessing by over 10 points",
                     0.1, "points"),),
    also=(
        Expect("tiny", "Xavier's start is better than tiny weights", 0.0, "points"),
        Expect("zero", "a zero start stays within 10 points of guessing", 0.0, "points"),
    ),
    swap="Xavier's start under every name, and shuffled labels",
    literature=(
        Reference("Glorot and Bengio", 2010, "Understanding the difficulty of training deep "
                  "feedforward neural networks (AISTATS)"),
        Reference("Mishkin and Matas", 2016, "All you need is a good init (arXiv 1511.06422)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Weights of deviation one that train as well at some learning rate.",
    order=330,
)  # fmt: skip
