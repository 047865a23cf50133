"""Function composition: tent maps of k layers have 2^k pieces; how many units has one layer?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.report.parts import Element

DEPTHS = range(1, 11)


def _pieces(weights: list[tuple[Fraction, ...]]) -> int:
    """Linear pieces on [0, 1] of layers v -> a relu(v) + b relu(v - c), counted exactly."""
    cuts = [Fraction(0), Fraction(1)]
    points = [(cut, cut) for cut in cuts]  # (input, value so far)
    for a, b, c in weights:
        points = _layer(points, a, b, c)
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in pairwise(points)]
    return 1 + sum(s != t for s, t in pairwise(slopes))


def _layer(points: list[tuple[Fraction, Fraction]], a: Fraction, b: Fraction, c: Fraction) -> Any:
    """A piecewise linear function after one more layer: new breaks where it crosses 0 or c."""
    out = []
    for (x0, y0), (x1, y1) in pairwise(points):
        found = {x0, x1}
        for level in (Fraction(0), c):
            if (y0 - level) * (y1 - level) < 0:
                found.add(x0 + (level - y0) * (x1 - x0) / (y1 - y0))
        for x in sorted(found):
            out.append((x, y0 + (y1 - y0) * (x - x0) / (x1 - x0)))
    kept = sorted(dict(out).items())
    zero = Fraction(0)
    return [(x, a * max(v, zero) + b * max(v - c, zero)) for x, v in kept]


def _random_pieces(lab: Lab, layers: int, units: int) -> int:
    """Pieces on [0, 1] of a net of random weights with as many units, by a fine grid."""
    g = lab.torch("random", layers)
    grid = torch.linspace(0, 1, 20_001, dtype=torch.float64).unsqueeze(1)
    h, signs = grid, []
    for _ in range(layers):
        w = torch.randn(h.shape[1], units, generator=g, dtype=torch.float64)
        h = (
            h @ (w * (2 / h.shape[1]) ** 0.5)
            + torch.randn(units, generator=g, dtype=torch.float64) * 0.3
        )
        signs.append(h > 0)
        h = h.relu()
    pattern = torch.cat(signs, 1).numpy()
    return 1 + int((pattern[1:] != pattern[:-1]).any(1).sum())


def _measure(lab: Lab) -> Measured:
    tent = (Fraction(2), Fraction(-4), Fraction(1, 2))
    deep = [_random_pieces(lab, k, 2) if lab.control else _pieces([tent] * k) for k in DEPTHS]
    # A net of one hidden layer with m units has at most m + 1 pieces: as many units are needed.
    shallow = [max(count - 1, 1) for count in deep]
    ratio = [s / (2 * k) for s, k in zip(shallow, DEPTHS, strict=True)]
    growth = float(np.polyfit(list(DEPTHS), np.log2(deep), 1)[0])
    random = [_random_pieces(lab, k, 48 // k) for k in (1, 2, 3, 4, 6)]
    return Measured(
        {
            "growth": Effect((growth,), exact=True),
            "ratio": Effect((ratio[-1],), exact=True),
            "exact": Effect((float(deep == [2**k for k in DEPTHS]),), exact=True),
            "random_flat": Effect((random[0] / max(random[-1], 1) - 0.5,), exact=True),
        },
        {"deep": deep, "shallow": shallow, "random": random},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    units = {
        "deep: 2 units a layer": [(k, [2.0 * k]) for k in DEPTHS],
        "one hidden layer": [
            (k, [float(n)]) for k, n in zip(DEPTHS, shown["shallow"], strict=True)
        ],
    }
    return (
        curves("tent", "Units needed for the same zigzag", units, "layers of the deep net", "units",
               log_y=True),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    return (
        f"Ten layers of two units make {shown['deep'][-1]:,} pieces, counted with fractions; one "
        f"hidden layer needs {shown['shallow'][-1]:,} units for as many. Nets of 48 units with "
        f"random weights have {shown['random'][0]} pieces in one layer and {shown['random'][-1]} "
        "in six."
    )


CLAIM = Claim(
    title="Some functions need exponentially fewer units in deep nets",
    rows=(13, 19),
    quotes=(
        Quote(
            "A", "Having multiple layers allows the network to represent a composition of functions"
        ),
        Quote("C", "exponential efficiency compared to shallow networks"),
    ),
    statement="There are functions that a deep net represents with units in proportion to its "
    "layers, where a net of one hidden layer needs about twice as many units for each further "
    "layer.",
    conditions="Tent maps composed one to ten times, weights given, pieces counted with fractions.",
    measure=_measure,
    expects=(
        Expect(
            "growth", "pieces of tent maps nearly double with each layer of two units", 0.95, "bits"
        ),
        Expect(
            "ratio",
            "ten layers of tent maps save more than nine in ten of the units of one layer",
            10.0,
            "times",
        ),
    ),
    controls=(
        Expect("random_flat", "random nets of as many units gain no pieces by depth", 0.0, ""),
    ),
    also=(Expect("exact", "the count is 2^k for every k", 0.5, ""),),
    swap="nets of the same sizes with random weights instead of the construction",
    literature=(
        Reference("Telgarsky", 2016, "Benefits of depth in neural networks (arXiv 1602.04485)"),
        Reference("Hanin and Rolnick", 2019, "Complexity of linear regions (arXiv 1901.09021)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A net of one hidden layer with fewer units that has as many pieces: m units have at "
    "most m + 1 on a line.",
    order=210,
)
