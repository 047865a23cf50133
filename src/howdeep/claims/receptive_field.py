"""What a unit can see grows with the layers; what it does see only with their square root."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Params, stacked
from howdeep.claims._pictures import curves
from howdeep.claims.nets.conv import Shape, conv, states
from howdeep.report.parts import Element

LAYERS, TAPS, CHANNELS = (1, 2, 4, 8, 16, 32), 3, 8
NETS, LENGTH = 8, 2 * 32 + 9  # no field reaches a border
SHARE = 0.95  # of the squared gradient, that the effective field holds
ROOT_FROM = 4  # layers from which on the exponent is fitted


def field(layers: int, taps: int) -> int:
    """Places that a unit sees after `layers` convolutions of `taps` in steps of one.

    Araujo, Norris and Sim 2019 (distill.pub/2019/computing-receptive-fields), eq. 2.

    >>> field(4, 3), field(1, 9)
    (9, 9)
    """
    return 1 + layers * (taps - 1)


def squares(shape: Shape, params: Params, x: Tensor) -> Tensor:
    """Mean squared gradient (M, length) of the middle place's channels by the series' places."""
    x = x.clone().requires_grad_()
    middle = states(shape, params, x)[-1][:, :, shape.length // 2]  # (M, B, channels)
    total = torch.zeros(x.shape[0], shape.length, dtype=x.dtype)
    for channel in range(shape.channels):
        (grad,) = torch.autograd.grad(middle[..., channel].sum(), x, retain_graph=True)
        total += grad.square().mean(1)
    return total / shape.channels


def effective(square: Tensor) -> int:
    """The fewest places that hold 95 % of a squared gradient (length,).

    >>> effective(torch.tensor([0.01, 0.98, 0.01])), effective(torch.ones(20))
    (1, 19)
    """
    share = square.sort(descending=True).values.cumsum(0) / square.sum()
    return int((share < SHARE - 1e-9).sum()) + 1


def _fields(lab: Lab, layers: int, taps: int) -> dict[str, list[int]]:
    """Of random nets: the places whose gradient is not zero, and the effective field."""
    shape = Shape(LENGTH, 1, layers, CHANNELS, taps, down="none", head="mean")
    start = stacked(
        conv("field", shape), [lab.torch("start", layers, taps, net) for net in range(NETS)]
    )
    params = {name: value.double() for name, value in start.items()}
    rows = lab.by(60, 400)
    x = torch.randn(NETS, rows, LENGTH, generator=lab.torch("rows"), dtype=torch.float64)
    found = squares(shape, params, x)
    return {
        "support": [int(_span(one)) for one in found],
        "effective": [effective(one) for one in found],
    }


def _span(square: Tensor) -> int:
    """Places from the first to the last with a gradient."""
    seen = square.nonzero()
    return int(seen.max() - seen.min()) + 1


def _measure(lab: Lab) -> Measured:
    def one(layers: int, wide: bool) -> dict[str, list[int]]:
        taps = field(layers, TAPS) if wide else TAPS
        return _fields(lab, 1 if wide else layers, taps)

    deep, wide = (
        {k: lab.kept("fields", one, layers=k, wide=is_wide or lab.control) for k in LAYERS}
        for is_wide in (False, True)
    )
    last = field(LAYERS[-1], TAPS)
    slopes = [_exponent({k: deep[k]["effective"][net] for k in LAYERS}) for net in range(NETS)]
    same = all(v == field(k, TAPS) for k in LAYERS for v in deep[k]["support"])
    return Measured(
        {
            "support": Effect((float(same),), exact=True),
            "smaller": Effect(tuple(0.5 - v / last for v in deep[LAYERS[-1]]["effective"])),
            "root": Effect(tuple(0.2 - abs(slope - 0.5) for slope in slopes)),
            "fills": Effect(tuple(v / last for v in wide[LAYERS[-1]]["effective"])),
        },
        {
            "deep": {str(k): one for k, one in deep.items()},
            "wide": {str(k): one for k, one in wide.items()},
            "slopes": [round(v, 4) for v in slopes],
            "same": same,
        },
    )


def _exponent(widths: Mapping[int, int]) -> float:
    """By which power of the layers a width grows, by least squares on logarithms."""
    known = [k for k in widths if k >= ROOT_FROM]
    return float(np.polyfit(np.log(known), np.log([widths[k] for k in known]), 1)[0])


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    at = {k: math.log2(k) for k in LAYERS}
    lines = {
        "can see": [(at[k], [float(field(k, TAPS))]) for k in LAYERS],
        "does see, layers of 3 places": [
            (at[k], [float(v) for v in shown["deep"][str(k)]["effective"]]) for k in LAYERS
        ],
        "does see, one wide layer": [
            (at[k], [float(v) for v in shown["wide"][str(k)]["effective"]]) for k in LAYERS
        ],
    }
    return (
        curves("receptive-field", "Places that a unit sees", lines, "layers", "places",
               log_y=True, ticks=[(at[k], str(k)) for k in LAYERS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    layers = LAYERS[-1]
    own, wide = (mean(shown[key][str(layers)]["effective"]) for key in ("deep", "wide"))
    word = "in all nets" if shown["same"] else "not in all nets"
    return (
        f"The gradient reaches the places that the formula says {word}. After {layers} layers of "
        f"{TAPS} places a unit can see {field(layers, TAPS)}; 95 % of its squared gradient lie in "
        f"{own:.0f} of them, and in {wide:.0f} where one layer is as wide. With the layers what it "
        f"does see grows by the power {mean(shown['slopes']):.2f}, what it can see by nearly 1."
    )


CLAIM = Claim(
    title="A unit sees less than its receptive field",
    rows=(61,),
    quotes=(Quote("B", "By leveraging properties such as local receptive fields"),),
    statement="The places that a unit depends on are those that the formula gives, and grow with "
    "the layers; those it depends on much are fewer, and grow with about their square root.",
    conditions=f"Random nets of 1 to {LAYERS[-1]} convolutions of {TAPS} places, {CHANNELS} "
    "channels and ReLU in double precision; the gradient of the middle unit over random series.",
    measure=_measure,
    expects=(
        Expect("support", "the gradient reaches exactly the places that the formula gives", 0.5),
        Expect("smaller", "with 32 layers 95 % of the squared gradient lie in less than half of "
               "the field", 0.0, "points"),
        Expect("root", "the places that hold 95 % of the squared gradient grow as the layers to a "
               "power between 0.3 and 0.7", 0.0),
    ),
    controls=(
        Expect("fills", "one layer as wide as all 32 fills over 80 % of its field",
               0.8, "points"),
    ),
    swap="one layer as wide as the field in the place of each stack",
    literature=(
        Reference("Luo et al.", 2016, "Understanding the effective receptive field in deep "
                  "convolutional neural networks (arXiv 1701.04128): near Gaussian, and its width "
                  "grows with the square root of the layers"),
        Reference("Araujo, Norris and Sim", 2019, "Computing receptive fields of convolutional "
                  "neural networks (distill.pub)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Steps of two or dilated filters, with which the field grows faster; training, which "
    "widens the effective one.",
    order=512,
)  # fmt: skip
