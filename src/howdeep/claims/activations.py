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
from howdeep.claims.nets.chain import ACTIVATIONS, chain
from howdeep.report.parts import Element

KINDS = ("sigmoid", "tanh", "relu", "gelu", "silu")
LAYERS = (1, 8)


def _matched(arm: Arm, data: Data, activation: str) -> Arm:
    """The arm started so that each layer's outputs have deviation 1 before the activation.

    Layer by layer on 128 rows, after an orthogonal start (Mishkin & Matas 2016, arXiv 1511.06422).
    """
    act, x = ACTIVATIONS[activation], data.train.x[:128]

    def init(g: torch.Generator) -> Params:
        params = arm.init(g)
        h = x.flatten(1)
        for name, at in _places(params):
            weight = params[name] if at is None else params[name][at]
            weight /= (h @ weight).std().clamp_min(1e-6)
            h = act(h @ weight)
        return params

    return Arm(arm.name, init, arm.apply, arm.layers, arm.parameters)


def _places(params: Params) -> list[tuple[str, int | None]]:
    hidden = range(len(params["hidden.weight"]))
    return [("stem.weight", None), *(("hidden.weight", i) for i in hidden)]


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (2_000, 500, 1_000))
    arms = {}
    for kind in KINDS:
        for layers in LAYERS:
            own = "relu" if lab.control else kind
            arm = chain(f"{kind}-{layers}", data.columns, data.outputs, layers, 64,
                        activation=own, start="orthogonal")  # fmt: skip
            arms[arm.name] = _matched(arm, data, own)
    seeds, how = lab.by(8, 16), How(steps=lab.by(300, 1_500), rates=(-9, -7, -5))
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
        {"arms": brief(found)},
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
    return f"Right on new rows with 1 and with 8 hidden layers: {said}."


CLAIM = Claim(
    title="ReLU beats sigmoids where nets are deep",
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
    conditions="Chains of 64 units on MNIST-1D, 2,000 rows; every layer scaled on data so that "
    "what enters its activation has deviation 1 over rows and units; each arm at its own best "
    "learning rate.",
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
    change="Eight sigmoid layers that are as good after as many steps at some learning rate.",
    order=325,
)
