"""Are convolutional nets deep nets? By their kind no, by their layers some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import bars
from howdeep.claims.documents_cnn import documents_net
from howdeep.report.parts import Element

DEEP = 3  # hidden layers, by document B


def _one_convolution() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1_152, 10)
    )


def _dense(layers: int) -> nn.Sequential:
    hidden = [part for _ in range(layers) for part in (nn.Linear(8, 8), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(8, 10))


def _hidden(net: nn.Sequential) -> int:
    """Layers with weights before the last one."""
    return sum(isinstance(layer, nn.Conv2d | nn.Linear) for layer in net) - 1


def _measure(lab: Lab) -> Measured:
    small = documents_net() if lab.control else _one_convolution()
    count = {
        "the documents' net": _hidden(documents_net()),
        "one convolution": _hidden(small),
        "three dense layers": _hidden(_dense(3)),
        "one dense layer": _hidden(_dense(1)),
    }
    return Measured(
        {
            "documents": Effect((count["the documents' net"] - (DEEP - 0.5),), exact=True),
            "small": Effect((count["one convolution"] - (DEEP - 0.5),), exact=True),
            "dense": Effect((count["three dense layers"] - (DEEP - 0.5),), exact=True),
            "shallow": Effect(((DEEP - 0.5) - count["one dense layer"],), exact=True),
        },
        {"hidden": count},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    values = {name: [float(n)] for name, n in shown["hidden"].items()}
    return (bars("deep-cnn", "Hidden layers with weights", values, "hidden layers"),)


def _reading(shown: Mapping[str, Any]) -> str:
    said = ", ".join(f"{name} {n}" for name, n in shown["hidden"].items())
    deep = "Document B calls one, occasionally two, shallow and three or more deep."
    return f"Hidden layers with weights: {said}. {deep}"


CLAIM = Claim(
    title="Are all convolutional nets deep?",
    rows=(4, 57),
    quotes=(
        Quote("B", "CNNs are considered deep neural networks."),
        Quote("B", "Consist of one hidden layer (occasionally two, but rarely more)."),
        Quote("B", "Consist of three or more hidden layers."),
    ),
    statement="By the document's own count of hidden layers all convolutional nets are deep: its "
    "own example, and also a net with a single convolution.",
    conditions="Layers with weights before the output layer, counted.",
    measure=_measure,
    expects=(
        Expect("documents", "the document's own net has three hidden layers or more"),
        Expect("small", "a net with a single convolution has three hidden layers or more"),
    ),
    controls=(
        Expect("dense", "three dense hidden layers are counted as deep"),
        Expect("shallow", "one dense hidden layer is counted as shallow"),
    ),
    swap="the documents' own net in the place of the one with a single convolution",
    literature=(
        Reference("LeCun et al.", 1998, "Gradient-based learning applied to document recognition"),
    ),
    picture=_picture,
    reading=_reading,
    change="Another definition of depth than the document's.",
    order=105,
    wrong="Deep is said of layers, not of kinds: a net with one convolution and an output layer "
    "has one hidden layer. And the definition has a gap: two hidden layers are only occasionally "
    "shallow, and never deep.",
)
