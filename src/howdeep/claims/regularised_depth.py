"""Dropout, weight decay and stochastic depth on few rows: does their effect grow with depth?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, at_rate, summary, tuned
from howdeep.claims.nets.dropped import Noise, dropped
from howdeep.report.parts import Element

SETS = {"mnist1d": (300, 1_000, 4_000), "digits": (60, 300, 1_400)}
LAYERS = (2, 8)
WAYS = {  # the strengths of each
    "none": (0.0,),
    "dropout": (0.25, 0.5),
    "weight decay": (1.0,),
    "stochastic depth": (0.5,),
}
Found = dict[str, dict[str, Any]]


def _arm(lab: Lab, data: Data, way: str, strength: float, layers: int) -> Arm:
    noise = Noise(
        lab.torch("noise", way, str(strength), layers),
        strength if way == "dropout" else 0.0,
        strength if way == "stochastic depth" else 0.0,
    )
    name = f"skips-{layers}"
    return dropped(name, data.columns, data.outputs, layers, 48, noise, skip=True)


def _one(lab: Lab, name: str, way: str, layers: int, seeds: int) -> dict[str, Any]:
    """Nets at the strength and the rate that a few nets find on the rows that choose."""
    data = built_in(lab, name, SETS[name])
    if lab.control:
        data = shuffled(lab, data)
    decays = way == "weight decay"
    how = How(
        steps=lab.by(250, 1_000), batch=32, rates=(-8, -6, -4), finish="last", looks=1, grow=1,
        optimizer="adamw" if decays else "adam", decay=WAYS[way][0] if decays else 0.0,
    )  # fmt: skip
    tried = {}
    for strength in WAYS[way]:
        few = tuned(_arm(lab, data, way, strength, layers), data, how, 3, lab)
        tried[strength] = (few.chosen[few.rate], few.rate)
    strength = max(tried, key=lambda s: tried[s])
    arm = _arm(lab, data, way, strength, layers)
    found = summary(at_rate(arm, data, how, seeds, lab, tried[strength][1]))
    return found | {"strength": strength}


def _gain(found: Found, way: str, layers: int) -> Effect:
    """What a way adds to no regularisation, on average over the sets of data."""
    return _over_sets(found, {(way, layers): 1, ("none", layers): -1})


def _grows(found: Found, way: str) -> Effect:
    """How much more it adds to the deep net than to the shallow one."""
    flat, deep = LAYERS
    return _over_sets(
        found, {(way, deep): 1, ("none", deep): -1, (way, flat): -1, ("none", flat): 1}
    )


def _over_sets(found: Found, signs: Mapping[tuple[str, int], int]) -> Effect:
    """A sum of scores with signs, averaged over the sets, with the error of their test rows."""
    values, errors = [], []
    for name in SETS:
        own = [(found[f"{name} {way} {n}"], sign) for (way, n), sign in signs.items()]
        values.append(sum(sign * torch.tensor(one["test"]) for one, sign in own))
        rows = torch.as_tensor(sum(sign * torch.tensor(one["rows"]) for one, sign in own))
        errors.append(float(rows.var() / len(rows)))
    means = torch.as_tensor(sum(values)) / len(SETS)
    return Effect(tuple(means.tolist()), row_error=math.sqrt(sum(errors)) / len(SETS))


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(22, 40)
    found = {
        f"{name} {way} {n}": lab.kept(
            "arm", lambda name, way, n: _one(lab, name, way, n, seeds), name=name, way=way, n=n
        )
        for name in SETS
        for way in WAYS
        for n in LAYERS
    }
    deep = LAYERS[-1]
    gaps = [[a - b for a, b in zip(one["seen"], one["test"], strict=True)]
            for one in (found[f"{name} none {deep}"] for name in SETS)]  # fmt: skip
    return Measured(
        {
            "grows": _grows(found, "dropout"),
            "learns": Effect(
                tuple(min(pair) - 0.1 for pair in zip(
                    *(found[f"{name} none {LAYERS[0]}"]["test"] for name in SETS), strict=True))
            ),
            "overfits": Effect(tuple(min(pair) for pair in zip(*gaps, strict=True))),
            "dropout": _gain(found, "dropout", deep),
            "decay": _gain(found, "weight decay", deep),
            "skipped": _gain(found, "stochastic depth", deep),
            "decay grows": _grows(found, "weight decay"),
            "skipped grows": _grows(found, "stochastic depth"),
        },
        {"arms": {k: {name: v[name] for name in ("test", "seen", "rate", "strength")}
                  for k, v in found.items()}},
    )  # fmt: skip


def _lifts(shown: Mapping[str, Any], way: str, layers: int) -> list[float]:
    """By seed what a way adds, averaged over the sets."""
    pairs = [
        (shown["arms"][f"{name} {way} {layers}"]["test"],
         shown["arms"][f"{name} none {layers}"]["test"]) for name in SETS
    ]  # fmt: skip
    each = [[a - b for a, b in zip(*pair, strict=True)] for pair in pairs]
    return [mean(list(values)) for values in zip(*each, strict=True)]


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        way: [(float(n), _lifts(shown, way, n)) for n in LAYERS] for way in WAYS if way != "none"
    }
    return (
        curves("regularised", "Gained on new rows by regularisation, few rows to learn from", lines,
               "layers with skips", "points", times=100, levels={"none": 0.0},
               ticks=[(float(n), str(n)) for n in LAYERS]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    flat, deep = LAYERS
    said = [
        f"{way} {100 * mean(_lifts(shown, way, flat)):+.1f} and "
        f"{100 * mean(_lifts(shown, way, deep)):+.1f}"
        for way in WAYS if way != "none"
    ]  # fmt: skip
    sets = " and ".join(
        f"{mean(shown['arms'][f'{name} none {deep}']['test']):.1%} of {name}" for name in SETS
    )
    text = (
        f"Without regularisation {deep} layers get {sets} right. Over both sets, points gained "
        f"with {flat} and with {deep} layers: {'; '.join(said)}."
    )
    return text.replace("-", "−")


CLAIM = Claim(
    title="Does regularisation become crucial with depth?",
    rows=(36, 51),
    quotes=(
        Quote("A", "Regularization techniques (like dropout) become crucial in such scenarios."),
    ),
    statement="On few rows dropout lifts a deep net by clearly more than a shallow one.",
    conditions="300 rows of MNIST-1D and 60 of handwritten digits, 2 and 8 layers of 48 units "
    "with skips, trained to the end; dropout of a quarter or a half of the units, whichever is "
    "better on rows that choose; weight decay of 1 (AdamW); half of the layers skipped at "
    "random; each arm at its own best learning rate; averaged over the two sets.",
    measure=_measure,
    expects=(
        Expect("grows", "dropout lifts eight layers by over 2 points more than two", 0.02,
               "points"),
    ),
    controls=(
        Expect("learns", "two layers get over 5 points more right than guessing on both sets",
               0.05, "points"),
        Expect("overfits", "eight layers do over 5 points better on rows learnt from than on new "
               "ones", 0.05, "points"),
    ),
    also=(
        Expect("dropout", "dropout lifts eight layers by over 2 points", 0.02, "points"),
        Expect("decay", "weight decay lifts eight layers by over 2 points", 0.02, "points"),
        Expect("skipped", "stochastic depth lifts eight layers by over 2 points", 0.02, "points"),
        Expect("decay grows", "weight decay lifts eight layers by over 2 points more than two",
               0.02, "points"),
        Expect("skipped grows", "stochastic depth lifts eight layers by over 2 points more than "
               "two", 0.02, "points"),
    ),
    swap="shuffled labels: nothing to learn",
    literature=(
        Reference("Srivastava et al.", 2014, "Dropout (JMLR 15, 1929-1958)",
                  "narrow nets, which have less to drop"),
        Reference("Huang et al.", 2016, "Deep networks with stochastic depth "
                  "(arXiv 1603.09382)", "at most eight layers, dense, not a hundred"),
    ),
    picture=_picture,
    reading=_reading,
    change="Wider or deeper nets, or other data, on which what dropout adds grows with depth.",
    order=425,
)  # fmt: skip
