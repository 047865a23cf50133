"""Deeper layers resemble the inputs less and part the classes more, because they have learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in
from howdeep.claims._inside import LAYERS, inside
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How
from howdeep.report.parts import Element


def _measure(lab: Lab) -> Measured:
    how = How(steps=lab.by(600, 2_000), rates=(-9, -7), grow=1)
    data = built_in(lab, "mnist1d", (4_000, 1_500, 2_000))
    found = lab.kept("mnist1d", lambda: inside(lab, data, how, lab.by(16, 40)))
    trained, untrained = found["trained"], found["untrained"]
    away, away_before = (_change(one["cka"], -1) for one in (trained, untrained))
    apart, apart_before = (_change(one["apart"], 1) for one in (trained, untrained))
    return Measured(
        {
            "away": Effect(tuple(away)),
            "apart": Effect(tuple(apart)),
            "away_learnt": _less(away, away_before),
            "apart_learnt": _less(apart, apart_before),
            "learns": Effect(tuple(v - 0.1 for v in found["score"])),
        },
        {kind: {k: found[kind][k] for k in ("cka", "apart")} for kind in ("trained", "untrained")},
    )


def _change(layers: list[list[float]], sign: int) -> list[float]:
    """From the first hidden layer to the last, by seed."""
    return [sign * (own[-1] - own[1]) for own in layers]


def _less(a: list[float], b: list[float]) -> Effect:
    return Effect(tuple(x - y for x, y in zip(a, b, strict=True)))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"cka": "likeness to the inputs (CKA)", "apart": "classes apart"}
    lines = {
        f"{what}, {'trained' if kind == 'trained' else 'before training'}": [
            (float(i), [own[i] for own in shown[kind][key]]) for i in range(LAYERS + 1)
        ]
        for key, what in names.items()
        for kind in ("trained", "untrained")
    }
    ticks = [(float(i), "inputs" if i == 0 else str(i)) for i in range(LAYERS + 1)]
    return (
        curves("abstraction", "Likeness to the inputs, and the share of variance between classes",
               lines, "hidden layer", "share", ticks=ticks),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def ends(kind: str, key: str) -> str:
        first, last = (mean([own[i] for own in shown[kind][key]]) for i in (1, -1))
        return f"{first:.2f} in the first hidden layer, {last:.2f} in the last"

    return (
        f"Likeness to the inputs (CKA) in trained nets: {ends('trained', 'cka')}; before training: "
        f"{ends('untrained', 'cka')}. Share of the variance that lies between classes: "
        f"{ends('trained', 'apart')}; before training: {ends('untrained', 'apart')}."
    )


CLAIM = Claim(
    title="Deeper layers leave the inputs behind and part the classes",
    rows=(12,),
    quotes=(
        Quote(
            "A", "as we move deeper into the network, the representations become more abstract"
        ),
    ),
    statement="From its first hidden layer to its last a trained net loses likeness to the inputs "
    "and moves classes apart, more than the same net does before training.",
    conditions=f"Plain nets of {LAYERS} hidden layers of 64 units on MNIST-1D; linear CKA with the "
    "inputs and the share of variance between class means, both on test rows.",
    measure=_measure,
    expects=(
        Expect("away", "likeness to the inputs (CKA) falls by over 0.1 from the first hidden "
               "layer to the last", 0.1, ""),
        Expect("away_learnt", "likeness to the inputs (CKA) falls by over 0.05 more in trained "
               "nets than in the same nets before training", 0.05, ""),
        Expect("apart", "the share of variance between classes rises by over 10 points from the "
               "first hidden layer to the last", 0.1, "points"),
        Expect("apart_learnt", "the share of variance between classes rises by over 10 points "
               "more in trained nets than in the same nets before training", 0.1, "points"),
    ),
    controls=(Expect("learns", "the nets get over 10 points more right than guessing",
                     0.1, "points"),),
    swap="nets with other starts and no training in the place of trained nets",
    literature=(
        Reference("Kornblith et al.", 2019, "Similarity of neural network representations "
                  "revisited (arXiv 1905.00414)"),
        Reference("Papyan, Han and Donoho", 2020, "Neural collapse (PNAS 117)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Trained nets whose last layer is as like the inputs as their first, or untrained ones "
    "that change as much.",
    order=115,
)  # fmt: skip
