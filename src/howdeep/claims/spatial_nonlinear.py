"""Without an activation, convolutions stacked are one linear map."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._nets import stacked
from howdeep.claims._pictures import curves
from howdeep.claims.nets.conv import Shape, conv
from howdeep.report.parts import Element

LAYERS = (1, 2, 4, 8)


def _apart(lab: Lab, shape: Shape) -> list[float]:
    """How far f(a + b) is from f(a) + f(b) - f(0), relative to f(a + b); one value a net."""
    arm = conv("linear", shape)
    start = stacked(arm, [lab.torch("start", shape.layers, seed) for seed in range(5)])
    params = {name: value.double() for name, value in start.items()}
    g = lab.torch("inputs")
    a, b = torch.randn(2, 5, 200, shape.length, generator=g, dtype=torch.float64)
    whole = arm.apply(params, a + b)
    parts = arm.apply(params, a) + arm.apply(params, b) - arm.apply(params, torch.zeros_like(a))
    apart = (whole - parts).flatten(1).norm(dim=1) / whole.flatten(1).norm(dim=1)
    return [float(v) for v in apart]


def _measure(lab: Lab) -> Measured:
    base = Shape(40, 10, channels=8, taps=3, down="none")
    plain, relu = {}, {}
    for layers in LAYERS:
        shape = replace(base, layers=layers)
        plain[str(layers)] = _apart(lab, replace(shape, linear=not lab.control))
        relu[str(layers)] = _apart(lab, shape)
    worst = max(max(v) for v in plain.values())
    return Measured(
        {
            "collapses": Effect((-math.log10(max(worst, 1e-16)),), exact=True),
            "relu": Effect((min(min(v) for v in relu.values()),), exact=True),
        },
        {"plain": plain, "relu": relu, "worst": worst},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(k), shown[key][str(k)]) for k in LAYERS]
        for name, key in (("no activation", "plain"), ("ReLU", "relu"))
    }
    return (
        curves("spatial-nonlinear", "How far from a linear map", lines, "convolutions",
               "relative distance", ticks=[(float(k), str(k)) for k in LAYERS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    relu = shown["relu"]
    one, most = (sum(relu[k]) / len(relu[k]) for k in ("1", "8"))
    return (
        f"Without an activation the answer to a sum is the sum of the answers, up to "
        f"{shown['worst']:.0e} of it, in nets of one to eight convolutions; with ReLU the two "
        f"differ by {one:.2f} of it with one convolution and by {most:.2f} with eight."
    )


CLAIM = Claim(
    title="Convolutions without an activation collapse to one linear map",
    rows=(66,),
    quotes=(Quote("B", "the resulting feature map undergoes a non-linear activation function"),),
    statement="However many convolutions are stacked, without an activation between them the net "
    "is one linear map, and with ReLU it is not.",
    conditions="One to eight convolutions of random weights and a dense layer, in double "
    "precision; five nets each, 200 pairs of random series.",
    measure=_measure,
    expects=(
        Expect("collapses", "without an activation stacked convolutions are linear to nine digits",
               9.0, "digits"),
    ),
    controls=(Expect("relu", "with ReLU stacked convolutions depart from linear by over 1 % of "
                     "their answer", 0.01),),
    swap="ReLU in every net",
    literature=(
        Reference("Saxe, McClelland and Ganguli", 2014, "Exact solutions to the nonlinear dynamics "
                  "of learning in deep linear neural networks (arXiv 1312.6120)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Rounding: in low precision a deep linear net is not quite linear.",
    order=580,
)  # fmt: skip
