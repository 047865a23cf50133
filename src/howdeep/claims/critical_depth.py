"""The depth at which training fails: with one learning rate for all, and tuned at each depth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, at_rate, tuned
from howdeep.claims.nets.chain import chain
from howdeep.report.parts import Element

LAYERS = (2, 8, 16, 32, 64)
FAILS = 0.5  # of the training rows


def _one(lab: Lab, data: Data, layers: int, seeds: int, rate: int | None) -> dict[str, Any]:
    """Scores on training rows, at a given learning rate or at the best that a few nets find."""
    arm = chain(f"plain-{layers}", data.columns, data.outputs, layers, 32)
    how = How(steps=lab.by(250, 800), batch=32, rates=(-10, -8, -6), looks=5, finish="last")
    if rate is None:
        rate = tuned(arm, data, how, 3, lab).rate
    found = at_rate(arm, data, how, seeds, lab, rate)
    return {"seen": [round(float(v), 6) for v in found.seen], "rate": rate}


def _end(scores: Mapping[int, list[float]], seed: int) -> float:
    """The logarithm to base 2 of the depth from which a half of the rows is missed.

    On the line between the depths next to it, the last depth where none fails.
    """
    before = LAYERS[0]
    for n in LAYERS:
        now, last = scores[n][seed], scores[before][seed]
        if now < FAILS:
            share = (last - FAILS) / (last - now) if last > now else 0.0
            return math.log2(before) + share * math.log2(n / before)
        before = n
    return math.log2(LAYERS[-1])


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "digits", (1_000, 200, 500))
    seeds = lab.by(10, 24)
    if lab.control:
        data = shuffled(lab, data)
    own = {
        n: lab.kept("tuned", lambda n: _one(lab, data, n, seeds, None), n=n) for n in LAYERS
    }  # fmt: skip
    rate = own[LAYERS[0]]["rate"]
    one = {
        n: found["seen"] if found["rate"] == rate else lab.kept(
            "shared", lambda n, rate: _one(lab, data, n, seeds, rate), n=n, rate=rate
        )["seen"]
        for n, found in own.items()
    }  # fmt: skip
    best = {n: found["seen"] for n, found in own.items()}
    ends = {
        name: [_end(scores, seed) for seed in range(seeds)]
        for name, scores in (("one", one), ("best", best))
    }
    return Measured(
        {
            "later": Effect(tuple(b - a for a, b in zip(ends["one"], ends["best"], strict=True))),
            "gap": Effect(tuple(b - a for a, b in zip(one[32], best[32], strict=True))),
            "still": Effect(tuple(a - b for a, b in zip(best[2], best[LAYERS[-1]], strict=True))),
            "learns": Effect(tuple(v - 0.1 for v in best[2])),
        },
        {
            "one": {str(n): v for n, v in one.items()},
            "best": {str(n): v for n, v in best.items()},
            "rates": {str(n): found["rate"] for n, found in own.items()},
            "ends": ends,
        },
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(math.log2(n), shown[key][str(n)]) for n in LAYERS]
        for key, name in (("best", "its own rate"), ("one", "the rate of 2 layers"))
    }
    return (
        curves("critical", "Right on training rows, by depth and learning rate", lines,
               "hidden layers", "%", times=100, ticks=[(math.log2(n), str(n)) for n in LAYERS],
               levels={"half": FAILS}),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    rates = ", ".join(f"2^{shown['rates'][str(n)]} at {n}" for n in LAYERS)
    one, best = (2 ** mean(shown["ends"][key]) for key in ("one", "best"))
    return (
        f"Half of the training rows are missed from {one:.0f} layers on with the rate of 2 layers "
        f"for all, and from {best:.0f} on with a rate of their own ({LAYERS[-1]} is the deepest "
        f"tried). 32 layers get {mean(shown['one']['32']):.0%} and "
        f"{mean(shown['best']['32']):.0%} right. The best rates by depth: {rates}."
    )


CLAIM = Claim(
    title="Where depth fails is a matter of the learning rate",
    rows=(26,),
    quotes=(Quote("A", "Training deeper networks can be more challenging"),),
    statement="Plain nets stop training at a depth that lies later by over half a doubling where "
    "the learning rate is tuned again for each depth than where one is used for all.",
    conditions="Handwritten digits, batches of 32, plain ReLU layers of 32 units with He's "
    f"start, 2 to {LAYERS[-1]} of them; a net has failed that gets less than half its training "
    "rows right; rates are tuned on other rows with three nets; the one rate is the best of 2 "
    "layers.",
    measure=_measure,
    expects=(
        Expect("later", "a rate tuned for each depth moves the depth at which training fails by "
               "over half a doubling", 0.5, "doublings"),
        Expect("gap", "at 32 layers the tuned rate gets over 10 points more of the training rows "
               "right than the one rate", 0.1, "points"),
    ),
    controls=(Expect("learns", "two layers get over 50 points more right than guessing",
                     0.5, "points"),),
    also=(
        Expect("still", f"with rates of their own {LAYERS[-1]} layers still fit training rows "
               "worse than 2 by over 10 points", 0.1, "points"),
    ),
    swap="shuffled labels: nothing to learn",
    literature=(
        Reference("He, Zhang, Ren and Sun", 2015, "Delving deep into rectifiers "
                  "(arXiv 1502.01852)"),
        Reference("Yang et al.", 2022, "Tensor programs V (arXiv 2203.03466): a rate that holds "
                  "for every width", "they keep the rate over widths; here depth is changed, and "
                  "nothing is rescaled"),
    ),
    picture=_picture,
    reading=_reading,
    change="Other steps: a net that fails in few may train in more.",
    order=344,
)  # fmt: skip
