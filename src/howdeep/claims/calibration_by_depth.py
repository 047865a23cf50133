"""Whether deeper nets are worse calibrated, at their best checkpoint and trained on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._subject import differ, learnt, right, subjects
from howdeep.claims._train import How, tuned
from howdeep.claims.nets.chain import chain
from howdeep.instruments._calibrate import ece, equal_width, temperature
from howdeep.instruments._subject import Rows, Subject
from howdeep.report.parts import Element

DEPTHS = (1, 4, 12)
ROWS, FEW = 2_000, 600
Finish = Literal["average", "last"]
ENDS: dict[Finish, str] = {"average": "best checkpoint", "last": "trained on"}


def _data(lab: Lab) -> Data:
    data = built_in(lab, "mnist1d", (ROWS, 1_000, 2_500))
    return shuffled(lab, data) if lab.control else data


def _one(lab: Lab, layers: int, finish: Finish, rows: int = ROWS) -> dict[str, Any]:
    data = _data(lab).fewer(rows)
    seeds = lab.by(10, 16) if rows == ROWS else lab.by(6, 16)
    arm = chain(f"residual {layers}", data.columns, data.outputs, layers, 32, skip="residual")
    how = How(steps=lab.by(600, 1_500), rates=(-7, -5), finish=finish, grow=1)
    nets = subjects(arm, tuned(arm, data, how, seeds, lab).params, data)
    heats = [temperature(net.outputs(net.parts["choose"]), data.choose.y) for net in nets]
    return {
        "score": [right(net, net.parts["test"]) for net in nets],
        "error": [_error(net, net.parts["test"], 1.0) for net in nets],
        "cooled": [_error(net, net.parts["test"], t) for net, t in zip(nets, heats, strict=True)],
        "sharper": [_error(net, net.parts["test"], 0.2) for net in nets],
    }


def _error(net: Subject, rows: Rows, heat: float) -> float:
    """Expected calibration error of outputs that are divided by `heat`, in 15 bins."""
    sure, guess = torch.softmax(net.outputs(rows).double() / heat, 1).max(1)
    return round(ece(equal_width(sure.numpy(), (guess == rows.targets).double().numpy())), 6)


def _measure(lab: Lab) -> Measured:
    nets = {
        f"{finish} {layers}": lab.kept(
            "nets", lambda layers, finish: _one(lab, layers, finish), layers=layers, finish=finish
        )
        for finish in ENDS
        for layers in DEPTHS
    }
    few = {
        layers: lab.kept("few", lambda layers, rows: _one(lab, layers, "last", rows), layers=layers,
                         rows=FEW)
        for layers in (1, 12)
    }  # fmt: skip

    def more(finish: Finish, key: str = "error") -> Effect:
        return Effect(differ(nets[f"{finish} 12"][key], nets[f"{finish} 1"][key]))

    one = nets["average 1"]
    return Measured(
        {
            "average": more("average"),
            "last": more("last"),
            "learns": Effect(learnt(one["score"], 0.1)),
            "seen": Effect(differ(one["sharper"], one["error"])),
            "cooled": more("last", "cooled"),
            "few": Effect(differ(few[12]["error"], few[1]["error"])),
            "better": more("average", "score"),
        },
        {"nets": nets},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        f"{name}{said}": [(float(i), shown["nets"][f"{finish} {n}"][key])
                          for i, n in enumerate(DEPTHS)]
        for finish, name in ENDS.items()
        for key, said in (("error", ""), ("cooled", ", one temperature"))
    }  # fmt: skip
    return (
        curves("calibration", "How far confidence is from the share that is right", lines,
               "hidden layers", "points", times=100,
               ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def at(finish: Finish, key: str) -> str:
        one, many = (100 * mean(shown["nets"][f"{finish} {n}"][key]) for n in (1, 12))
        return f"{one:.1f} points with one hidden layer and {many:.1f} with twelve"

    return (
        f"At the checkpoint that is best on other rows the calibration error is "
        f"{at('average', 'error')}; with the weights at the end of training it is "
        f"{at('last', 'error')}. With outputs divided by one temperature that fits the choosing "
        f"rows, it is "
        f"{at('average', 'cooled')} at that checkpoint, and {at('last', 'cooled')} at the end."
    )


CLAIM = Claim(
    title="Deeper nets are worse calibrated",
    rows=(3, 78),
    quotes=(
        Quote(
            "C",
            "Concerns about robustness and reliability, especially in safety-critical "
            "applications, need to be addressed.",
        ),
        Quote("A", "can have a profound impact on its performance and characteristics"),
    ),
    statement="The probabilities that a net of twelve hidden layers gives are further from the "
    "shares that are right than those of a net of one.",
    conditions=f"Residual chains of 32 units on MNIST-1D, {ROWS:,} rows, each depth at its best "
    "learning rate; expected calibration error in 15 bins on 2,500 test rows.",
    measure=_measure,
    expects=(
        Expect("average", "at their best checkpoints twelve layers have a calibration error over 2 "
               "points larger than one", 0.02, "points"),
        Expect("last", "at the end of training twelve layers have a calibration error over 2 "
               "points larger than one", 0.02, "points"),
    ),
    controls=(
        Expect("learns", "one hidden layer gets over 10 points more right than guessing",
               0.1, "points"),
        Expect("seen", "nets that are made five times as sure are seen to be worse calibrated",
               0.0, "points"),
    ),
    also=(
        Expect("cooled", "at the end of training, with one fitted temperature, twelve layers have "
               "a calibration error over 2 points larger than one", 0.02, "points"),
        Expect("few", f"at the end of training on {FEW} rows twelve layers have a calibration "
               "error over 2 points larger than one", 0.02, "points"),
        Expect("better", "twelve layers get more right", 0.0, "points"),
    ),
    swap="shuffled labels: nothing to learn at any depth",
    literature=(
        Reference("Guo, Pleiss, Sun and Weinberger", 2017, "On calibration of modern neural "
                  "networks (arXiv 1706.04599): the error grows with depth, on CIFAR-100, and one "
                  "temperature mends most of it"),
        Reference("Minderer et al.", 2021, "Revisiting the calibration of modern neural networks "
                  "(arXiv 2106.07998): size does not by itself make it worse"),
    ),
    picture=_picture,
    reading=_reading,
    change="Rows so few that nets of every depth fit them exactly and are as sure, or smoothed "
    "labels.",
    order=640,
)  # fmt: skip
