"""High performance costs: what nets of few and of many operations get right, hard and easy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, Rows, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.chain import chain
from howdeep.claims.nets.conv import Shape, conv
from howdeep.report.parts import Element

POINTS, OUTPUTS, CHANNELS = 40, 10, 16
CONVOLUTIONS = {
    "one convolution": Shape(POINTS, OUTPUTS, 1, CHANNELS, down="max"),
    "three convolutions": Shape(POINTS, OUTPUTS, 3, CHANNELS, down="max"),
}
COST = {
    "linear": POINTS * OUTPUTS,
    "one layer": 64 * (POINTS + OUTPUTS),
    **{name: shape.products() for name, shape in CONVOLUTIONS.items()},
}
DEAR = COST["three convolutions"]
WIDE = round(DEAR / (POINTS + OUTPUTS))  # units of one layer that costs as much
COST["one wide layer"] = WIDE * (POINTS + OUTPUTS)
CHEAP = ("linear", "one layer", "one convolution")


def _arms() -> dict[str, Arm]:
    return {
        "linear": of_family("mlp", POINTS, OUTPUTS, 0, 64, "linear"),
        "one layer": chain("one layer", POINTS, OUTPUTS, 1, 64),
        **{name: conv(name, shape) for name, shape in CONVOLUTIONS.items()},
        "one wide layer": chain("one wide layer", POINTS, OUTPUTS, 1, WIDE),
    }


def _easy(lab: Lab, counts: tuple[int, int, int]) -> Data:
    """Normal columns; the class is the largest of ten linear functions of them."""
    g = lab.torch("easy")
    weights = torch.randn(POINTS, OUTPUTS, generator=g)
    parts = []
    for count in counts:
        x = torch.randn(count, POINTS, generator=g)
        parts.append(Rows(x, (x @ weights).argmax(1)))
    return Data("easy", parts[0], parts[1], parts[2], OUTPUTS)


def _measure(lab: Lab) -> Measured:
    counts = (4_000, 500, 1_500)
    hard = built_in(lab, "mnist1d", counts)
    hard = shuffled(lab, hard) if lab.control else hard
    how, seeds = How(steps=lab.by(250, 2_000), rates=(-7, -5), grow=1), lab.by(14, 20)
    arms = _arms()
    found = trained(lab, hard, arms, how, seeds)
    plain = {f"easy {name}": arms[name] for name in ("linear", "three convolutions")}
    easy = trained(lab, _easy(lab, counts), plain, how, lab.by(3, 12))
    best = max(CHEAP, key=lambda name: max(found[name]["chosen"].values()))
    dear = found["three convolutions"]
    return Measured(
        {
            "gain": more(dear, found[best]),
            "learns": Effect(tuple(v - 0.1 for v in found[best]["test"])),
            "cheap": Effect((DEAR / max(COST[name] for name in CHEAP),), exact=True),
            "wide": more(dear, found["one wide layer"]),
            "easy": more(easy["easy three convolutions"], easy["easy linear"]),
        },
        {"arms": brief(found), "easy": brief(easy), "best": best},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    order = sorted(COST, key=lambda name: COST[name])
    lines = {name: [(math.log10(COST[name]), shown["arms"][name]["test"])] for name in order}
    ticks = [(math.log10(v), f"{v:,}") for v in (1_000, 10_000)]
    return (
        curves("performance", "Right on new rows by what a row costs", lines,
               "multiplications a row", "%", times=100, ticks=ticks),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def right(name: str) -> str:
        return f"{mean(shown['arms'][name]['test']):.1%}"

    best = shown["best"]
    easy, linear = (
        mean(shown["easy"][f"easy {name}"]["test"]) for name in ("three convolutions", "linear")
    )
    return (
        f"On MNIST-1D three convolutions get {right('three convolutions')} right at {DEAR:,} "
        f"multiplications a row; the best of the nets of a quarter of that, {best}, {right(best)} "
        f"at {COST[best]:,}; one layer made as dear as they are {right('one wide layer')}. Where "
        f"classes are linear they get {easy:.1%} right, and a linear model {linear:.1%}."
    )


CLAIM = Claim(
    title="High performance costs computation",
    rows=(80,),
    quotes=(
        Quote(
            "C",
            "It achieves high performance on complex problems but incurs significant computational "
            "costs",
        ),
    ),
    statement="On a hard problem a deep convolutional net gets clearly more right than the best "
    "of three nets of a quarter of its cost or less.",
    conditions=f"MNIST-1D, {CHANNELS} channels, each net at its own best learning rate in as many "
    "steps; the best cheap net is chosen by other rows.",
    measure=_measure,
    expects=(
        Expect("gain", "three convolutions get over 10 points more right than the best net of a "
               "quarter of their multiplications", 0.1, "points"),
    ),
    controls=(
        Expect("learns", "the best cheap net gets over 10 points more right than guessing",
               0.1, "points"),
        Expect("cheap", "each cheap net costs less than a quarter", 4.0, "times"),
    ),
    also=(
        Expect("wide", "three convolutions get over 10 points more right than one layer of equal "
               "cost", 0.1, "points"),
        Expect("easy", "where classes are linear three convolutions get over 2 points more right "
               "than a linear model", 0.02, "points"),
    ),
    swap="shuffled labels: nothing to learn at any cost",
    literature=(
        Reference("Greydanus and Kobak", 2024, "Scaling down deep learning with MNIST-1D (ICML): "
                  "linear 32 %, MLP 68 %, convolutional 94 %"),
        Reference("Thompson et al.", 2020, "The computational limits of deep learning (arXiv "
                  "2007.05558): progress has been bought with computation"),
    ),
    picture=_picture,
    reading=_reading,
    change="Harder problems, on which cheap nets fall further behind; or a cheap net of a better "
    "architecture, which is worth more than its cost.",
    order=615,
)  # fmt: skip
