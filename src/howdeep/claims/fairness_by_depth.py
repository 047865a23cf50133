"""Whether deeper nets treat women and men less alike, on the incomes of a census."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._subject import differ
from howdeep.claims._tables import Grouped, adult
from howdeep.claims._train import How, tuned
from howdeep.claims.nets.chain import chain
from howdeep.instruments._fair import Sample, rates, selected
from howdeep.report.parts import Element

DEPTHS = (1, 3, 8)
MOST = 0.76  # about the share of the larger class: what a constant gets right
GAPS = ("parity", "chance")
Integers = NDArray[np.int64]


def gaps(predicted: Integers, truth: Integers, group: Integers) -> dict[str, float]:
    """By how much the shares of two groups differ that are given class 1.

    "parity": of all rows, demographic parity. "chance": of those it is true of, equal opportunity
    (Hardt, Price and Srebro 2016, arXiv 1610.02413).
    """
    given = selected(predicted, group, 2)[0]
    true = rates(predicted, truth, group, 2)[0]
    return {"parity": _apart(given), "chance": _apart(true)}


def _apart(by_group: Mapping[int, Sample]) -> float:
    return round(abs(float(by_group[1].values.mean() - by_group[0].values.mean())), 6)


def _one(lab: Lab, found: Grouped, layers: int) -> dict[str, Any]:
    data = shuffled(lab, found.data) if lab.control else found.data
    arm = chain(f"residual {layers}", data.columns, 2, layers, 32, skip="residual")
    how = How(steps=lab.by(300, 1_500), batch=128, rates=(-9, -7), finish="cosine", grow=1)
    nets = tuned(arm, data, how, lab.by(16, 32), lab)
    truth, right = data.test.y.numpy(), nets.test.numpy() == 1
    said = np.where(right, truth, 1 - truth).astype(np.int64)
    each = [gaps(own, truth, found.group) for own in said]
    return {
        "score": nets.scores(),
        "said": [round(float(v), 3) for v in said.mean(0)],
        **{kind: [one[kind] for one in each] for kind in GAPS},
    }


def _measure(lab: Lab) -> Measured:
    found = adult(lab, (lab.by(12_000, 24_000), 4_000, 16_000))
    nets = {
        str(layers): lab.kept("nets", lambda layers: _one(lab, found, layers), layers=layers)
        for layers in DEPTHS
    }
    one, eight = nets["1"], nets["8"]
    truth = found.data.test.y.numpy()
    moved = np.array(eight["said"]) - np.array(one["said"])
    among = {"parity": np.ones(len(truth), dtype=bool), "chance": truth == 1}
    effects = {
        kind: Effect(differ(eight[kind], one[kind]), _error(moved, found.group, among[kind]))
        for kind in GAPS
    }
    return Measured(
        {
            **effects,
            "learns": Effect(tuple(v - MOST for v in one["score"])),
            "seen": Effect(tuple(one["parity"])),
            "better": Effect(differ(eight["score"], one["score"])),
        },
        {"nets": {n: {k: v for k, v in net.items() if k != "said"} for n, net in nets.items()}},
    )


def _error(moved: NDArray[np.float64], group: Integers, among: NDArray[np.bool_]) -> float:
    """The standard error, from the test rows, of how a gap changes when each row's share does."""
    parts = [moved[among & (group == g)] for g in (0, 1)]
    return math.sqrt(sum(float(own.var(ddof=1)) / len(own) for own in parts))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"parity": "of all", "chance": "of those who earn it"}
    lines = {
        name: [(float(i), shown["nets"][str(n)][kind]) for i, n in enumerate(DEPTHS)]
        for kind, name in names.items()
    }
    return (
        curves("fairness", "How much more often men are told to earn over 50,000", lines,
               "hidden layers", "points", times=100,
               ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def at(kind: str) -> str:
        one, eight = (100 * mean(shown["nets"][str(n)][kind]) for n in (1, 8))
        return f"{one:.1f} points with one hidden layer and {eight:.1f} with eight"

    one, eight = (mean(shown["nets"][str(n)]["score"]) for n in (1, 8))
    return (
        f"The shares of men and of women who are foretold an income of over 50,000 dollars differ "
        f"by {at('parity')}; among those who have it, by {at('chance')}. The nets get {one:.1%} "
        f"and {eight:.1%} right."
    )


CLAIM = Claim(
    title="Deeper nets treat groups less alike",
    rows=(3, 77),
    quotes=(
        Quote("C", "Assessment of the ethical implications"),
        Quote("A", "can have a profound impact on its performance and characteristics"),
    ),
    statement="Women and men are treated less alike by a net of eight hidden layers than by a "
    "net of one, both among all and among those who do earn much.",
    conditions="The census table Adult, 12,000 rows (full: 24,000), its sex a column like the "
    "others; residual chains of 32 units, each depth at its own best learning rate, which falls "
    "to 0; gaps on 16,000 test rows.",
    measure=_measure,
    expects=(
        Expect("parity", "the shares of women and of men who are foretold to earn much are over 2 "
               "points further apart with eight layers than with one (demographic parity)",
               0.02, "points"),
        Expect("chance", "among those who do earn much, the shares of women and of men who are "
               "recognised are over 2 points further apart with eight layers than with one (equal "
               "opportunity)", 0.02, "points"),
    ),
    controls=(
        Expect("learns", "one hidden layer gets over 2 points more right than a constant",
               0.02, "points"),
        Expect("seen", "with one hidden layer the shares of women and of men who are foretold to "
               "earn much are over 3 points apart", 0.03, "points"),
    ),
    also=(Expect("better", "eight layers get more right", 0.0, "points"),),
    swap="shuffled labels: nothing to learn at any depth",
    literature=(
        Reference("Hardt, Price and Srebro", 2016, "Equality of opportunity in supervised learning "
                  "(arXiv 1610.02413)"),
        Reference("Hooker et al.", 2020, "Characterising bias in compressed models (arXiv "
                  "2010.03058): what is cut from a net hurts groups unequally"),
    ),
    picture=_picture,
    reading=_reading,
    change="A table on which deeper nets get clearly more right than shallow ones, or groups of "
    "which one is rare.",
    order=655,
    needs=("adult",),
)  # fmt: skip
