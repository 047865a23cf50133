"""Optimisers by depth: plain gradients, momentum, Adam, AdamW and Muon, each at its best rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._optimisers import Optimizer
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, summary, tuned
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

LAYERS = (2, 16)
WAYS: dict[Optimizer, tuple[str, tuple[int, ...]]] = {  # name, rates tried first
    "sgd": ("SGD", (-6, -4, -2)),
    "momentum": ("momentum", (-9, -7, -5)),
    "adam": ("Adam", (-10, -8, -6)),
    "adamw": ("AdamW", (-10, -8, -6)),
    "muon": ("Muon", (-9, -7, -5)),
}


def _one(lab: Lab, data: Data, way: Optimizer, layers: int, seeds: int) -> dict[str, Any]:
    how = How(
        steps=lab.by(200, 800), rates=WAYS[way][1], grow=4, optimizer=way, decay=0.1,
        finish="last",
    )  # fmt: skip
    arm = chain(f"plain-{layers}", data.columns, data.outputs, layers, 32)
    found = summary(tuned(arm, data, how, seeds, lab))
    return {key: found[key] for key in ("seen", "test", "rate", "loss", "chosen")}


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "digits", (1_000, 300, 450))
    if lab.control:
        data = shuffled(lab, data)
    seeds = lab.by(8, 16)
    found = {
        f"{way}-{n}": lab.kept(
            "arm", lambda way, n: _one(lab, data, way, n, seeds), way=way, n=n
        )
        for way in WAYS
        for n in LAYERS
    }  # fmt: skip

    def lead(way: Optimizer, n: int, over: Optimizer = "sgd") -> Effect:
        pairs = zip(found[f"{way}-{n}"]["seen"], found[f"{over}-{n}"]["seen"], strict=True)
        return Effect(tuple(a - b for a, b in pairs))

    grown = zip(lead("adam", 16).values, lead("adam", 2).values, strict=True)
    return Measured(
        {
            "deep": lead("adam", 16),
            "grows": Effect(tuple(a - b for a, b in grown)),
            "momentum": lead("momentum", 16),
            "decay": lead("adamw", 16, "adam"),
            "muon": lead("muon", 16, "adam"),
            "learns": Effect(tuple(v - 0.1 for v in found["sgd-2"]["seen"])),
        },
        {"arms": found},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(n), shown["arms"][f"{way}-{n}"]["seen"]) for n in LAYERS]
        for way, (name, _) in WAYS.items()
    }
    return (
        curves("optimisers", "Right on training rows after equally many steps", lines,
               "hidden layers", "%", times=100, ticks=[(float(n), str(n)) for n in LAYERS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def at(way: str, n: int, key: str = "seen") -> str:
        return f"{mean(shown['arms'][f'{way}-{n}'][key]):.1%}"

    said = [f"{name} {at(way, 2)} and {at(way, 16)}" for way, (name, _) in WAYS.items()]
    return (
        f"Of training rows right with 2 and with 16 plain layers: {', '.join(said)}. Of new rows "
        f"16 layers get {at('sgd', 16, 'test')} right by SGD and {at('adam', 16, 'test')} by Adam."
    )


CLAIM = Claim(
    title="Better optimisers help deep nets to train",
    rows=(32,),
    quotes=(
        Quote("C", "advanced optimization techniques have facilitated the training of deeper "
              "networks"),
    ),
    statement="After equally many steps Adam fits 16 plain layers clearly better than stochastic "
    "gradient descent, and its lead is larger than with two layers; both at tuned rates.",
    conditions="Handwritten digits, plain ReLU layers of 32 units with He's start, batches of "
    "64, each optimiser at each depth at the rate that is best on other rows; compared on training "
    "rows, at the end.",
    measure=_measure,
    expects=(
        Expect("deep", "with 16 layers Adam leads SGD by over 5 points on training rows",
               0.05, "points"),
        Expect("grows", "Adam's lead over SGD is over 2 points larger with 16 layers than with two",
               0.02, "points"),
    ),
    controls=(Expect("learns", "SGD gets over 50 points more right than guessing with two layers",
                     0.5, "points"),),
    also=(
        Expect("momentum", "momentum leads SGD by over 5 points with 16 layers", 0.05, "points"),
        Expect("decay", "AdamW leads Adam by over 2 points with 16 layers", 0.02, "points"),
        Expect("muon", "Muon leads Adam by over 2 points with 16 layers", 0.02, "points"),
    ),
    swap="shuffled labels: nothing to learn",
    literature=(
        Reference("Kingma and Ba", 2015, "Adam (arXiv 1412.6980)"),
        Reference("Loshchilov and Hutter", 2019, "Decoupled weight decay regularization "
                  "(arXiv 1711.05101)"),
        Reference("Wilson et al.", 2017, "The marginal value of adaptive gradient methods in "
                  "machine learning (arXiv 1705.08292)",
                  "what is asked is what trains, not what generalises"),
        Reference("Liu et al.", 2025, "Muon is scalable for LLM training (arXiv 2502.16982)",
                  "a few hundred steps on digits, not language models"),
    ),
    picture=_picture,
    reading=_reading,
    change="More steps, in which SGD may catch up; nets with skips or norms, which need less help.",
    order=350,
)  # fmt: skip
