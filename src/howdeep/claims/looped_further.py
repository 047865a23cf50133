"""A looped net run for more rounds than it was trained for, next to one that shares nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, Rows, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, score, tuned
from howdeep.claims.nets.recall import recalling
from howdeep.report.parts import Element

POINTS, TRAINED, FAR = 8, 3, 6  # of a ring; most steps in training; steps that are asked further
STEPS = tuple(range(1, POINTS))  # a ring of 8 points is back where it began after 8
NETS = {"loop": 1, "unshared": TRAINED}  # blocks of weights


def _rows(g: np.random.Generator, count: int, least: int, most: int) -> Rows:
    """Arrows on 8 points that form one ring, a start and a number of steps; where they lead."""
    order = np.argsort(g.uniform(size=(count, POINTS)), 1)
    arrow = np.empty_like(order)
    np.put_along_axis(arrow, order, np.roll(order, -1, 1), 1)
    start, steps = g.integers(POINTS, size=count), g.integers(least, most + 1, size=count)
    at = start
    for i in range(most):
        at = np.where(i < steps, arrow[np.arange(count), at], at)
    x = [np.eye(POINTS)[arrow].reshape(count, -1), np.eye(POINTS)[start], steps[:, None]]
    return Rows(torch.from_numpy(np.concatenate(x, 1)).float(), torch.from_numpy(at))


def _net(kind: str, rounds: int) -> Arm:
    return recalling(kind, POINTS * POINTS, POINTS, POINTS, rounds, NETS[kind])


def _data(lab: Lab) -> Data:
    g = lab.numpy("arrows")
    parts = [_rows(g, count, 1, TRAINED) for count in (20_000, 1_000, 1_000)]
    data = Data("arrows", parts[0], parts[1], parts[2], POINTS)
    return shuffled(lab, data) if lab.control else data


def _run(lab: Lab, kind: str) -> Any:
    """A net's score by seed at each number of steps, and by row at those that are far."""
    how = How(steps=lab.by(1_200, 3_000), batch=128, rates=(-8, -6), finish="cosine",
              grow=lab.by(1, 2))  # fmt: skip
    data = _data(lab)
    found = tuned(_net(kind, TRAINED), data, how, lab.by(3, 10), lab)
    out: dict[str, Any] = {"test": {}, "rows": {}, "rate": found.rate}
    for steps in STEPS:
        rows = _rows(lab.numpy("asked", steps), 2_000, steps, steps)
        right = score(_net(kind, max(steps, TRAINED)), found.params, rows, data)
        out["test"][str(steps)] = [round(float(v), 6) for v in right.mean(1)]
        out["rows"][str(steps)] = [round(float(v), 4) for v in right.mean(0)]
    return out


def _measure(lab: Lab) -> Measured:
    nets = {kind: lab.kept("net", lambda kind: _run(lab, kind), kind=kind) for kind in NETS}
    loop, unshared = nets["loop"], nets["unshared"]
    return Measured(
        {
            "keeps": _less(loop, FAR, loop, TRAINED),
            "twin": _less(loop, FAR, unshared, FAR),
            "learns": Effect(tuple(v - 1 / POINTS for v in loop["test"][str(TRAINED)])),
            "same": _less(unshared, TRAINED, loop, TRAINED),
        },
        {"test": {kind: net["test"] for kind, net in nets.items()}},
    )


def _less(a: Mapping[str, Any], at: int, b: Mapping[str, Any], other: int) -> Effect:
    """Net a at some steps less net b at others, by seed; with the noise of the rows of either."""
    pairs = zip(a["test"][str(at)], b["test"][str(other)], strict=True)
    noise = [np.var(a["rows"][str(at)]), np.var(b["rows"][str(other)])]
    return Effect(tuple(x - y for x, y in pairs), row_error=math.sqrt(float(sum(noise)) / 2_000))


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    names = {"loop": "one block, looped", "unshared": "blocks of their own, the last repeated"}
    lines = {
        name: [(float(steps), shown["test"][kind][str(steps)]) for steps in STEPS]
        for kind, name in names.items()
    }
    return (
        curves("looped-further", f"Trained on 1 to {TRAINED} steps, asked for more", lines,
               "steps to follow, and rounds", "right, %",
               ticks=[(float(steps), str(steps)) for steps in STEPS],
               levels={"guessing": 1 / POINTS}, times=100),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def right(kind: str, steps: int) -> str:
        return f"{mean(shown['test'][kind][str(steps)]):.1%}"

    return (
        f"Trained to follow arrows for one to {TRAINED} steps in as many rounds, the loop gets "
        f"{right('loop', TRAINED)} right at {TRAINED} steps and {right('loop', FAR)} at {FAR}; a "
        f"net with a block for each round gets {right('unshared', TRAINED)}, and "
        f"{right('unshared', FAR)} at {FAR} steps, its last block repeated."
    )


CLAIM = Claim(
    title="Can a net that loops be run for longer than it was trained?",
    rows=(13,),
    quotes=(
        Quote(
            "A", "Having multiple layers allows the network to represent a composition of functions"
        ),
    ),
    statement="A net that goes through one block again and again solves longer problems by more "
    "rounds than it was trained for; a net with a block for each round, whose last one is "
    "repeated, does not.",
    conditions="Eight points whose arrows form a ring: where is one after t steps? 20,000 rings "
    f"with t from 1 to {TRAINED} to learn from, t rounds each; asked for {FAR} steps in {FAR} "
    "rounds without further training. Every round sees the arrows; each net at its own best "
    "learning rate.",
    measure=_measure,
    expects=(
        Expect("keeps", "at twice the rounds of its training the loop loses less than 10 points",
               -0.1, "points"),
        Expect("twin", "at twice the rounds of their training the loop is over 10 points better "
               "than the net with a block for each round", 0.1, "points"),
    ),
    controls=(
        Expect("learns", f"the loop gets over 50 points more right than guessing at {TRAINED} "
               "steps", 0.5, "points"),
        Expect("same", f"at {TRAINED} steps the net with a block for each round is at most 5 "
               "points behind the loop", -0.05, "points"),
    ),
    swap="the answers dealt anew to the rings: nothing to learn",
    literature=(
        Reference("Schwarzschild and others", 2021, "Can you learn an algorithm? Generalizing from "
                  "easy to hard problems with recurrent networks (arXiv 2106.04537)"),
        Reference("Bansal and others", 2022, "End-to-end algorithm synthesis with recurrent "
                  "networks (arXiv 2202.05826)",
                  "they train at random numbers of rounds so that nets do not count them; here "
                  "each row says how many rounds it gets"),
    ),
    picture=_picture,
    reading=_reading,
    change="A loop that forgets how to go on, or a last block that does as well when repeated.",
    order=245,
)  # fmt: skip
