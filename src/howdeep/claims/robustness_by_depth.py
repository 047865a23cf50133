"""Whether deeper nets lose more of what they get right to noise and to attacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._pictures import curves
from howdeep.claims._subject import differ, learnt, lost, right, subjects
from howdeep.claims._train import How, tuned
from howdeep.claims.nets.chain import chain
from howdeep.instruments._attack import box, fgsm, pgd
from howdeep.instruments._corrupt import corruptions
from howdeep.instruments._subject import Subject
from howdeep.report.parts import Element

DEPTHS = (1, 3, 8)
NOISE, REACH = 0.3, 0.05  # of the columns' deviations
FURTHER = 2  # times the reach, for a control
KINDS = {"noise": "noise", "fgsm": "attack of one step", "pgd": "attack of ten steps"}


def _one(lab: Lab, layers: int) -> dict[str, Any]:
    data = built_in(lab, "mnist1d", (4_000, 1_000, 2_500))
    if lab.control:
        data = shuffled(lab, data)
    arm = chain(f"residual {layers}", data.columns, data.outputs, layers, 64, skip="residual")
    how = How(steps=lab.by(500, 2_000), rates=(-9, -7), grow=1)
    found = tuned(arm, data, how, lab.by(11, 20), lab)
    each = [_tried(net) for net in subjects(arm, found.params, data)]
    return {kind: [one[kind] for one in each] for kind in ("clean", *KINDS, "further")}


def _tried(net: Subject) -> dict[str, float]:
    """The share right of clean test rows, of noisy ones and of attacked ones."""
    rows, within = net.parts["test"], box(net)
    noise = next(one for one in corruptions(net)[0] if one.name == "noise")
    return {
        "clean": right(net, rows),
        "noise": right(net, noise.apply(rows, NOISE)[0]),
        "fgsm": right(net, fgsm(net, rows, within, REACH)),
        "pgd": right(net, pgd(net, rows, within, REACH)),
        "further": right(net, pgd(net, rows, within, FURTHER * REACH)),
    }


def _measure(lab: Lab) -> Measured:
    nets = {
        str(layers): lab.kept("nets", lambda layers: _one(lab, layers), layers=layers)
        for layers in DEPTHS
    }
    gone = {
        kind: {name: lost(one["clean"], one[kind]) for name, one in nets.items()} for kind in KINDS
    }
    effects = {kind: Effect(differ(gone[kind]["8"], gone[kind]["1"])) for kind in KINDS}
    return Measured(
        {
            **effects,
            "learns": Effect(learnt(nets["1"]["clean"], 0.1)),
            "hurts": Effect(tuple(gone["pgd"]["1"])),
            "further": Effect(differ(nets["1"]["pgd"], nets["1"]["further"])),
            "better": Effect(differ(nets["8"]["clean"], nets["1"]["clean"])),
        },
        {"nets": nets, "lost": gone},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        name: [(float(i), shown["lost"][kind][str(n)]) for i, n in enumerate(DEPTHS)]
        for kind, name in KINDS.items()
    }
    return (
        curves("robustness", "Of what was right, lost", lines, "hidden layers", "%", times=100,
               ticks=[(float(i), str(n)) for i, n in enumerate(DEPTHS)]),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    def at(kind: str) -> str:
        one, eight = (mean(shown["lost"][kind][str(n)]) for n in (1, 8))
        return f"{one:.1%} and {eight:.1%}"

    one, eight = (mean(shown["nets"][str(n)]["clean"]) for n in (1, 8))
    return (
        f"Nets of one and of eight hidden layers get {one:.1%} and {eight:.1%} of clean rows "
        f"right. Of that they lose {at('noise')} to noise, {at('fgsm')} to the attack of one step "
        f"and {at('pgd')} to the attack of ten."
    )


CLAIM = Claim(
    title="Deeper nets are less robust",
    rows=(3, 78),
    quotes=(
        Quote(
            "C",
            "Concerns about robustness and reliability, especially in safety-critical "
            "applications, need to be addressed.",
        ),
        Quote("A", "can have a profound impact on its performance and characteristics"),
    ),
    statement="Of what it gets right, a net of eight hidden layers loses more than one of a single "
    "layer, both to noise and to an attack by gradients.",
    conditions="Residual chains of 64 units on MNIST-1D, each depth at its own best learning rate; "
    f"noise of {NOISE} and attacks within {REACH} of each column's deviation.",
    measure=_measure,
    expects=(
        Expect("noise", "eight layers lose over 3 points more of what they get right to noise "
               "than one", 0.03, "points"),
        Expect("pgd", "eight layers lose over 3 points more of what they get right to an attack "
               "of ten steps (PGD) than one", 0.03, "points"),
    ),
    controls=(
        Expect("learns", "one hidden layer gets over 10 points more right than guessing",
               0.1, "points"),
        Expect("further", "an attack that reaches twice as far takes over 3 points more of one "
               "hidden layer's rows", 0.03, "points"),
        Expect("hurts", "the attack takes over 3 points of what it gets right from one hidden "
               "layer", 0.03, "points"),
    ),
    also=(
        Expect("fgsm", "eight layers lose over 3 points more of what they get right to an attack "
               "of one step (FGSM) than one", 0.03, "points"),
        Expect("better", "eight layers get more clean rows right", 0.0, "points"),
    ),
    swap="shuffled labels: nothing to learn at any depth",
    literature=(
        Reference("Goodfellow, Shlens and Szegedy", 2015, "Explaining and harnessing adversarial "
                  "examples (arXiv 1412.6572)"),
        Reference("Madry et al.", 2018, "Towards deep learning models resistant to adversarial "
                  "attacks (arXiv 1706.06083): capacity helps, with training against attacks"),
        Reference("Hendrycks and Dietterich", 2019, "Benchmarking robustness to common corruptions "
                  "(arXiv 1903.12261): larger nets lose less"),
    ),
    picture=_picture,
    reading=_reading,
    change="Training against the attack or with noise, which is another recipe at every depth.",
    order=645,
)  # fmt: skip
