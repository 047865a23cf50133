"""A random hierarchy model and its flat twins: depth gains where the data are built in levels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, Rows
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.claims.nets.tree import tree
from howdeep.report.parts import Element

SYMBOLS, SPELLINGS, LEVELS = 8, 4, 3  # v, m and L of the paper; each symbol is spelt by two
PLACES = 2**LEVELS
TRAIN, CHOOSE, TEST = 4_000, 1_000, 3_000
KINDS = ("hierarchy", "moved", "flat")


def rules(g: np.random.Generator) -> list[np.ndarray]:
    """For each level the spellings (v, m, 2): no pair of symbols spells two different ones."""
    out = []
    for _ in range(LEVELS):
        pairs = g.permutation(SYMBOLS * SYMBOLS)[: SYMBOLS * SPELLINGS]
        out.append(np.stack(np.divmod(pairs.reshape(SYMBOLS, SPELLINGS), SYMBOLS), -1))
    return out


def spelt(grammar: list[np.ndarray], classes: np.ndarray, g: np.random.Generator) -> np.ndarray:
    """Texts (N, 8) of classes (N,): each symbol becomes one of its spellings, level by level."""
    text = classes[:, None]
    for rule in grammar:
        text = rule[text, g.integers(SPELLINGS, size=text.shape)].reshape(len(classes), -1)
    return text


def _data(lab: Lab, kind: str) -> Data:
    """The model; the same texts in an order of places that is no tree; or with classes by vote.

    The vote: a random score for each symbol, place and class; the class of the largest sum.
    """
    g = lab.numpy("model")
    count = TRAIN + CHOOSE + TEST
    y = g.integers(SYMBOLS, size=count)
    text = spelt(rules(g), y, g)
    order = g.permutation(PLACES)
    if kind == "moved":
        text = text[:, order]
    x = (np.eye(SYMBOLS)[text].reshape(count, -1) - 1 / SYMBOLS) * math.sqrt(SYMBOLS)
    if kind == "flat" or lab.control:
        votes = x @ g.normal(size=(PLACES * SYMBOLS, SYMBOLS))
        y = (votes - votes.mean(0)).argmax(1)
    parts = np.split(np.arange(count), [TRAIN, TRAIN + CHOOSE])
    xs, ys = torch.from_numpy(x).float(), torch.from_numpy(y)
    train, choose, test = (Rows(xs[own], ys[own]) for own in parts)
    return Data(kind, train, choose, test, SYMBOLS)


def _measure(lab: Lab) -> Measured:
    shape = {"places": PLACES, "columns": SYMBOLS, "outputs": SYMBOLS, "width": 2 * SYMBOLS}
    how = How(steps=lab.by(500, 2_000), batch=128, rates=(-8, -6), grow=lab.by(1, 2))
    arms: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        nets = {
            f"deep, {kind}": tree("deep", fans=(2,) * LEVELS, hidden=64, **shape),
            f"shallow, {kind}": tree("shallow", fans=(PLACES,), hidden=104, **shape),
        }
        arms |= trained(lab, _data(lab, kind), nets, how, lab.by(3, 10))
    gain = {kind: more(arms[f"deep, {kind}"], arms[f"shallow, {kind}"]) for kind in KINDS}
    sizes = [arm["parameters"] for arm in arms.values()]
    return Measured(
        {
            "gain": gain["hierarchy"],
            "flat": _over(gain["hierarchy"], gain["flat"]),
            "moved": _over(gain["hierarchy"], gain["moved"]),
            "learns": Effect(tuple(v - 1 / SYMBOLS for v in arms["shallow, hierarchy"]["test"])),
            "both": Effect(tuple(v - 1 / SYMBOLS for v in arms["deep, flat"]["test"])),
            "equal": Effect((1 - max(sizes) / min(sizes),), exact=True),
        },
        {"arms": brief(arms)},
    )


def _over(a: Effect, b: Effect) -> Effect:
    """How much larger one gain is than another, seed by seed."""
    values = tuple(x - y for x, y in zip(a.values, b.values, strict=True))
    return Effect(values, row_error=math.hypot(a.row_error, b.row_error))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        net: [(float(i), shown["arms"][f"{net}, {kind}"]["test"]) for i, kind in enumerate(KINDS)]
        for net in ("deep", "shallow")
    }
    ticks = [(float(i), kind) for i, kind in enumerate(KINDS)]
    return (
        curves("hierarchy-model", "A hierarchy and its flat twins, at equal parameters", lines,
               "what the classes rest on", "right, %", ticks=ticks,
               levels={"guessing": 1 / SYMBOLS}, times=100),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    test = {name: mean(arm["test"]) for name, arm in shown["arms"].items()}

    def both(kind: str) -> str:
        return f"{test[f'deep, {kind}']:.1%} against {test[f'shallow, {kind}']:.1%}"

    size = shown["arms"]["deep, hierarchy"]["parameters"]
    return (
        f"Three levels against one, with about {round(size, -2):,} parameters each: where classes "
        f"are spelt in three levels {both('hierarchy')}; the same texts with their places moved, "
        f"so that neighbours do not belong together, {both('moved')}; the same texts with classes "
        f"by a flat vote of their symbols {both('flat')}."
    )


CLAIM = Claim(
    title="Depth gains where data are built in levels",
    rows=(14,),
    quotes=(
        Quote("A", "allows them to build up a hierarchy of features from simple to complex"),
        Quote("C", "Deep networks can learn hierarchical representations of data"),
    ),
    statement="On data that are put together level by level, a net whose levels follow theirs is "
    "better than a shallow one with as many parameters, and gains more than on the same inputs "
    "with classes that rest on no hierarchy.",
    conditions="One random hierarchy of 8 classes and symbols, 4 spellings each by two symbols, 3 "
    "levels; 4,000 texts to learn from; blocks over pairs that share their weights within a level, "
    "against one hidden layer, each at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("gain", "on the hierarchy a net of three levels is over 10 points better than one "
               "of a single level", 0.1, "points"),
        Expect("flat", "three levels gain over 10 points more on the hierarchy than on its flat "
               "twin", 0.1, "points"),
    ),
    controls=(
        Expect("learns", "the shallow net learns from the hierarchy", 0.1, "points"),
        Expect("both", "the deep net learns from the flat twin", 0.3, "points"),
        Expect("equal", "all have the same number of parameters within 3 %", -0.03, ""),
    ),
    also=(
        Expect("moved", "three levels gain over 10 points more on the hierarchy than with places "
               "moved, where the net's tree is not that of the data", 0.1, "points"),
    ),
    swap="classes by a flat vote of the symbols in the place of the hierarchy's",
    literature=(
        Reference("Cagnetta, Petrini, Tomasini, Favero and Wyart", 2024, "How deep neural networks "
                  "learn compositional data: the random hierarchy model (Phys. Rev. X 14; arXiv "
                  "2307.02129)"),
        Reference("Poggio and others", 2017, "Why and when can deep, but not shallow, networks "
                  "avoid the curse of dimensionality (arXiv 1611.00740)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A shallow net that gets as far from as many texts, or a gain as large on flat data.",
    order=260,
)  # fmt: skip
