"""Depth apart from parameters: a looped net against its twins, shallow and unshared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import bars
from howdeep.claims._train import How, more, summary, tuned
from howdeep.claims.nets.looped import looped
from howdeep.report.parts import Element

WIDTH, ROUNDS = 32, 8
NETS = {"shallow": (1, 1), "looped": (ROUNDS, 1), "unshared": (ROUNDS, ROUNDS)}


def _steps(lab: Lab) -> int:
    return lab.by(1_000, 3_000)


def _arm(lab: Lab, net: str) -> Any:
    data = built_in(lab, "mnist1d", (4_000, 1_000, 10_000))
    if lab.control:
        data = shuffled(lab, data)
    rounds, own = NETS[net]
    arm = looped(data.columns, data.outputs, rounds, WIDTH, own)
    how = How(steps=_steps(lab), rates=(-8, -6), grow=1)
    found = summary(tuned(arm, data, how, lab.by(6, 24), lab))
    return found | {"parameters": arm.parameters}


def _measure(lab: Lab) -> Measured:
    arms = {net: lab.kept("arm", lambda net: _arm(lab, net), net=net) for net in NETS}
    size = {net: arm["parameters"] for net, arm in arms.items()}
    return Measured(
        {
            "loop": more(arms["looped"], arms["shallow"]),
            "unshared": more(arms["unshared"], arms["looped"]),
            "learns": Effect(tuple(v - 0.1 for v in arms["shallow"]["test"])),
            "equal": Effect((-abs(size["looped"] - size["shallow"]) + 0.5,), exact=True),
        },
        {
            "test": {net: arm["test"] for net, arm in arms.items()},
            "parameters": size,
            "steps": _steps(lab),
        },
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"shallow": "one block", "looped": "looped", "unshared": "own"}
    values = {said: shown["test"][net] for net, said in names.items()}
    return (bars("looped-twin", "One block, looped, and eight of their own", values, "right, %",
                 times=100),)  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    mean = {net: sum(own) / len(own) for net, own in shown["test"].items()}
    size = shown["parameters"]
    return (
        f"After {shown['steps']:,} steps one block gets {mean['shallow']:.1%} right, the same "
        f"block gone through eight times {mean['looped']:.1%} with as many parameters "
        f"({size['looped']:,}), and eight blocks of their own {mean['unshared']:.1%} with "
        f"{size['unshared']:,}."
    )


CLAIM = Claim(
    title="Does depth help without more parameters?",
    rows=(13, 15),
    quotes=(
        Quote("A", "Having multiple layers allows the network to represent a composition of "
                   "functions"),
        Quote("A", "Deeper networks have more parameters and, therefore, a greater capacity"),
    ),
    statement="A net that goes through one block eight times is better than one that goes through "
    "it once, though both have the same parameters.",
    conditions="MNIST-1D, 4,000 rows to learn from; residual nets of width 32, each at its own "
    "best learning rate.",
    measure=_measure,
    expects=(
        Expect("loop", "eight rounds of one block are better than one round by over 2 points",
               0.02, "points"),
    ),
    controls=(
        Expect("learns", "one block beats guessing", 0.1, "points"),
        Expect("equal", "looped and shallow have the same number of parameters", 0.0, ""),
    ),
    also=(Expect("unshared", "eight blocks of their own are better than eight rounds of one block",
                 0.0, "points"),),
    swap="the classes dealt anew to the rows: nothing to learn",
    literature=(
        Reference("Dehghani and others", 2019, "Universal transformers (arXiv 1807.03819)"),
    ),
    picture=_picture,
    reading=_reading,
    change="A task on which the rounds pay, or more steps, in which a loop that learns more "
    "slowly may gain on a single round.",
    order=240,
)  # fmt: skip
