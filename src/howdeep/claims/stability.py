"""Dropout, batch norm and better starts: which of them makes training of deep nets more stable?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, at_rates
from howdeep.claims.nets.dropped import Noise, dropped
from howdeep.report.parts import Element

LAYERS, WIDTH = 12, 32
RATES = (-11, -9, -7, -5, -3)
SHARE = 0.1  # of the units that are dropped
WORKS = 0.5  # of the training rows
FACTORS = ("start", "norm", "dropout")
Cell = tuple[int, int, int]  # which of the three a net has
CELLS: tuple[Cell, ...] = tuple((a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1))


def _name(cell: Cell) -> str:
    start, norm, dropout = cell
    parts = ["He's start" if start else "nn.Linear's start"]
    parts += ["batch norm"] if norm else []
    parts += ["dropout"] if dropout else []
    return ", ".join(parts)


def _one(lab: Lab, cell: Cell, seeds: int) -> dict[str, Any]:
    """By seed the share of learning rates at which training works, and the score at the best."""
    data = built_in(lab, "digits", (1_000, 300, 450))
    if lab.control:
        data = shuffled(lab, data)
    start, norm, dropout = cell
    noise = Noise(lab.torch("noise", _name(cell)), SHARE * dropout)
    arm = dropped(
        f"start {start}", data.columns, data.outputs, LAYERS, WIDTH, noise,
        start="he" if start else "torch", norm=bool(norm),
    )  # fmt: skip
    how = How(
        steps=lab.by(200, 600), batch=32, rates=RATES, finish="last", looks=1
    )  # fmt: skip
    found = at_rates(arm, data, how, seeds, lab)
    best = max(found.values(), key=lambda one: (one.chosen[one.rate], -one.rate))
    works = [(one.seen >= WORKS).float() for one in found.values()]
    return {
        "works": [round(float(sum(w[seed] for w in works)) / len(works), 6)
                  for seed in range(seeds)],
        "test": best.scores(),
        "rate": best.rate,
    }  # fmt: skip


def _effect(cells: Mapping[Cell, list[float]], factor: int, fixed: Mapping[int, int]) -> Effect:
    """By seed the mean of cells with a factor minus that without it; `fixed`: of the others."""
    chosen = [cell for cell in cells if all(cell[i] == level for i, level in fixed.items())]
    sides: list[list[float]] = []
    for level in (0, 1):
        own = [cells[cell] for cell in chosen if cell[factor] == level]
        sides.append([mean(list(values)) for values in zip(*own, strict=True)])
    return Effect(tuple(b - a for a, b in zip(*sides, strict=True)))


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(8, 20)
    found: dict[Cell, dict[str, Any]] = {
        cell: lab.kept("cell", lambda cell: _one(lab, cell, seeds), cell=cell) for cell in CELLS
    }
    works = {cell: one["works"] for cell, one in found.items()}
    test = {cell: one["test"] for cell, one in found.items()}
    effects = {}
    for i, factor in enumerate(FACTORS):
        effects[factor] = _effect(works, i, {})
        effects[f"{factor} score"] = _effect(test, i, {})
        alone = {j: 0 for j in range(3) if j != i}
        effects[f"{factor} alone"] = _effect(works, i, alone)
    best = [max(values) for values in zip(*works.values(), strict=True)]
    effects["works"] = Effect(tuple(best))
    return Measured(effects, {"cells": {_name(cell): one for cell, one in found.items()}})


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    places = {"neither": (0, 0), "He's start": (1, 0), "batch norm": (0, 1), "both": (1, 1)}
    lines = {
        name: [
            (float(i), shown["cells"][_name((*place, dropout))]["works"])
            for i, place in enumerate(places.values())
        ]
        for dropout, name in enumerate(("no dropout", "dropout"))
    }
    return (
        curves("stability", f"Trainings of {LAYERS} layers that succeed", lines, "", "%", times=100,
               ticks=[(float(i), name) for i, name in enumerate(places)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    works = {cell: shown["cells"][_name(cell)]["works"] for cell in CELLS}
    test = {cell: shown["cells"][_name(cell)]["test"] for cell in CELLS}
    said = []
    for i, name in enumerate(("He's start", "batch norm", "dropout")):
        share, score = (100 * mean(list(_effect(values, i, {}).values)) for values in (works, test))
        said.append(
            f"{name} changes the share by {share:+.0f} points and the best score by {score:+.1f}"
        )
    text = (
        f"Without any of the three {mean(works[0, 0, 0]):.0%} of the trainings succeed, with all "
        f"of them {mean(works[1, 1, 1]):.0%}. On average over the others {'; '.join(said)}. He's "
        f"start by itself: {mean(works[1, 0, 0]):.0%}; batch norm by itself: "
        f"{mean(works[0, 1, 0]):.0%}; both: {mean(works[1, 1, 0]):.0%}."
    )
    return text.replace("-", "−")


CLAIM = Claim(
    title="Do dropout, batch norm and better starts each make training more stable?",
    rows=(51, 27, 29),
    quotes=(
        Quote("B", "Advancements such as batch normalization, dropout, and better weight "
              "initialization have improved the stability and efficiency of training."),
    ),
    statement="Each of dropout, batch norm and a better start raises the share of trainings of a "
    "deep plain net that succeed.",
    conditions=f"Handwritten digits; all eight combinations in {LAYERS} plain layers of {WIDTH} "
    f"ReLUs; five learning rates from 2^{RATES[0]} to 2^{RATES[-1]}; a training succeeds that gets "
    f"half the training rows right; dropout of {SHARE:.0%}; He's start against nn.Linear's.",
    measure=_measure,
    expects=(
        Expect("norm", "batch norm raises the share of trainings that succeed by over 10 points",
               0.1, "points"),
        Expect("start", "He's start raises the share of trainings that succeed by over 10 points",
               0.1, "points"),
        Expect("dropout", "dropout raises the share of trainings that succeed by over 10 points",
               0.1, "points"),
    ),
    controls=(
        Expect("works", "the best combination trains at over a fifth of the rates",
               0.2, "points"),
    ),
    also=(
        Expect("norm alone", "batch norm by itself raises the share of trainings that succeed by "
               "over 10 points", 0.1, "points"),
        Expect("start alone", "He's start by itself raises the share of trainings that succeed by "
               "over 10 points", 0.1, "points"),
        Expect("dropout alone", "dropout by itself raises the share of trainings that succeed by "
               "over 10 points", 0.1, "points"),
        Expect("norm score", "batch norm raises the score at the best rate by over 2 points",
               0.02, "points"),
        Expect("start score", "He's start raises the score at the best rate by over 2 points",
               0.02, "points"),
        Expect("dropout score", "dropout raises the score at the best rate by over 2 points",
               0.02, "points"),
    ),
    swap="shuffled labels: no training succeeds",
    literature=(
        Reference("Ioffe and Szegedy", 2015, "Batch normalization (arXiv 1502.03167): higher "
                  "rates, less care about the start"),
        Reference("He, Zhang, Ren and Sun", 2015, "Delving deep into rectifiers "
                  "(arXiv 1502.01852)"),
        Reference("Srivastava et al.", 2014, "Dropout (JMLR 15, 1929-1958)",
                  "a few hundred steps, and what is asked is whether training succeeds"),
    ),
    picture=_picture,
    reading=_reading,
    change="More steps, which dropout needs; wider nets, which it hurts less; skips.",
    order=346,
)  # fmt: skip
