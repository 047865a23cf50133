"""Vanishing and exploding gradients, measured at the start of nets of 2 to 30 layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._gradients import fall, first
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

DEPTHS = (2, 5, 10, 20, 30)
NETS: dict[str, dict[str, Any]] = {
    "sigmoid, Xavier": {"activation": "sigmoid", "start": "xavier"},
    "ReLU, 3 x He": {"activation": "relu", "start": "triple"},
    "ReLU, He": {"activation": "relu", "start": "he"},
    "residual": {"activation": "relu", "start": "he", "skip": "residual"},
}
FLAT = {"activation": "identity", "start": "orthogonal"}  # passes every signal on, whole


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (500, 50, 50))
    seeds = lab.by(6, 20)
    shown = {}
    for name, more in NETS.items():
        own = FLAT if lab.control else more
        shown[name] = [
            fall(chain(name, data.columns, data.outputs, layers, 64, **own), data, lab, seeds)
            for layers in DEPTHS
        ]
    at = DEPTHS.index(20)
    loss_scale = _outputs_grow(lab, data, seeds)
    return Measured(
        {
            "vanish": Effect(tuple(shown["sigmoid, Xavier"][at])),
            "explode": Effect(tuple(loss_scale)),
            "kept": Effect(tuple(1.5 - abs(v) for v in shown["residual"][at])),
            "he": Effect(tuple(1.5 - abs(v) for v in shown["ReLU, He"][at])),
        },
        {"falls": shown, "growth": loss_scale},
    )


def _outputs_grow(lab: Lab, data: Any, seeds: int) -> list[float]:
    """Decades by which the gradient at the first layer grows from 2 layers to 20, at 3 x He."""
    own = FLAT if lab.control else NETS["ReLU, 3 x He"]
    shallow, deep = (
        first(chain("grow", data.columns, data.outputs, layers, 64, **own), data, lab, seeds)
        for layers in (2, 20)
    )
    return [round(b - a, 4) for a, b in zip(shallow, deep, strict=True)]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(d), values) for d, values in zip(DEPTHS, falls, strict=True)]
        for name, falls in shown["falls"].items()
    }
    return (
        curves(
            "vanishing",
            "How much smaller the gradient is at the first layer than at the last",
            lines,
            "hidden layers",
            "decades",
            ticks=[(float(d), str(d)) for d in DEPTHS],
        ),
    )


def _reading(shown: Mapping[str, Any]) -> str:
    at = DEPTHS.index(20)
    mean = {name: sum(f[at]) / len(f[at]) for name, f in shown["falls"].items()}
    growth = sum(shown["growth"]) / len(shown["growth"])
    return (
        "On its way back through 20 layers the gradient falls by "
        f"{mean['sigmoid, Xavier']:.1f} decades in a sigmoid net and by {mean['residual']:.1f} in "
        f"a residual one (below 0 it grows). At three times He's start it is "
        f"{growth:.1f} decades larger with 20 layers than with 2."
    )


CLAIM = Claim(
    title="Gradients vanish, or explode, in deep plain nets",
    rows=(25,),
    quotes=(
        Quote(
            "A",
            "Training deeper networks can be more challenging due to issues like vanishing and "
            "exploding gradients",
        ),
    ),
    statement="Through 20 layers the gradient of a sigmoid net falls, and that of a ReLU net with "
    "too large a start grows, by more than two decades.",
    conditions="Chains of width 64 on MNIST-1D before training; norms of the weights' gradients.",
    measure=_measure,
    expects=(
        Expect(
            "vanish",
            "through 20 layers the gradient of a sigmoid net falls by over two decades",
            2.0,
            "decades",
        ),
        Expect(
            "explode",
            "with three times He's start the gradient of a ReLU net is over two "
            "decades larger with 20 layers than with 2",
            2.0,
            "decades",
        ),
    ),
    controls=(
        Expect("kept", "a residual net of 20 layers keeps its gradient within 1.5 decades", 0.0),
    ),
    also=(
        Expect(
            "he",
            "a ReLU net of 20 layers with He's start keeps its gradient within 1.5 decades",
            0.0,
            "decades",
        ),
    ),
    swap="identity activations with orthogonal weights, which pass every signal on",
    literature=(
        Reference("Hochreiter", 1991, "Untersuchungen zu dynamischen neuronalen Netzen"),
        Reference(
            "Glorot and Bengio",
            2010,
            "Understanding the difficulty of training deep feedforward neural networks (AISTATS)",
        ),
    ),
    picture=_picture,
    reading=_reading,
    change="A sigmoid net of 20 plain layers whose gradient arrives within two decades.",
    order=310,
)
