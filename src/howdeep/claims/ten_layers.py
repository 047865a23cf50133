"""Do more than ten layers beat fewer, whatever the data?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.report.parts import Element

SETS = {  # rows to train, to choose by and to test; steps and seeds in quick
    "mnist1d": ((4_000, 1_000, 2_000), 700, 6),
    "digits": ((1_000, 300, 450), 250, 4),
    "friedman1": ((1_500, 500, 1_000), 250, 4),
}
CALLED = {
    "mnist1d": "MNIST-1D",
    "digits": "handwritten digits",
    "friedman1": "Friedman's function",
}
FEW, MANY = (1, 2, 4), (8, 16)  # residual blocks: 4, 6, 10 and 18, 34 layers with weights
MARGIN = 0.01


def _measure(lab: Lab) -> Measured:
    effects, shown = {}, {}
    for name, (counts, steps, nets) in SETS.items():
        seeds = lab.by(nets, 12)
        how = How(steps=lab.by(steps, 1_500), rates=(-7, -5), grow=1)
        data = built_in(lab, name, counts)
        if lab.control:
            data = shuffled(lab, data)
        arms = {
            f"{name} {blocks}": of_family(
                "resmlp", data.columns, data.outputs, blocks, 32, f"{name}-{blocks}"
            )
            for blocks in (*FEW, *MANY)
        }
        found = trained(lab, data, arms, how, seeds)
        few, many = (_best(found, name, some) for some in (FEW, MANY))
        effects[name] = more(found[many], found[few])
        guess = 0.0 if data.outputs == 1 else 0.1
        effects[f"{name} learns"] = Effect(tuple(v - guess for v in found[few]["test"]))
        shown[name] = brief(found)
    return Measured(effects, shown)


def _best(found: Mapping[str, Any], name: str, some: tuple[int, ...]) -> str:
    """The depth that is best on the rows that choose."""
    return max((f"{name} {b}" for b in some), key=lambda k: max(found[k]["chosen"].values()))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(2 * b + 2), arms[f"{name} {b}"]["test"]) for b in (*FEW, *MANY)]
        for name, arms in shown.items()
    }
    return (
        curves("ten", "Score on new rows", lines, "layers with weights", "accuracy, or R²",
               ticks=[(float(2 * b + 2), str(2 * b + 2)) for b in (*FEW, *MANY)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    said = []
    for name, arms in shown.items():
        few, many = (_best(arms, name, some) for some in (FEW, MANY))
        said.append(
            f"{CALLED[name]} {mean(arms[few]['test']):.3f} and {mean(arms[many]['test']):.3f}"
        )
    return (
        f"Scores of the best net of up to ten layers, and of the best of more: {'; '.join(said)}."
    )


CLAIM = Claim(
    title="Do more than ten layers beat fewer?",
    rows=(33, 39),
    quotes=(
        Quote("C", "Networks exceeding 10 layers have begun outperforming shallower networks"),
    ),
    statement="The best net of more than ten layers is better than the best of up to ten by a "
    "point, on each of three sets of data.",
    conditions="Residual nets of width 32 on MNIST-1D, handwritten digits and Friedman's "
    "function (points of its variance); of each side the depth that is best on rows that choose, "
    "compared on others; as many steps and one width for all depths.",
    measure=_measure,
    expects=tuple(
        Expect(name, f"more than ten layers beat up to ten by over a point on {called}", MARGIN,
               "points")
        for name, called in CALLED.items()
    ),
    controls=tuple(
        Expect(f"{name} learns", f"nets of up to ten layers learn {called}", 0.2, "points")
        for name, called in CALLED.items()
    ),
    swap="shuffled labels: nothing to learn at any depth",
    literature=(
        Reference("He, Zhang, Ren and Sun", 2016, "Deep residual learning (CVPR): images"),
        Reference("Gorishniy et al.", 2021, "Revisiting deep learning for tabular data "
                  "(arXiv 2106.11959): few layers"),
    ),
    picture=_picture,
    reading=_reading,
    change="Other sets of data: that it is so on every one no experiment can settle.",
    order=385,
)  # fmt: skip
