"""What depth buys a convolutional net: is it mostly that its units see more?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.conv import Shape, conv
from howdeep.claims.receptive_field import field
from howdeep.report.parts import Element

SMALL = 3
TAPS = {1: 9, 2: 5, 4: 3}  # layers: places of a filter, for a field of 9 places at any depth


def _net(data: Data, layers: int, taps: int, size: int) -> Arm:
    """The net whose channels bring it closest to `size` parameters."""
    channels, before = 1, None
    while True:
        shape = Shape(data.columns, data.outputs, layers, channels, taps, "none", head="both")
        arm = conv("field", shape)
        if before and arm.parameters >= size:
            return min(before, arm, key=lambda one: abs(one.parameters - size))
        channels, before = channels + 1, arm


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "mnist1d", (3_000, 400, 1_500))
    if lab.control:
        data = shuffled(lab, data)
    seeds = lab.by(6, 12)
    how = How(steps=lab.by(400, 1_500), rates=(-6, -5), looks=5, grow=lab.by(0, 2))
    arms = {
        f"{layers}x{taps}": _net(data, layers, taps, lab.by(1_000, 4_000))
        for layers, wide in lab.by({k: TAPS[k] for k in (1, 4)}, TAPS).items()
        for taps in dict.fromkeys((SMALL, wide))
    }
    found = trained(lab, data, arms, how, seeds)
    deep, short, wide = found["4x3"], found["1x3"], found["1x9"]
    gain, left = more(deep, short), more(deep, wide)
    sizes = [one["parameters"] for one in found.values()]
    halves = tuple(a / 2 - b for a, b in zip(gain.values, left.values, strict=True))
    return Measured(
        {
            "through": Effect(halves, row_error=left.row_error),
            "wider": more(wide, short),
            "gain": gain,
            "left": left,
            "equal": Effect((min(sizes) / max(sizes),), exact=True),
        },
        {"arms": brief(found)},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    arms = shown["arms"]

    def line(taps: Mapping[int, int]) -> list[tuple[float, list[float]]]:
        names = {layers: f"{layers}x{wide}" for layers, wide in taps.items()}
        return [(float(k), arms[name]["test"]) for k, name in names.items() if name in arms]

    lines = {
        "a field that grows with the layers": line(dict.fromkeys(TAPS, SMALL)),
        f"a field of {field(1, TAPS[1])} places at any depth": line(TAPS),
    }
    return (
        curves("depth-by-field", "Right on new series at equal parameters", lines, "layers", "%",
               times=100, ticks=[(float(k), str(k)) for k in TAPS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    short, deep, wide = (mean(shown["arms"][name]["test"]) for name in ("1x3", "4x3", "1x9"))
    return (
        f"With filters of {SMALL} places one layer sees {field(1, SMALL)} places and four see "
        f"{field(4, SMALL)}; they get {short:.1%} and {deep:.1%} right. One layer with filters of "
        f"{TAPS[1]} places, which sees as much as the four, gets {wide:.1%}."
    )


CLAIM = Claim(
    title="Depth helps convolutional nets through what they see",
    rows=(61, 59),
    quotes=(
        Quote("B", "local receptive fields, parameter sharing, and spatial hierarchies"),
        Quote("B", "CNNs utilize convolutions to detect spatial hierarchies in data"),
    ),
    statement="Most of what further convolutions bring is a wider receptive field: with filters "
    "so wide that nets of every depth see the same, most of the gain is gone.",
    conditions="MNIST-1D; one and four convolutions in steps of one (full: two as well), then "
    "mean and maximum over places, all of about 1,000 parameters (full: 4,000); filters of three "
    "places, or so wide that the field has nine; each at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("through", "with equal fields less than half of the gain of depth is left",
               0.0, "points"),
        Expect("wider", "one layer with filters of 9 places beats one of 3 by over 2 points",
               0.02, "points"),
    ),
    controls=(
        Expect("gain", "with filters of 3 places four layers beat one by over 2 points", 0.02,
               "points"),
        Expect("equal", "the nets' parameters are equal to a tenth", 0.9),
    ),
    also=(
        Expect("left", "with equal fields four layers still beat one by over 2 points", 0.02,
               "points"),
    ),
    swap="the classes dealt anew to the series: nothing to learn",
    literature=(
        Reference("Luo et al.", 2016, "Understanding the effective receptive field in deep "
                  "convolutional neural networks (arXiv 1701.04128)"),
        Reference("Simonyan and Zisserman", 2014, "Very deep convolutional networks for "
                  "large-scale image recognition (arXiv 1409.1556): small filters in depth in the "
                  "place of wide ones, better by more non-linearities"),
    ),
    picture=_picture,
    reading=_reading,
    change="Series whose parts combine in many ways, so that what is done with what is seen needs "
    "layers of its own.",
    order=514,
)  # fmt: skip
