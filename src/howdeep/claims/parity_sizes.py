"""Parity: one hidden layer of n units computes it; an AND-OR formula needs 2^(n-1) terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.report.parts import Element

SIZES = (2, 3, 4, 6, 8, 12, 16)
FORMULA = 8  # inputs up to which every possible term is looked at: 3^8 of them


def inputs(n: int) -> np.ndarray:
    """All inputs of n bits (2^n, n)."""
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def threshold(x: np.ndarray) -> np.ndarray:
    """n units [sum >= k] and one at the output: alternating signs leave 1 where the sum is odd."""
    k = np.arange(1, x.shape[1] + 1)
    hidden = (x.sum(1)[:, None] >= k).astype(float)
    return ((hidden * (-1.0) ** (k + 1)).sum(1) >= 1).astype(float)


def relu(x: np.ndarray) -> np.ndarray:
    """n units relu(sum - k), k < n, with weights 1, -2, 2, -2, ...: a zigzag of slope one."""
    k = np.arange(x.shape[1])
    weights = np.where(k == 0, 1.0, 2.0 * (-1.0) ** k)
    found: np.ndarray = np.maximum(x.sum(1)[:, None] - k, 0.0) @ weights
    return found


def tents(x: np.ndarray) -> np.ndarray:
    """ceil(log2 n) layers of two ReLU units: the tent map on sum / 2^layers (Telgarsky 2016)."""
    layers = math.ceil(math.log2(x.shape[1]))
    v = x.sum(1) / 2.0**layers
    for _ in range(layers):
        v = 2 * np.maximum(v, 0) - 4 * np.maximum(v - 0.5, 0)
    return np.asarray(v)


def tree(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Pairs joined by OR, AND and their difference, three threshold units each; and how many."""
    bits, units = [x[:, i].astype(float) for i in range(x.shape[1])], 0
    while len(bits) > 1:
        joined = []
        for a, b in zip(bits[::2], bits[1::2], strict=False):
            some, both = (a + b >= 1).astype(float), (a + b >= 2).astype(float)
            joined.append((some - both >= 1).astype(float))
            units += 3
        bits = joined + bits[2 * len(joined) :]
    return bits[0], units


def terms(n: int) -> int:
    """Terms that an AND-OR formula of parity needs: implicants counted among all 3^n terms.

    A term (each input 0, 1 or left out) may be used if it covers no even input. Where these cover
    each odd input once, all are needed.
    """
    x = inputs(n)
    odd = x.sum(1) % 2 == 1
    covered, count = np.zeros(len(x), int), 0
    for term in product((0, 1, 2), repeat=n):
        asked = np.array(term)
        hit = ((x == asked) | (asked == 2)).all(1)
        if odd[hit].all():
            covered, count = covered + hit, count + 1
    return count if (covered[odd] == 1).all() else 0


def _sizes(lab: Lab) -> dict[str, list[float]]:
    """Hidden units of each construction that is right on all inputs, else of the table."""
    out: dict[str, list[float]] = {"threshold": [], "relu": [], "deep": [], "tree": []}
    for n in SIZES:
        x = inputs(n)
        right = x.sum(1) % 2
        table = 2.0 ** (n - 1)
        if lab.control:  # random weights: the sum is replaced by one of random signs
            x = x * lab.numpy("weights", n).choice((-1, 1), n) * (np.arange(n) > 0)
        joined, units = tree(x)
        found = {
            "threshold": (threshold(x), n),
            "relu": (relu(x), n),
            "deep": (tents(x), 2 * math.ceil(math.log2(n))),
            "tree": (joined, units),
        }
        for name, (y, size) in found.items():
            out[name].append(float(size) if (y == right).all() else table)
    return out


def _measure(lab: Lab) -> Measured:
    sizes = _sizes(lab)
    formula = terms(FORMULA)
    last = {name: math.log2(own[-1]) for name, own in sizes.items()}
    return Measured(
        {
            "threshold": Effect((last["threshold"],), exact=True),
            "relu": Effect((last["relu"],), exact=True),
            "formula": Effect((math.log2(max(formula, 1)) / (FORMULA - 1),), exact=True),
            "deep": Effect((sizes["relu"][-1] / sizes["deep"][-1],), exact=True),
            "tree": Effect((sizes["tree"][-1] / (3 * (SIZES[-1] - 1)),), exact=True),
        },
        {"sizes": sizes, "formula": formula},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {
        "threshold": "one hidden layer",
        "deep": "deep, ReLU",
        "tree": "tree of threshold units",
    }
    lines = {
        label: [(n, [v]) for n, v in zip(SIZES, shown["sizes"][name], strict=True)]
        for name, label in names.items()
    }
    lines["AND-OR formula: terms"] = [(n, [2.0 ** (n - 1)]) for n in SIZES]
    return (
        curves("parity-sizes", "What parity of n bits needs", lines, "bits", "units or terms",
               log_y=True, ticks=[(n, str(n)) for n in SIZES]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    size = {name: int(own[-1]) for name, own in shown["sizes"].items()}
    return (
        f"Parity of 16 bits, right on all 65,536 inputs: one hidden layer of {size['threshold']:,} "
        f"threshold or of {size['relu']:,} ReLU units, a deep ReLU net of {size['deep']:,}, a tree "
        f"of {size['tree']:,} threshold units. An AND-OR formula of 8 bits needs "
        f"{shown['formula']:,} terms, found by looking at all 6,561; of 16 bits 32,768."
    )


CLAIM = Claim(
    title="Does parity need exponentially many hidden units?",
    rows=(18,),
    quotes=(
        Quote("C", "can require an exponential number of hidden units based on input size"),
        Quote("C", "necessitating exponential hidden units to represent them accurately"),
    ),
    statement="A net of one hidden layer needs a number of hidden units that grows exponentially "
    "with the inputs to compute parity.",
    conditions="Constructions with given weights, checked on every input of 2 to 16 bits; where "
    "one is wrong anywhere, a table of 2^(n-1) units is taken instead.",
    measure=_measure,
    expects=(
        Expect(
            "threshold",
            "parity of 16 bits takes over 2^8 threshold units in one hidden layer",
            8.0,
            "bits",
        ),
        Expect(
            "relu", "parity of 16 bits takes over 2^8 ReLU units in one hidden layer", 8.0, "bits"
        ),
    ),
    controls=(
        Expect("formula", "an AND-OR formula of parity doubles with each bit", 0.99, "bits"),
    ),
    also=(
        Expect("deep", "depth saves ReLU units", 1.0, "times"),
        Expect("tree", "a tree of threshold units takes no fewer than 3(n-1)", 0.99, "times"),
    ),
    swap="random signs instead of the constructions' weights, so that none computes parity",
    literature=(
        Reference("Hastad", 1986, "Almost optimal lower bounds for small depth circuits"),
        Reference("Telgarsky", 2016, "Benefits of depth in neural networks (arXiv 1602.04485)"),
        Reference("Eldan and Shamir", 2016, "The power of depth for feedforward neural networks"),
    ),
    picture=_picture,
    reading=_reading,
    change="An input of up to 16 bits on which one of the nets of n units is wrong.",
    order=201,
    wrong="Parity needs exponentially many units in an AND-OR circuit of two levels or a local "
    "kernel. One hidden layer of n threshold or ReLU units is enough; depth reduces n ReLU units "
    "to about 2 log2 n. Exponential separations for ReLU nets are real, but they are proved with "
    "other functions.",
)
