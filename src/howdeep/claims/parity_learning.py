"""Half of parity's table to learn from: deeper nets do not guess the other half better."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, shuffled, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import bars
from howdeep.claims._train import How, more, summary, tuned
from howdeep.report.parts import Element

BITS, WIDTH = 10, 64
DEPTHS = (1, 2, 4)
COUNTS = (512, 128, 384)


def _table(lab: Lab) -> Data:
    x = (np.arange(2**BITS)[:, None] >> np.arange(BITS)) & 1
    order = lab.numpy("table").permutation(len(x))
    data = split("parity", x[order], x[order].sum(1) % 2, COUNTS, 2)
    return shuffled(lab, data) if lab.control else data


def _arm(lab: Lab, layers: int) -> Any:
    arm = of_family("mlp", BITS, 2, layers, WIDTH)
    how = How(steps=lab.by(600, 2_000), rates=(-8, -6, -4), grow=1)
    return summary(tuned(arm, _table(lab), how, lab.by(4, 10), lab))


def _neighbours(lab: Lab) -> list[float]:
    """Right answers on test rows of the five nearest rows' vote, and of a Gaussian kernel."""
    data = _table(lab)
    x, y = data.train.x.double().numpy(), data.train.y.numpy() * 2.0 - 1
    far = ((data.test.x.double().numpy()[:, None] - x) ** 2).sum(2)
    near = y[np.argsort(far, 1, kind="stable")[:, :5]].sum(1)
    own = ((x[:, None] - x) ** 2).sum(2)
    weights = np.linalg.solve(np.exp(-own / BITS) + 1e-3 * np.eye(len(x)), y)
    kernel = np.exp(-far / BITS) @ weights
    right = data.test.y.numpy() * 2.0 - 1
    return [float(((guess > 0) == (right > 0)).mean()) for guess in (near, kernel)]


def _measure(lab: Lab) -> Measured:
    arms = {str(k): lab.kept("arm", lambda layers: _arm(lab, layers), layers=k) for k in DEPTHS}
    near, kernel = _neighbours(lab)
    return Measured(
        {
            "deep": more(arms["4"], arms["1"]),
            "two": more(arms["2"], arms["1"]),
            "learns": Effect(tuple(v - 0.5 for v in arms["1"]["test"])),
            "near": Effect((0.5 - near,), exact=True),
        },
        {
            "test": {k: arm["test"] for k, arm in arms.items()},
            "near": near,
            "kernel": kernel,
        },
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    values = {f"{k} hidden": own for k, own in shown["test"].items()}
    values |= {"5 nearest": [shown["near"]], "Gaussian kernel": [shown["kernel"]]}
    return (
        bars("parity-learning", "The half of the table not seen", values, "right, %", times=100),
    )


def _reading(shown: Mapping[str, Any]) -> str:
    mean = {k: sum(own) / len(own) for k, own in shown["test"].items()}
    return (
        f"Of the rows not seen, nets of one, two and four hidden layers get {mean['1']:.1%}, "
        f"{mean['2']:.1%} and {mean['4']:.1%} right, the five nearest rows {shown['near']:.1%} and "
        f"a Gaussian kernel {shown['kernel']:.1%}. Less than half would be no mistake: rows that "
        "differ in one bit have opposite parity, so who goes by neighbours errs more than a coin."
    )


CLAIM = Claim(
    title="Do deeper nets learn parity better?",
    rows=(18,),
    quotes=(
        Quote("C", "Certain functions, like parity, can become highly complex as the number of "
                   "inputs increases"),
    ),
    statement="Trained on half the table of ten bits, a net of four hidden layers tells the parity "
    "of the rest better than one of a single hidden layer.",
    conditions="512 of the 1,024 inputs to learn from, 128 to choose learning rates by, 384 to "
    "compare on; plain nets of width 64, each depth at its own best learning rate.",
    measure=_measure,
    expects=(
        Expect("deep", "four hidden layers tell the parity of unseen inputs better than one by "
               "over 5 points", 0.05, "points"),
    ),
    controls=(Expect("learns", "one hidden layer beats guessing by over 10 points",
                     0.1, "points"),),
    also=(
        Expect("two", "two hidden layers tell the parity of unseen inputs better than one",
               0.0, "points"),
        Expect("near", "the five nearest rows do worse than guessing", 0.0, "points"),
    ),
    swap="parities dealt anew to the inputs: nothing to learn",
    literature=(
        Reference("Shalev-Shwartz, Shamir and Shammah", 2017,
                  "Failures of gradient-based deep learning (arXiv 1703.07950)"),
        Reference("Bengio, Delalleau and Le Roux", 2006,
                  "The curse of highly variable functions for local kernel machines"),
    ),
    picture=_picture,
    reading=_reading,
    change="A deeper net that gets more of the unseen half right: with other starts, more steps "
    "or residual layers.",
    order=202,
    wrong="Parity is not hard for want of units: a few represent it. What is hard is to learn it "
    "from examples by gradients, and more layers were no cure for that here.",
)  # fmt: skip
