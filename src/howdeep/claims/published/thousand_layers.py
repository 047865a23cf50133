"""Xiao et al. 2018: very deep nets without skips train from a fit start; here 1,000 layers."""

from __future__ import annotations

from typing import Any

from howdeep.claims._claim import Effect, Measured
from howdeep.claims._data import Data, built_in
from howdeep.claims._lab import Lab
from howdeep.claims._train import How, at_rate, summary
from howdeep.claims.nets.chain import chain
from howdeep.claims.published._published import Published, Target

LAYERS, WIDTH, SEEDS = 1_000, 32, 3
RATE = -13  # exponent of two of the learning rate


def _one(lab: Lab, data: Data) -> dict[str, Any]:
    arm = chain("looks-linear", data.columns, data.outputs, LAYERS, WIDTH, start="looks_linear")
    how = How(steps=200, batch=64, finish="last", looks=10)
    return summary(at_rate(arm, data, how, SEEDS, lab, RATE))


def _measure(lab: Lab) -> Measured:
    data = built_in(lab, "digits", (1_000, 200, 500))
    found = lab.kept("net", lambda: _one(lab, data))
    return Measured(
        {"right on training rows": Effect(tuple(100 * v for v in found["seen"]))},
        {key: found[key] for key in ("seen", "test", "loss")},
    )


PUBLISHED = Published(
    title="A thousand layers without skips",
    source="Xiao et al. 2018, Dynamical isometry and a mean field theory of CNNs: how to train "
    "10,000-layer vanilla convolutional neural networks (arXiv 1806.05393)",
    targets=(Target("right on training rows", 90.0, 0.0, "%", "at_least"),),
    measure=_measure,
    order=70,
    departs="Theirs are 10,000 convolutional layers of tanh units with a delta-orthogonal start; "
    "ours 1,000 dense layers of 32 ReLU units that begin as a linear net (Balduzzi et al. 2017, "
    "arXiv 1702.08591), on scikit-learn's digits. That they train is published; 90 % is our line.",
)
