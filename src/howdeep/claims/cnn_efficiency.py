"""What convolutional and dense nets cost at equal accuracy: parameters, and multiplications."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, summary, tuned
from howdeep.claims.nets.conv import Shape, conv
from howdeep.claims.nets.pictures import Frame, pictures
from howdeep.report.parts import Element, Picture

TARGETS = {"mnist1d": 0.5, "digits": 0.9}  # right on new rows
ROWS = {"mnist1d": (3_000, 400, 2_000), "digits": (1_000, 300, 497)}
CALLED = {
    "mnist1d": "signals (MNIST-1D)",
    "digits": "digits of 8 x 8",
    "conv": "convolutions",
    "dense": "dense layers",
}
WIDTHS = (4, 8, 16, 32, 64, 128)
CHANNELS = (1, 2, 4, 8)
NAMED = {"parameters": "parameters", "products": "multiplications"}
SAVES = round(math.log2(1.25), 3)


def _dense(data: Data, width: int) -> tuple[Arm, int]:
    """A net of one hidden layer, and its multiplications."""
    return (
        of_family("mlp", data.columns, data.outputs, 1, width),
        (data.columns + data.outputs) * width,
    )


def _conv(data: Data, channels: int) -> tuple[Arm, int]:
    """Two convolutions, each with a maximum of neighbours, and a dense layer."""
    if data.name == "digits":
        frame = Frame(8, data.outputs, (channels, channels))
        return pictures("conv", frame), frame.products()
    shape = Shape(data.columns, data.outputs, 2, channels, down="max")
    return conv("conv", shape), shape.products()


def _curve(lab: Lab, name: str, kind: str) -> list[dict[str, Any]]:
    """Nets of one kind from small to large: cost and scores."""
    data, out = built_in(lab, name, ROWS[name]), []
    how = How(steps=lab.by(300, 2_000), rates=(-7, -5), looks=5, grow=lab.by(0, 2))
    for size in CHANNELS if kind == "conv" else WIDTHS:
        arm, products = (_conv if kind == "conv" else _dense)(data, size)
        found = summary(tuned(arm, data, how, lab.by(5, 12), lab))
        out.append({"parameters": arm.parameters, "products": products, "test": found["test"]})
    return out


def reaches(costs: Sequence[float], scores: Sequence[float], target: float) -> float:
    """The cost at which a score is reached, between the sizes by logarithms; else infinite.

    >>> round(reaches((10, 1000), (0.0, 1.0), 0.5), 6), reaches((1, 2), (0.1, 0.2), 0.5)
    (100.0, inf)
    """
    if scores[0] >= target:
        return float(costs[0])
    for i in range(1, len(costs)):
        if scores[i] >= target:
            part = (target - scores[i - 1]) / (scores[i] - scores[i - 1])
            low, high = math.log(costs[i - 1]), math.log(costs[i])
            return math.exp(low + part * (high - low))
    return math.inf


def _costs(curve: list[dict[str, Any]], key: str, target: float) -> list[float]:
    """What reaching the target costs, by seed."""
    sizes = [one[key] for one in curve]
    by_seed = zip(*(one["test"] for one in curve), strict=True)
    return [reaches(sizes, scores, target) for scores in by_seed]


def _measure(lab: Lab) -> Measured:
    def one(name: str, kind: str) -> list[dict[str, Any]]:
        return _curve(lab, name, "dense" if lab.control else kind)

    effects, shown, least = {}, {}, []
    for name, target in TARGETS.items():
        own = {kind: lab.kept("curve", one, name=name, kind=kind) for kind in ("conv", "dense")}
        costs = {}
        for key in ("parameters", "products"):
            a, b = (_costs(own[kind], key, target) for kind in ("conv", "dense"))
            costs[key] = {"conv": a, "dense": b}
            effects[f"{key} {name}"] = Effect(
                tuple(math.log2(y / x) for x, y in zip(a, b, strict=True))
            )
        least += [[v - target for v in curve[-1]["test"]] for curve in own.values()]
        shown[name] = {"curves": own, "costs": _finite(costs)}
    each = zip(*least, strict=True)
    same = Shape(40, 10, 2, 8, down="max")
    effects["reach"] = Effect(tuple(min(own) for own in each))
    effects["same"] = Effect((math.log2(_as_dense(same) / same.products()),), exact=True)
    return Measured(effects, shown)


def _finite(costs: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, list[float | None]]]:
    """The same with nothing where a target was not reached."""
    return {
        key: {
            kind: [round(v, 3) if math.isfinite(v) else None for v in own]
            for kind, own in both.items()
        }
        for key, both in costs.items()
    }


def _as_dense(shape: Shape) -> int:
    """Multiplications where each convolution is a dense layer between the same maps."""
    total, before, places = shape.inputs() * shape.outputs, 1, shape.places()
    for layer in range(shape.layers):
        total += places[layer] * before * shape.windows(layer) * shape.channels
        before = shape.channels
    return total


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    return tuple(_drawn(shown[name]["curves"], name, key) for name in TARGETS for key in NAMED)


def _drawn(own: Mapping[str, Any], name: str, key: str) -> Picture:
    lines = {
        CALLED[kind]: [(math.log10(one[key]), one["test"]) for one in own[kind]]
        for kind in ("conv", "dense")
    }
    ticks = [(float(k), f"{10**k:,}") for k in range(2, 5)]
    return curves(f"cnn-{key}-{name}", f"Right on {CALLED[name]}, by {NAMED[key]}", lines,
                  NAMED[key], "right, %", times=100, ticks=ticks,
                  levels={"compared here": TARGETS[name]})  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    told = []
    for name, target in TARGETS.items():
        costs = shown[name]["costs"]
        parts = [
            " and ".join(f"{_told(costs[key][kind])} {NAMED[key]}" for key in NAMED)
            + f" with {CALLED[kind]}"
            for kind in ("conv", "dense")
        ]
        told.append(f"To get {target:.0%} of {CALLED[name]} right takes {', '.join(parts)}.")
    return " ".join(told)


def _told(costs: list[float | None]) -> str:
    found = [v for v in costs if v is not None]
    return f"{mean(found):,.0f}" if len(found) == len(costs) else "more than was tried"


CLAIM = Claim(
    title="Do convolutions save parameters and computation at equal accuracy?",
    rows=(63,),
    quotes=(
        Quote("B", "CNNs make the training process computationally efficient compared to fully "
              "connected networks"),
    ),
    statement="To be right as often, a convolutional net needs fewer parameters and fewer "
    "multiplications than a dense one.",
    conditions="MNIST-1D (signals at random places) at half right and digits of 8 x 8 (centred) "
    "at 90 % right; two convolutions, each with a maximum of neighbours, of 1 to 8 channels, "
    "against one hidden layer of 4 to 128 units, each at its own best learning rate (quick: the "
    "better of two); costs between sizes by logarithms.",
    measure=_measure,
    expects=(
        Expect("parameters mnist1d", "on signals dense layers need over 1.25 times the parameters "
               "of convolutions", SAVES, "doublings"),
        Expect("products mnist1d", "on signals dense layers need over 1.25 times the "
               "multiplications of convolutions", SAVES, "doublings"),
        Expect("parameters digits", "on digits dense layers need over 1.25 times the parameters "
               "of convolutions", SAVES, "doublings"),
        Expect("products digits", "on digits dense layers need over 1.25 times the "
               "multiplications of convolutions", SAVES, "doublings"),
    ),
    controls=(Expect("reach", "the largest net of each kind reaches the accuracy that is compared",
                     0.0, "points"),),
    also=(
        Expect("same", "between the same maps dense layers multiply over four times as often as "
               "convolutions", 2.0, "doublings"),
    ),
    swap="dense nets under both names",
    literature=(
        Reference("Goodfellow, Bengio and Courville", 2016, "Deep Learning, chapter 9: the same "
                  "map takes far fewer operations as a convolution than as a matrix"),
        Reference("LeCun et al.", 1998, "Gradient-based learning applied to document recognition "
                  "(Proc. IEEE 86): LeNet-5 has 60,000 parameters and 340,000 connections"),
    ),
    picture=_picture,
    reading=_reading,
    change="Larger pictures, or things at any place in them, where dense layers need far more "
    "units; or a higher accuracy.",
    order=516,
)  # fmt: skip
