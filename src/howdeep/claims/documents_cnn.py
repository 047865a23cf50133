"""The documents' own convolutional net, rebuilt: what it saves, and where it is large."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import bars
from howdeep.report.parts import Element

CLASSES = 10
PUBLISHED = (127, 63, 62, 31)  # sides after each convolution and pooling


def documents_net(pooled: bool = False) -> nn.Sequential:
    """The net of document B for 10 classes; `pooled`: the mean of each channel goes to the end."""
    dense = (nn.Linear(32 * 31 * 31, 100), nn.ReLU(), nn.Linear(100, CLASSES))
    tail = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, CLASSES))
    return nn.Sequential(
        nn.Conv2d(3, 16, 2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 2), nn.ReLU(), nn.MaxPool2d(2),
        *(tail if pooled else (nn.Flatten(), *dense)),
    )  # fmt: skip


def _sides(net: nn.Sequential) -> list[int]:
    h, out = torch.zeros(1, 3, 128, 128), []
    for layer in net:
        h = layer(h)
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            out.append(h.shape[-1])
    return out


def _measure(lab: Lab) -> Measured:
    net = documents_net(pooled=lab.control)
    sizes = [sum(p.numel() for p in layer.parameters()) for layer in net]
    named = {
        f"{type(layer).__name__} {i}": n
        for i, (layer, n) in enumerate(zip(net, sizes, strict=True))
        if n
    }
    dense = sum(n for name, n in named.items() if name.startswith("Linear"))
    whole = sum(sizes)
    twin = (
        128 * 128 * 3 * 127 * 127 * 16
    )  # weights from every pixel to every value of the first map
    sides = _sides(net)
    return Measured(
        {
            "sharing": Effect((math.log10(twin / sizes[0]),), exact=True),
            "small": Effect((0.5 - dense / whole,), exact=True),
            "sides": Effect((float(tuple(sides) == PUBLISHED),), exact=True),
            "counted": Effect((float(whole == 3_078_598),), exact=True),
        },
        {"layers": named, "sides": sides, "whole": whole, "dense": dense},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    values = {name: [math.log10(n)] for name, n in shown["layers"].items()}
    return (bars("documents-cnn", "Parameters by layer", values, "decades of parameters"),)


def _reading(shown: Mapping[str, Any]) -> str:
    convs = shown["whole"] - shown["dense"]
    return (
        f"Images of 128 x 128 become maps of {', '.join(map(str, shown['sides']))} a side. Of "
        f"{shown['whole']:,} parameters {convs:,} are in the convolutions and "
        f"{shown['dense'] / shown['whole']:.1%} in the dense layers behind them."
    )


CLAIM = Claim(
    title="Do shared filters make the documents' own net small?",
    rows=(62, 63, 70),
    quotes=(
        Quote(
            "B",
            "By leveraging properties such as local receptive fields, parameter sharing, and "
            "spatial hierarchies, CNNs make the training process computationally efficient "
            "compared to fully connected networks.",
        ),
    ),
    statement="In the documents' own net a convolution has less than a thousandth of the "
    "parameters of a dense layer in its place, and most of the net's parameters are not in dense "
    "layers.",
    conditions="The Keras code of document B, rebuilt in PyTorch for 10 classes; counted.",
    measure=_measure,
    expects=(
        Expect("sharing", "the first convolution of the documents' net has less than a thousandth "
               "of the parameters of a dense layer in its place", 3.0, "decades"),
        Expect("small", "less than half of the parameters of the documents' net are in dense "
               "layers", 0.0),
    ),
    controls=(Expect("sides", "the net's maps are 127, 63, 62 and 31 a side", 0.5),),
    also=(Expect("counted", "the net has 3,078,598 parameters", 0.5),),
    swap="the same convolutions with the mean of each channel, and one small dense layer",
    literature=(
        Reference("Lin, Chen and Yan", 2014, "Network in network (arXiv 1312.4400): the mean of "
                  "each channel instead of dense layers"),
    ),
    picture=_picture,
    reading=_reading,
    change="Nothing: it is a count. With the mean of each channel in the place of the large "
    "dense layer the net would be small.",
    order=510,
)  # fmt: skip
