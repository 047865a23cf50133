"""Without a non-linear activation depth adds nothing: the product of linear maps is linear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family, stacked
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

LAYERS = (1, 2, 4)
WIDTH = 64


def _bend(lab: Lab, columns: int, layers: int, activation: str) -> float:
    """How far the mean of two outputs is from the output of the mean, next to the outputs."""
    arm = chain("bend", columns, 10, layers, WIDTH, activation=activation)
    params = {k: v.double() for k, v in stacked(arm, [lab.torch("bend", layers)]).items()}
    a, b = torch.randn(2, 1, 64, columns, generator=lab.torch("bend rows"), dtype=torch.float64)
    found = [arm.apply(params, x) for x in (a, b, (a + b) / 2)]
    apart = (found[0] + found[1]) / 2 - found[2]
    return float(apart.abs().max() / found[2].abs().max())


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (2_000, 1_000, 4_000))
    kind = "relu" if lab.control else "identity"
    arms = {"linear": of_family("mlp", data.columns, 10, 0, WIDTH, "linear")}
    for name, activation in (("identity", kind), ("relu", "relu")):
        for n in LAYERS:
            arms[f"{name}-{n}"] = chain(
                f"{name}-{n}", data.columns, 10, n, WIDTH, activation=activation, start="he"
                if activation == "relu" else "xavier",
            )  # fmt: skip
    how = How(steps=lab.by(300, 1_000), rates=(-10, -8, -6))
    found = trained(lab, data, arms, how, lab.by(8, 16))
    line = found["linear"]["test"]
    best = max((f"identity-{n}" for n in LAYERS), key=lambda k: max(found[k]["chosen"].values()))
    gain = more(found[best], found["linear"])
    bend = {n: _bend(lab, data.columns, n, kind) for n in LAYERS}
    return Measured(
        {
            "bend": Effect((1e-9 - max(bend.values()),), exact=True),
            "gains": Effect(tuple(0.03 - v for v in gain.values), gain.row_error),
            "relu": Effect(
                tuple(a - b for a, b in zip(found["relu-2"]["test"], line, strict=True))
            ),
        },
        {"arms": brief(found), "bend": max(bend.values())},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(n), shown["arms"][f"{kind}-{n}"]["test"]) for n in LAYERS]
        for kind, name in (("relu", "ReLU"), ("identity", "no activation"))
    }
    return (
        curves("identity", "Depth with and without an activation", lines, "hidden layers",
               "% right on new rows", times=100, ticks=[(float(n), str(n)) for n in LAYERS],
               levels={"linear model": mean(shown["arms"]["linear"]["test"])}),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["test"]) for name, one in shown["arms"].items()}
    return (
        f"A linear model gets {at['linear']:.1%} of new rows right; nets of {LAYERS[0]} to "
        f"{LAYERS[-1]} hidden layers whose activation is left out "
        + ", ".join(f"{at[f'identity-{n}']:.1%}" for n in LAYERS)
        + "; with ReLU "
        + ", ".join(f"{at[f'relu-{n}']:.1%}" for n in LAYERS)
        + f". Without it outputs depart from a linear map by {shown['bend']:.0e} of their size."
    )


CLAIM = Claim(
    title="Without an activation depth adds nothing",
    rows=(66,),
    quotes=(Quote("B", "non-linear activation function, commonly ReLU"),),
    statement="Where layers follow each other without a non-linear activation, a net of any depth "
    "is a linear model and scores as one.",
    conditions=f"MNIST-1D, 2,000 rows, 1, 2 and 4 hidden layers of {WIDTH} units with the identity "
    "for an activation, with ReLU, and no hidden layer; each at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("bend", "outputs of nets without an activation are linear in the inputs"),
        Expect("gains", "without an activation the best depth gains under 3 points over the "
               "linear model", 0.0, "points"),
    ),
    controls=(
        Expect("relu", "two ReLU layers beat the linear model by over 5 points", 0.05, "points"),
    ),
    swap="ReLU in the nets said to have no activation",
    literature=(
        Reference("Saxe, McClelland and Ganguli", 2014, "Exact solutions to the nonlinear dynamics "
                  "of learning in deep linear neural networks (arXiv 1312.6120): how they learn "
                  "depends on depth, what they can express does not"),
    ),
    picture=_picture,
    reading=_reading,
    change="Nothing can in exact arithmetic: a product of linear maps is linear.",
    order=305,
)  # fmt: skip
