"""Is depth an advantage for complex tasks with large data? Depth by rows by winding."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, shuffled, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.report.parts import Element

ROWS = {"few": 100, "many": 6_000}
TURNS = {"simple": 0.5, "complex": 2.0}  # of the boundary from the middle to the rim
NETS = {"shallow": (1, 32), "deep": (4, 32), "wide": (1, 665)}  # hidden layers, width
MARGIN = 0.05


def _data(lab: Lab, task: str, rows: int) -> Data:
    """Points of a disk in two classes, parted by a spiral."""
    counts = (ROWS["many"], 500, 4_000)
    rng = lab.numpy("disk")
    far, turn = np.sqrt(rng.random(sum(counts))), rng.uniform(0, 2 * math.pi, sum(counts))
    x = np.stack([far * np.cos(turn), far * np.sin(turn)], 1)
    y = (np.cos(turn - 2 * math.pi * TURNS[task] * far) > 0).astype(int)
    data = split(task, x, y, counts, 2).fewer(rows)
    return shuffled(lab, data) if lab.control else data


def _less(a: Effect, b: Effect) -> Effect:
    """How much one advantage exceeds another; on the same test points, with errors of each."""
    values = tuple(u - v for u, v in zip(a.values, b.values, strict=True))
    return Effect(values, math.hypot(a.row_error, b.row_error))


def _measure(lab: Lab) -> Measured:
    how = How(steps=lab.by(1_000, 3_000), rates=(-8, -6, -4), grow=lab.by(1, 2))
    found: dict[str, dict[str, Any]] = {}
    for task in TURNS:
        for size, rows in ROWS.items():
            data = _data(lab, task, rows)
            arms = {
                f"{net}, {task}, {size}": of_family("mlp", 2, 2, *shape, f"{net} {task} {size}")
                for net, shape in NETS.items()
                if net != "wide" or (task, size) == ("complex", "many")
            }
            found |= trained(lab, data, arms, how, lab.by(6, 14))

    def deeper(task: str, size: str, than: str = "shallow") -> Effect:
        return more(found[f"deep, {task}, {size}"], found[f"{than}, {task}, {size}"])

    there = deeper("complex", "many")
    by_rows = _less(there, deeper("complex", "few"))
    return Measured(
        {
            "there": there,
            "by task": _less(there, deeper("simple", "many")),
            "by rows": by_rows,
            "together": _less(by_rows, _less(deeper("simple", "many"), deeper("simple", "few"))),
            "equal": deeper("complex", "many", "wide"),
            "learns": Effect(tuple(v - 0.5 for v in found["deep, simple, many"]["test"])),
        },
        {"arms": brief(found)},
    )


def _gains(shown: Mapping[str, Any], task: str, size: str) -> list[float]:
    """What depth gains at one width on a task with many or few rows, by seed."""
    deep, flat = (shown["arms"][f"{net}, {task}, {size}"]["test"] for net in ("deep", "shallow"))
    return [a - b for a, b in zip(deep, flat, strict=True)]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        f"{task} task": [(float(i), _gains(shown, task, size)) for i, size in enumerate(ROWS)]
        for task in TURNS
    }
    ticks = [(float(i), f"{rows:,}") for i, rows in enumerate(ROWS.values())]
    return (
        curves("complex-large", "What four layers gain over one", lines, "training rows", "points",
               times=100, ticks=ticks),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(one["test"]) for name, one in shown["arms"].items()}
    told = "; ".join(
        f"{task}, {rows:,} rows: {100 * mean(_gains(shown, task, size)):.1f}"
        for task in TURNS
        for size, rows in ROWS.items()
    ).replace("-", "\u2212")
    return (
        f"What four layers gain over one of the same width, in points: {told}. On the complex task "
        f"with {ROWS['many']:,} rows four layers get {at['deep, complex, many']:.1%} of new points "
        f"right, one layer {at['shallow, complex, many']:.1%}, and one with as many parameters as "
        f"the four {at['wide, complex, many']:.1%}."
    )


CLAIM = Claim(
    title="Is depth an advantage for complex tasks with large data?",
    rows=(16,),
    quotes=(
        Quote("A", "This can be advantageous for complex tasks with large datasets."),
    ),
    statement="Four hidden layers are better than one of their width on a complex task with many "
    "rows, and more so than on a simple task or with few rows.",
    conditions="Points of a disk, parted by a spiral of half a turn or of two turns; 100 or "
    "6,000 rows; plain nets of one or four layers of 32 units, and, on the complex task with "
    "many rows, one layer with as many parameters as the four; each at its own best learning "
    "rate.",
    measure=_measure,
    expects=(
        Expect("there", "on the complex task with many rows depth gains over 5 points",
               MARGIN, "points"),
        Expect("by task", "with many rows depth gains over 5 points more on the complex task than "
               "on the simple one", MARGIN, "points"),
        Expect("by rows", "on the complex task depth gains over 5 points more with many rows than "
               "with few", MARGIN, "points"),
        Expect("together", "what more rows add to the gain of depth is larger by over 5 points on "
               "the complex task than on the simple one", MARGIN, "points"),
    ),
    controls=(Expect("learns", "the deep net learns the simple task", 0.2, "points"),),
    also=(Expect("equal", "on the complex task with many rows depth gains over 5 points at equal "
                 "parameters", MARGIN, "points"),),
    swap="the classes dealt anew to the points: nothing to learn",
    literature=(
        Reference("Lang and Witbrock", 1988, "Learning to tell two spirals apart (Connectionist "
                  "Models)"),
        Reference("Eldan and Shamir", 2016, "The power of depth for feedforward neural networks "
                  "(COLT, arXiv 1512.03965)"),
        Reference("Telgarsky", 2016, "Benefits of depth in neural networks (COLT, "
                  "arXiv 1602.04485)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A task that is complex in a way that depth does not help with, or a shallow net wide "
    "enough. On a simple task that leaves a shallow net more to gain, depth might gain there too: "
    "here one layer gets nearly all of it right.",
    order=430,
)  # fmt: skip
