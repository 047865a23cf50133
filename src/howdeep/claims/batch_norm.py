"""Batch normalisation's two claims apart: is it faster, and is the shift of inputs less?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, at_rate, tuned
from howdeep.claims.nets.chain import ACTIVATIONS, chain, states
from howdeep.claims.nets.normed import normed, normed_states
from howdeep.report.parts import Element

LAYERS, WIDTH = 8, 64
APART = 20  # steps between two moments whose inputs of layers are compared


def _net(lab: Lab, kind: str) -> tuple[Arm, Data, How, bool]:
    """A net with its data and training, and whether it has the norm."""
    data = built_in(lab, "mnist1d", (3_000, 500, 1_000))
    own = kind == "with" and not lab.control
    make = normed if own else chain
    arm = make(kind, data.columns, data.outputs, LAYERS, WIDTH)
    how = How(steps=lab.by(300, 1_000), rates=(-9, -7, -5), finish="last")
    return arm, data, how, own


def _measure_arm(lab: Lab, kind: str, seeds: int) -> dict[str, Any]:
    arm, data, how, own = _net(lab, kind)
    found = tuned(arm, data, how, seeds, lab)
    return {
        "loss": [[round(v, 5) for v in one] for one in found.losses.T.tolist()],
        "shift": _shift(lab, arm, data, how, found.rate, seeds, own),
        "test": found.scores(),
        "rate": found.rate,
    }


def _shift(
    lab: Lab, arm: Arm, data: Data, how: How, rate: int, seeds: int, own: bool
) -> list[float]:
    """How far what enters the layers moves in some steps, in its own deviations (seeds).

    Training is the same each time, so two runs of which one is shorter are two moments of one.
    The rows are the same at both.
    """
    middle = how.steps // 2
    before, after = (
        at_rate(arm, data, replace(how, steps=steps, looks=1, warmup=30 / steps), seeds, lab, rate)
        for steps in (middle, middle + APART)
    )  # fmt: skip
    a, b = (_entering(one.params, data, seeds, own) for one in (before, after))
    moved = [
        (v.mean(1) - u.mean(1)).abs().mean(1) / u.std(1).mean(1).clamp_min(1e-9)
        for u, v in zip(a, b, strict=True)
    ]
    return [round(float(v), 6) for v in sum(moved) / len(moved)]  # type: ignore[union-attr]


def _at(lab: Lab, rate: int, seeds: int) -> list[float]:
    """The shift with the norm at a given learning rate."""
    arm, data, how, own = _net(lab, "with")
    return _shift(lab, arm, data, how, rate, seeds, own)


def _entering(params: Params, data: Data, seeds: int, own: bool) -> list[Tensor]:
    x = data.train.x[:500].expand(seeds, -1, -1)
    found = normed_states(params, x) if own else states(params, x, ACTIVATIONS["relu"])
    return found[:-1]


def _measure(lab: Lab) -> Measured:
    seeds = lab.by(10, 16)
    plain, with_norm = (
        lab.kept("arm", lambda kind: _measure_arm(lab, kind, seeds), kind=kind)
        for kind in ("without", "with")
    )
    same = lab.kept("same rate", lambda rate: _at(lab, rate, seeds), rate=plain["rate"])
    faster = [mean(a) - mean(b) for a, b in zip(plain["loss"], with_norm["loss"], strict=True)]
    calmer, equal = (
        [1 - b / max(a, 1e-9) for a, b in zip(plain["shift"], shift, strict=True)]
        for shift in (with_norm["shift"], same)
    )
    return Measured(
        {
            "faster": Effect(tuple(faster)),
            "calmer": Effect(tuple(calmer)),
            "equal": Effect(tuple(equal)),
            "better": Effect(
                tuple(b - a for a, b in zip(plain["test"], with_norm["test"], strict=True)),
                row_error=0.012,
            ),
            "learns": Effect(tuple(v - 0.1 for v in plain["test"])),
        },
        {"without": plain, "with": with_norm, "same rate": same},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    lines = {
        f"{kind} batch norm": [
            (float(i + 1), [one[i] for one in shown[kind]["loss"]])
            for i in range(len(shown[kind]["loss"][0]))
        ]
        for kind in ("without", "with")
    }
    return (
        curves("batchnorm", f"Training {LAYERS} layers", lines, "tenths of the training",
               "loss on training rows"),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {kind: (mean([mean(v) for v in shown[kind]["loss"]]), mean(shown[kind]["shift"]))
          for kind in ("without", "with")}  # fmt: skip
    return (
        f"Over the training the loss is {at['without'][0]:.2f} on average without batch norm and "
        f"{at['with'][0]:.2f} with it, each at its own best rate. In {APART} steps the mean of "
        f"what enters a layer moves by {at['without'][1]:.3f} of its deviation without and "
        f"{at['with'][1]:.3f} with it; at the learning rate that is best without, by "
        f"{mean(shown['same rate']):.3f} with it."
    )


CLAIM = Claim(
    title="Is training with batch norm faster, and is the covariate shift less?",
    rows=(27, 51),
    quotes=(
        Quote(
            "C",
            "Batch normalization helps in accelerating training by standardizing inputs to "
            "layers, reducing internal covariate shift.",
        ),
    ),
    statement="A plain net of eight layers trains faster with batch norm, and what enters its "
    "layers moves less from step to step.",
    conditions="MNIST-1D, 3,000 rows, 64 units, batches of 64, each at its own best learning "
    "rate, on which the shift depends as well; shift: of the mean of what enters a layer (behind "
    f"norm and ReLU), in its own deviations, between two moments {APART} steps apart in the "
    "middle of the training; the norm takes its statistics from the rows at hand, in training "
    "and after.",
    measure=_measure,
    expects=(
        Expect("faster", "with batch norm the loss, averaged over the training, is lower by over "
               "0.1", 0.1),
        Expect("calmer", "with batch norm what enters the layers moves by over a fifth less",
               0.2),
    ),
    controls=(Expect("learns", "the net without batch norm learns", 0.1, "points"),),
    also=(
        Expect("equal", "at one learning rate, too, what enters the layers moves by over a fifth "
               "less with batch norm", 0.2),
        Expect("better", "with batch norm more new rows are told right", 0.0, "points"),
    ),
    swap="the net without batch norm under both names",
    literature=(
        Reference("Ioffe and Szegedy", 2015, "Batch normalization (arXiv 1502.03167)"),
        Reference("Santurkar et al.", 2018, "How does batch normalization help optimization? "
                  "(arXiv 1805.11604): faster, but not by less shift"),
    ),
    picture=_picture,
    reading=_reading,
    change="A learning rate at which the plain net trains as fast; another measure of shift.",
    order=345,
    wrong="That it is faster and that inputs shift less are two claims: the second is contested as "
    "the reason of the first (Santurkar et al. 2018), and each is measured by itself here.",
)  # fmt: skip
