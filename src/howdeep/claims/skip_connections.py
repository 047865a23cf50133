"""Skip connections: deep nets that train, and blocks that can be left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params, of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more, score, summary, tuned
from howdeep.report.parts import Element

LAYERS = (2, 16)  # hidden layers; a residual block has two
WIDTH = 32


def _arm(lab: Lab, data: Data, kind: str, layers: int) -> Arm:
    name = f"{kind}-{layers}"
    if kind == "skips" and not lab.control:
        return of_family("resmlp", data.columns, data.outputs, layers // 2, WIDTH, name)
    return of_family("mlp", data.columns, data.outputs, layers, WIDTH, name)


def _one(lab: Lab, kind: str, layers: int, seeds: int) -> dict[str, Any]:
    data = built_in(lab, "mnist1d", (3_000, 500, 2_000))
    arm = _arm(lab, data, kind, layers)
    how = How(steps=lab.by(500, 1_500), rates=(-9, -7, -5), grow=1)
    found = tuned(arm, data, how, seeds, lab)
    out = summary(found)
    if layers > 2:
        whole = score(arm, found.params, data.test, data).mean(1)
        cut = [
            score(arm, _without(found.params, place), data.test, data).mean(1)
            for place in _places(found.params)
        ]
        out["falls"] = [
            [round(float(a - b), 5) for a, b in zip(whole, c, strict=True)] for c in cut
        ]
    return out


def _places(params: Params) -> list[str]:
    """The blocks that can be left out: of residual nets all, of plain ones all but the first."""
    found = [name.removesuffix(".weight") for name in params if name.endswith(".down.weight")]
    plain = [
        n.removesuffix(".weight")
        for n in params
        if n.startswith("blocks.") and n.endswith("weight")
    ]
    return found or plain


def _without(params: Params, place: str) -> Params:
    """The nets without a block: what it adds is zero, or a plain layer hands on what it gets.

    What enters a plain layer is no less than zero, so that ReLU of the identity is the identity.
    """
    weight = params[f"{place}.weight"]
    identity = torch.eye(weight.shape[-1]).expand_as(weight)
    new = torch.zeros_like(weight) if place.endswith(".down") else identity
    return params | {
        f"{place}.weight": new,
        f"{place}.bias": torch.zeros_like(params[f"{place}.bias"]),
    }


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(6, 12)
    found = {
        f"{kind}-{layers}": lab.kept(
            "arm",
            lambda kind, layers: _one(lab, kind, layers, seeds),
            kind=kind,
            layers=layers,
        )
        for kind in ("plain", "skips")
        for layers in LAYERS
    }
    falls = {kind: _by_seed(found[f"{kind}-16"]["falls"]) for kind in ("plain", "skips")}
    return Measured(
        {
            "deep": more(found["skips-16"], found["plain-16"]),
            "lesion": Effect(
                tuple(a - b for a, b in zip(falls["plain"], falls["skips"], strict=True)), 0.01
            ),
            "gain": more(found["skips-16"], found["skips-2"]),
            "loss": more(found["plain-2"], found["plain-16"]),
            "learns": Effect(tuple(v - 0.1 for v in found["plain-2"]["test"])),
        },
        {name: {k: v for k, v in one.items() if k != "rows"} for name, one in found.items()},
    )


def _by_seed(falls: list[list[float]]) -> list[float]:
    return [mean([block[seed] for block in falls]) for seed in range(len(falls[0]))]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    scores = {
        name: [(float(n), shown[f"{kind}-{n}"]["test"]) for n in LAYERS]
        for kind, name in (("plain", "plain"), ("skips", "with skips"))
    }
    falls = {
        name: [(float(i + 1), block) for i, block in enumerate(shown[f"{kind}-16"]["falls"])]
        for kind, name in (("plain", "plain"), ("skips", "with skips"))
    }
    return (
        curves("skips", "Right on new rows", scores, "hidden layers", "%", times=100,
               ticks=[(float(n), str(n)) for n in LAYERS]),
        curves("lesions", "What leaving one block out costs", falls, "block", "points", times=100),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["test"]) for name, one in shown.items()}
    falls = {k: mean(_by_seed(shown[f"{k}-16"]["falls"])) for k in ("plain", "skips")}
    return (
        f"With 2 hidden layers plain nets get {at['plain-2']:.1%} right and nets with skips "
        f"{at['skips-2']:.1%}; with 16 {at['plain-16']:.1%} and {at['skips-16']:.1%}. Leaving one "
        f"block out of 16 layers costs {100 * falls['plain']:.0f} points in a plain net and "
        f"{100 * falls['skips']:.0f} with skips."
    )


CLAIM = Claim(
    title="Skip connections let deep nets train, and make blocks dispensable",
    rows=(28,),
    quotes=(
        Quote("A", "skip connections (like in ResNet)"),
        Quote("A", "have been introduced to help train very deep networks"),
    ),
    statement="At 16 hidden layers a net with skips is clearly better than its plain twin, and "
    "leaving one of its blocks out costs far less.",
    conditions="MNIST-1D, 3,000 rows, width 32, each at its own best learning rate; blocks (two "
    "layers with a skip, one plain layer without) left out one at a time after training, without "
    "tuning the others.",
    measure=_measure,
    expects=(
        Expect("deep", "16 layers with skips are better than 16 plain ones by over 5 points",
               0.05, "points"),
        Expect("lesion", "leaving a block out costs over 10 points less with skips than without",
               0.1, "points"),
    ),
    controls=(Expect("learns", "two plain layers get over 20 points more right than guessing",
                     0.2, "points"),),
    also=(
        Expect("gain", "16 layers with skips are better than 2", 0.0, "points"),
        Expect("loss", "2 plain layers are better than 16", 0.0, "points"),
    ),
    swap="the plain net under both names",
    literature=(
        Reference("He, Zhang, Ren and Sun", 2016, "Deep residual learning (CVPR)"),
        Reference("Veit, Wilber and Belongie", 2016, "Residual networks behave like ensembles of "
                  "relatively shallow networks (arXiv 1605.06431)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A plain net of 16 layers that is as good, or that loses as little with a layer.",
    order=340,
)  # fmt: skip
