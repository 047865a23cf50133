"""Activations at matched starts: sigmoid, tanh, ReLU and modern ones, shallow and deep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.chain import ACTIVATIONS, chain, states
from howdeep.report.parts import Element

KINDS = ("sigmoid", "tanh", "relu", "gelu")
LAYERS = (1, 8)


def _matched(arm: Arm, data: Data, activation: str) -> Arm:
    """The arm started so that what enters its activations has deviation 1 over rows.

    Of each unit over 128 rows, its square averaged over units; layer by layer, after an orthogonal
    start (after Mishkin & Matas 2016, arXiv 1511.06422). Biases bring the units' means to 0:
    activations that are never negative would else start where they are flat, or off.
    """
    act, x = ACTIVATIONS[activation], data.train.x[:128]

    def init(g: torch.Generator) -> Params:
        params = arm.init(g)
        h = x.flatten(1)
        for name, at in _places(params):
            weight, bias = (
                params[f"{name}.{part}"] if at is None else params[f"{name}.{part}"][at]
                for part in ("weight", "bias")
            )
            weight /= (h @ weight).var(0).mean().sqrt().clamp_min(1e-6)
            bias -= (h @ weight).mean(0)
            h = act(h @ weight + bias)
        return params

    return Arm(arm.name, init, arm.apply, arm.layers, arm.parameters)


def _places(params: Params) -> list[tuple[str, int | None]]:
    hidden = range(len(params["hidden.weight"]))
    return [("stem", None), *(("hidden", i) for i in hidden)]


def _spread(lab: Lab, arm: Arm, data: Data, activation: str) -> float:
    """The deviation over rows of what the last layer gives at the start, per unit, averaged."""
    params = {name: value[None] for name, value in arm.init(lab.torch("spread", arm.name)).items()}
    last = states(params, data.test.x[None], ACTIVATIONS[activation])[-1]
    return round(float(last[0].var(0).mean().sqrt()), 4)


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (2_000, 500, 4_000))
    arms, spread = {}, {}
    for kind in KINDS:
        for layers in LAYERS:
            own = "relu" if lab.control else kind
            arm = chain(f"{kind}-{layers}", data.columns, data.outputs, layers, 64,
                        activation=own, start="orthogonal")  # fmt: skip
            arms[arm.name] = _matched(arm, data, own)
            spread[arm.name] = _spread(lab, arms[arm.name], data, own)
    seeds, how = lab.by(6, 16), How(steps=lab.by(600, 1_500), rates=(-9, -7, -5))
    found = trained(lab, data, arms, how, seeds)
    deep, flat = (
        more(found["relu-8"], found["sigmoid-8"]),
        more(found["relu-1"], found["sigmoid-1"]),
    )
    return Measured(
        {
            "deep": deep,
            "grows": Effect(
                tuple(a - b for a, b in zip(deep.values, flat.values, strict=True)),
                row_error=(deep.row_error**2 + flat.row_error**2) ** 0.5,
            ),
            "gelu": more(found["gelu-8"], found["relu-8"]),
            "learns": Effect(tuple(v - 0.1 for v in found["relu-8"]["test"])),
        },
        {"arms": brief(found), "spread": spread},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        f"{n} hidden layer{'s' if n > 1 else ''}": [
            (float(i), shown["arms"][f"{kind}-{n}"]["test"]) for i, kind in enumerate(KINDS)
        ]
        for n in LAYERS
    }
    return (
        curves("activations", "Right on new rows, by activation", lines, "activation", "%",
               times=100, ticks=[(float(i), kind) for i, kind in enumerate(KINDS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["test"]) for name, one in shown["arms"].items()}
    said = "; ".join(f"{kind} {at[f'{kind}-1']:.1%} and {at[f'{kind}-8']:.1%}" for kind in KINDS)
    return (
        f"Right on new rows with 1 and with 8 hidden layers: {said}. At the start the last of "
        f"eight layers varies over rows by {shown['spread']['sigmoid-8']:.2f} (sigmoid) and "
        f"{shown['spread']['relu-8']:.2f} (ReLU)."
    )


CLAIM = Claim(
    title="Does ReLU beat sigmoids most where nets are deep?",
    rows=(31,),
    quotes=(
        Quote(
            "C",
            "Specific activation functions enhance learning by addressing issues like vanishing "
            "gradients and enabling better feature extraction.",
        ),
    ),
    statement="With starts matched layer by layer, eight ReLU layers are better than eight "
    "sigmoid layers, and their lead is larger than that of one layer over one.",
    conditions="Chains of 64 units on MNIST-1D, 2,000 rows; every layer scaled and shifted on "
    "data so that what enters its activation has mean 0 and deviation 1 over rows, the mean of "
    "each unit and the deviation averaged over units; each arm at its own best learning "
    "rate; 600 steps (full: 1,500).",
    measure=_measure,
    expects=(
        Expect(
            "deep", "eight ReLU layers beat eight sigmoid layers by over 5 points", 0.05, "points"
        ),
        Expect(
            "grows",
            "ReLU's lead over sigmoids is larger with eight layers than with one",
            0.0,
            "points",
        ),
    ),
    controls=(Expect("learns", "eight ReLU layers learn", 0.1, "points"),),
    also=(Expect("gelu", "GELU is better than ReLU at eight layers", 0.0, "points"),),
    swap="ReLU under every name",
    literature=(
        Reference("Glorot, Bordes and Bengio", 2011, "Deep sparse rectifier networks (AISTATS)"),
        Reference("Hendrycks and Gimpel", 2016, "Gaussian error linear units (arXiv 1606.08415)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Starts that let the signal die in sigmoid layers, other data or widths, or more steps.",
    order=325,
)
