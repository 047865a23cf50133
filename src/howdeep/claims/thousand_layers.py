"""Can a thousand layers be trained, given a skip or a start? And the plain twin?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, at_rate, summary
from howdeep.claims.nets.chain import Skip, chain
from howdeep.report.parts import Element

LAYERS = 1_000
NETS: dict[str, tuple[str, Skip, tuple[int, ...]]] = {  # start, skip, learning rates (2 to these)
    "ReZero": ("he", "rezero", (-10,)),
    "looks-linear": ("looks_linear", "none", (-13,)),
    "plain, He": ("he", "none", (-15, -12, -9)),
}


def _one(lab: Lab, data: Data, name: str, seeds: int) -> dict[str, Any]:
    start, skip, rates = NETS[name]
    arm = chain(name, data.columns, data.outputs, LAYERS, 32, start=start, skip=skip)
    how = How(steps=lab.by(60, 200), batch=64, finish="last", looks=6)
    tried = [summary(at_rate(arm, data, how, seeds, lab, rate)) for rate in rates]
    return max(tried, key=lambda one: mean(one["seen"]))


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "digits", (1_000, 200, 500))
    if lab.control:
        data = shuffled(lab, data)
    seeds = lab.by(3, 5)
    found = {
        name: lab.kept(f"net {name}", lambda name: _one(lab, data, name, seeds), name=name)
        for name in NETS
    }
    return Measured(
        {
            "rezero": Effect(tuple(found["ReZero"]["seen"])),
            "linear": Effect(tuple(found["looks-linear"]["seen"])),
            "plain": Effect(tuple(0.5 - v for v in found["plain, He"]["seen"])),
        },
        {name: {k: one[k] for k in ("seen", "test", "loss")} for name, one in found.items()},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(i + 1), [value]) for i, value in enumerate(one["loss"])]
        for name, one in shown.items()
    }
    return (
        curves("thousand", f"Training {LAYERS:,} layers", lines, "sixths of the training",
               "loss on training rows"),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    said = ", ".join(
        f"{name} {mean(one['seen']):.0%} of training rows and {mean(one['test']):.0%} of new ones"
        for name, one in shown.items()
    )
    return f"{LAYERS:,} layers of 32 units get right: {said}."


CLAIM = Claim(
    title="A thousand layers can be trained",
    rows=(34,),
    quotes=(
        Quote("C", "successful training on architectures containing thousands of layers"),
    ),
    statement="A net of a thousand layers learns handwritten digits in a few steps where its "
    "blocks begin as the identity.",
    conditions="Nets of 1,000 layers of 32 units, 1,000 rows, batches of 64, 60 steps (full: "
    "200), at the rates of the literature (1e-3 with ReZero, 1e-4 from a linear start); the plain "
    "net with He's start at the best of three, 2^-15 to 2^-9.",
    measure=_measure,
    expects=(
        Expect("rezero", "a ReZero net of a thousand layers gets over 70 % of training rows right",
               0.7, "points"),
    ),
    controls=(
        Expect("plain", "a plain net with He's start stays below 50 % of training rows",
               0.0, "points"),
    ),
    also=(
        Expect("linear", "a plain net that starts as a linear map gets over 70 % of training rows "
               "right", 0.7, "points"),
    ),
    swap="shuffled labels: nothing to learn",
    literature=(
        Reference("Bachlechner et al.", 2020, "ReZero is all you need (arXiv 2003.04887)"),
        Reference("Balduzzi et al.", 2017, "The shattered gradients problem (arXiv 1702.08591)"),
        Reference("Xiao et al.", 2018, "10,000-layer vanilla CNNs (arXiv 1806.05393)",
                  "theirs are convolutional nets without skips, which train by their start alone"),
    ),
    picture=_picture,
    reading=_reading,
    change="A plain net of as many layers with He's start that learns as well.",
    order=380,
)  # fmt: skip
