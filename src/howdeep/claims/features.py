"""Hand-made features against raw inputs, for a linear model and for a net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.claims._arms import brief, mean, trained
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, built_in, shuffled, split
from howdeep.claims._lab import Lab
from howdeep.claims._nets import of_family
from howdeep.claims._pictures import curves
from howdeep.claims._train import How, more
from howdeep.report.parts import Element

COUNTS = (2_000, 500, 2_000)
MARGIN = 0.03


def _hand_made(x: Tensor) -> Tensor:
    """Sizes of Fourier coefficients and of autocorrelations (N, 61) of series (N, 40): where a
    shape stands does not change them.
    """
    sizes = torch.fft.rfft(x).abs()
    wide = torch.fft.rfft(x, 80).abs().square()
    return torch.cat([sizes, torch.fft.irfft(wide, 80)[:, :40]], 1)


def _sets(lab: Lab) -> dict[str, Data]:
    raw = built_in(lab, "mnist1d", COUNTS)
    raw = shuffled(lab, raw) if lab.control else raw
    parts = (raw.train, raw.choose, raw.test)
    x = torch.cat([_hand_made(part.x) for part in parts]).numpy()
    y = torch.cat([part.y for part in parts]).numpy()
    return {"raw": raw, "made": split("made", x, y, COUNTS, raw.outputs)}


def _same(lab: Lab, data: Data) -> dict[str, float]:
    """How far the net of no hidden layer is from scikit-learn's logistic regression, both fitted
    to the end with the same penalty: greatest difference of a probability on the test rows.
    """
    from sklearn.linear_model import LogisticRegression  # late: it takes a second to import

    rows = data.train.first(lab.by(500, 2_000))
    penalty = 1e-2
    theirs = LogisticRegression(C=1 / (penalty * len(rows)), tol=1e-8, max_iter=5_000)
    theirs.fit(rows.x.double().numpy(), rows.y.numpy())
    arm = of_family("resmlp", data.columns, data.outputs, 0, 1)
    params = {k: v[None].double().requires_grad_() for k, v in arm.init(lab.torch("rung")).items()}
    search = torch.optim.LBFGS(
        list(params.values()), max_iter=500, tolerance_grad=1e-9, tolerance_change=1e-14,
        history_size=20, line_search_fn="strong_wolfe",
    )  # fmt: skip

    def step() -> Tensor:
        search.zero_grad()
        fit = F.cross_entropy(arm.apply(params, rows.x[None].double())[0], rows.y)
        weights = [v for v in params.values() if v.dim() > 2]
        total: Tensor = fit + penalty / 2 * torch.stack([v.square().sum() for v in weights]).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    search.step(step)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        ours = arm.apply(params, data.test.x[None].double())[0].softmax(-1).numpy()
    gap = np.abs(ours - theirs.predict_proba(data.test.x.double().numpy())).max()
    return {"gap": float(gap)}


def _measure(lab: Lab) -> Measured:
    how = How(steps=lab.by(400, 2_000), rates=(-8, -6), grow=1)
    found: dict[str, Any] = {}
    sets = _sets(lab)
    for name, data in sets.items():
        arms = {
            f"{name} {kind}": of_family(
                "resmlp", data.columns, data.outputs, blocks, 32, f"{name} {kind}"
            )
            for kind, blocks in (("linear", 0), ("net", 4))
        }
        found |= trained(lab, data, arms, how, lab.by(4, 12))
    same = lab.kept("rung 0", lambda: _same(lab, sets["raw"]))
    linear = more(found["made linear"], found["raw linear"])
    net = more(found["made net"], found["raw net"])
    both = tuple(a - b for a, b in zip(linear.values, net.values, strict=True))
    return Measured(
        {
            "linear": linear,
            "interaction": Effect(both, float(np.hypot(linear.row_error, net.row_error))),
            "automatic": more(found["raw net"], found["made linear"]),
            "net": net,
            "learns": Effect(tuple(v - 0.1 for v in found["raw net"]["test"])),
            "rung": Effect((1e-3 - same["gap"],), exact=True),
        },
        {"arms": brief(found), "gap": same["gap"]},
    )


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    inputs = {"raw": "raw", "made": "features"}
    lines = {
        told: [(float(i), shown["arms"][f"{name} {kind}"]["test"]) for i, name in enumerate(inputs)]
        for kind, told in (("linear", "linear model"), ("net", "net of four blocks"))
    }
    ticks = [(float(i), told) for i, told in enumerate(inputs.values())]
    return (
        curves("features", "MNIST-1D: new rows right", lines, "inputs", "%", times=100,
               ticks=ticks),
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    at = {name: mean(arm["test"]) for name, arm in shown["arms"].items()}
    return (
        f"Raw inputs: linear {at['raw linear']:.1%}, net {at['raw net']:.1%} right; hand-made "
        f"features: linear {at['made linear']:.1%}, net {at['made net']:.1%}. Without hidden "
        "layers the net is logistic regression: its probabilities differ from scikit-learn's by "
        f"at most {shown['gap']:.1e}."
    )


CLAIM = Claim(
    title="Deep nets make their own features; linear models need them made",
    rows=(75, 60, 23),
    quotes=(
        Quote("C", "Deep learning automates feature extraction and representation, unlike "
              "traditional machine learning which often relies on manual feature engineering"),
        Quote("C", "Deep learning builds on traditional machine learning models"),
        Quote("B", "process raw pixel data without extensive manual feature engineering"),
    ),
    statement="Hand-made features help a linear model, and help it more than a deep net, which on "
    "raw inputs is better than the linear model on hand-made features.",
    conditions="MNIST-1D, 2,000 rows; raw series, or the sizes of their Fourier coefficients and "
    "their autocorrelations; a linear model and a residual net of four blocks, each at its own "
    "best learning rate on either input.",
    measure=_measure,
    expects=(
        Expect("linear", "features made by hand help a linear model by over 3 points",
               MARGIN, "points"),
        Expect("interaction", "features made by hand help a linear model by over 3 points more "
               "than a net", MARGIN, "points"),
        Expect("automatic", "a net on raw inputs beats the linear model on features made by hand "
               "by over 3 points", MARGIN, "points"),
    ),
    controls=(
        Expect("learns", "the net learns from raw inputs", 0.2, "points"),
        Expect("rung", "a net without hidden layers gives logistic regression's probabilities "
               "within a thousandth", 0.0),
    ),
    also=(Expect("net", "features made by hand help the net as well", 0.0, "points"),),
    swap="shuffled labels: no features help",
    literature=(
        Reference("Greydanus and Kobak", 2024, "Scaling down deep learning with MNIST-1D "
                  "(arXiv 2011.14439): logistic regression 32 %, MLP 68 % on raw series"),
        Reference("Bengio, Courville and Vincent", 2013, "Representation learning "
                  "(arXiv 1206.5538)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Other features: good ones can do for a linear model what layers do, and help nets too.",
    order=450,
)  # fmt: skip
