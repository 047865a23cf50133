"""How many parameters do nets of one and of three hidden layers need for a target score?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from howdeep.claims._arms import mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How
from howdeep.report.parts import Element


@dataclass(frozen=True)
class Task:
    """A built-in set, the score to be reached, and the widths tried by hidden layers."""

    told: str
    rows: tuple[int, int, int]
    target: float
    widths: Mapping[int, tuple[int, ...]]
    seeds: int  # in the quick preset


TASKS = {
    "spirals": Task("two spirals", (2_000, 500, 2_000), 0.85,
                    {1: (48, 96, 192, 384), 3: (3, 4, 6, 8, 12)}, 10),
    "friedman1": Task("Friedman's function", (3_000, 500, 3_000), 0.92,
                      {1: (3, 4, 6, 12), 3: (3, 4, 6, 8)}, 5),
    "digits": Task("digits", (1_000, 300, 497), 0.9,
                   {1: (4, 6, 8, 12), 3: (4, 6, 8, 12)}, 5),
}  # fmt: skip
LAYERS = {1: "one layer", 3: "three layers"}
MARGIN = 0.4  # doublings: a quarter fewer


def _needed(sizes: Sequence[int], scores: Sequence[float], target: float) -> float | None:
    """Parameters at which the best score so far meets the target, between widths by logarithm.

    The smallest size where that meets it already; nothing where none does.

    >>> _needed((100, 200, 400), (0.5, 0.7, 0.9), 0.7)
    200.0
    """
    best = np.maximum.accumulate(np.asarray(scores, dtype=float))
    if best[-1] < target:
        return None
    i = int(np.argmax(best >= target))
    if i == 0:
        return float(sizes[0])
    share = (target - best[i - 1]) / (best[i] - best[i - 1])
    return round(float(2 ** np.interp(share, (0, 1), np.log2(sizes[i - 1 : i + 1]))), 3)


def _curves(lab: Lab, name: str) -> dict[int, dict[str, Any]]:
    """By hidden layers: sizes, scores by width and seed, and what seeds need."""
    task = TASKS[name]
    seeds = lab.by(task.seeds, 12)
    data = built_in(lab, name, task.rows)
    data = shuffled(lab, data) if lab.control else data
    how = How(steps=lab.by(600, 3_000), rates=(-8, -6, -4), grow=lab.by(0, 2))
    out = {}
    for layers, widths in task.widths.items():
        arms = {}
        for width in widths:
            label = f"{name} {layers} x {width}"
            arms[label] = of_family("mlp", data.columns, data.outputs, layers, width, label)
        found = trained(lab, data, arms, how, seeds)
        sizes = [one["parameters"] for one in found.values()]
        scores = [one["test"] for one in found.values()]
        needed = [_needed(sizes, [at[i] for at in scores], task.target) for i in range(seeds)]
        out[layers] = {"sizes": sizes, "scores": scores, "needed": needed}
    return out


def _at_most(one: Mapping[str, Any]) -> list[float]:
    """What each seed needs; twice the largest size where even that falls short."""
    return [2.0 * one["sizes"][-1] if v is None else float(v) for v in one["needed"]]


def _measure(lab: Lab) -> Measured:
    found = {name: _curves(lab, name) for name in TASKS}
    effects, met = {}, []
    for name, by_layers in found.items():
        shallow, deep = _at_most(by_layers[1]), _at_most(by_layers[3])
        effects[name] = Effect(tuple(math.log2(a / b) for a, b in zip(shallow, deep, strict=True)))
        met += [mean([float(v is not None) for v in one["needed"]]) for one in by_layers.values()]
    effects["met"] = Effect((min(met),), exact=True)
    shown = {
        name: {str(layers): one | {"needed": _at_most(one)} for layers, one in own.items()}
        for name, own in found.items()
    }
    return Measured(effects, shown)


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        told: [
            (float(i), [math.log2(v) for v in shown[name][str(layers)]["needed"]])
            for i, name in enumerate(TASKS)
        ]
        for layers, told in LAYERS.items()
    }
    ticks = [(float(i), name) for i, name in enumerate(TASKS)]
    return (
        curves("to-target", "Parameters needed for the target score", lines, "",
               "logarithm to base 2", ticks=ticks),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def middle(values: list[float]) -> float:
        return float(2 ** mean([math.log2(v) for v in values]))

    told = "; ".join(
        f"{TASKS[name].told} ({TASKS[name].target:.0%}): {middle(own['1']['needed']):,.0f} with "
        f"one layer, {middle(own['3']['needed']):,.0f} with three"
        for name, own in ((name, shown[name]) for name in TASKS)
    )
    return f"Parameters for the target score, geometric means over seeds: {told}."


CLAIM = Claim(
    title="Do deep nets need fewer parameters for as good a score?",
    rows=(20,),
    quotes=(
        Quote("C", "model complex functions with fewer parameters than shallow networks require"),
    ),
    statement="For the same score on new rows three hidden layers need fewer parameters than one, "
    "be the task planted and winding, smooth, or handwritten digits.",
    conditions="Two spirals (target 85 % right), Friedman's function (92 % of the variance) and "
    "handwritten digits (90 % right); plain nets of several widths, each at its own best "
    "learning rate; the size for the target is read between widths, on a logarithmic scale; a "
    "seed that falls short at every width counts with twice the largest size.",
    measure=_measure,
    expects=tuple(
        Expect(name, f"on {task.told} three layers need over a quarter fewer parameters than one",
               MARGIN, "doublings")
        for name, task in TASKS.items()
    ),
    controls=(
        Expect("met", "each depth meets each target with some width, for most seeds", 0.6),
    ),
    swap="shuffled targets: no net gets to the score",
    literature=(
        Reference("Telgarsky", 2016, "Benefits of depth in neural networks (COLT, "
                  "arXiv 1602.04485): functions that need exponentially many units if shallow"),
        Reference("Ba and Caruana", 2014, "Do deep nets really need to be deep? (NIPS, "
                  "arXiv 1312.6184)"),
        Reference("Gorishniy, Rubachev, Khrulkov and Babenko", 2021, "Revisiting deep learning "
                  "models for tabular data (arXiv 2106.11959)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Other functions or targets: what winds is cheaper with depth, what is smooth or nearly "
    "linear need not be.",
    order=222,
)  # fmt: skip
