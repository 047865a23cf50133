"""Do conventional models stop gaining from more rows where nets go on?"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from howdeep.claims._arms import mean
from howdeep.claims._claim import Claim, Effect, Expect, Measured, Quote, Reference
from howdeep.claims._data import Data, Rows, built_in, shuffled
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, of_family
from howdeep.claims._pictures import curves
from howdeep.claims._power import law
from howdeep.claims._train import How, tuned
from howdeep.report.parts import Element

SIZES = (250, 500, 1_000, 2_000, 4_000)  # rows; the largest is held back where a law is fitted
STEPS = {250: 100, 500: 100, 1_000: 200, 2_000: 300, 4_000: 450}
TESTS = 2_000
STARTS = 3  # of a net for each draw of rows
MARGIN = 0.01  # of rows right
CLASSIC = {
    "linear": "logistic regression",
    "neighbours": "a vote of five neighbours",
    "forest": "a random forest",
    "boosting": "boosting",
    "svm": "a support vector machine",
}
Draw = Mapping[str, list[list[int]]]  # test rows that are wrong, by model and size
NETS = {"shallow": "one hidden layer", "deep": "a residual net of two blocks"}


def _data(lab: Lab, draw: int, draws: int) -> Data:
    """Rows of one draw: no draw shares training rows with another; all share those to test on."""
    whole = built_in(lab, "mnist1d", (draws * SIZES[-1], 500, TESTS))
    whole = shuffled(lab, whole) if lab.control else whole
    own = slice(draw * SIZES[-1], (draw + 1) * SIZES[-1])
    return replace(whole, train=Rows(whole.train.x[own], whole.train.y[own]))


def _nets(data: Data, draw: int) -> dict[str, Arm]:
    return {
        "shallow": of_family("mlp", data.columns, data.outputs, 1, 64, f"shallow {draw}"),
        "deep": of_family("resmlp", data.columns, data.outputs, 2, 32, f"deep {draw}"),
    }


def _models(seed: Callable[[str], int]) -> dict[str, Callable[[], Any]]:
    """What makes each of the conventional models."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    return {
        "linear": lambda: LogisticRegression(C=0.1, max_iter=500),
        "neighbours": lambda: KNeighborsClassifier(5),
        "forest": lambda: RandomForestClassifier(20, random_state=seed("forest")),
        "boosting": lambda: HistGradientBoostingClassifier(
            learning_rate=0.5, max_iter=10, max_leaf_nodes=15, random_state=seed("boosting")
        ),
        "svm": lambda: SVC(C=3.0),
    }


def _one(lab: Lab, draw: int, draws: int) -> Draw:
    """The test rows that are wrong, by model and size; those of a net for each of its starts."""
    data = _data(lab, draw, draws)
    x, y = data.test.x.numpy(), data.test.y.numpy()
    out: dict[str, list[list[int]]] = {}
    for name, build in _models(lambda name: lab.seeded(name, draw) % 2**31).items():
        models = [build() for _ in SIZES]
        for model, rows in zip(models, SIZES, strict=True):
            some = data.fewer(rows).train
            model.fit(some.x.numpy(), some.y.numpy())
        out[name] = [np.flatnonzero(model.predict(x) != y).tolist() for model in models]
    for name, arm in _nets(data, draw).items():
        found = []
        for rows in SIZES:
            steps = STEPS[rows] * lab.by(1, 6)
            how = How(steps=steps, batch=64, rates=(-7, -5), grow=lab.by(0, 2))
            right = tuned(arm, data.fewer(rows), how, STARTS, lab).test.numpy()
            found.append(np.nonzero(right == 0)[1].tolist())
        out[name] = found
    return out


def _error(one: Draw, name: str, size: int) -> float:
    """The share of test rows that a model gets wrong, over its starts."""
    return len(one[name][size]) / TESTS / (STARTS if name in NETS else 1)


def _gain(draws: list[Draw], name: str, after: int, before: int) -> Effect:
    """How much the error falls from `SIZES[before]` to `SIZES[after]`, a value a draw."""
    values = tuple(_error(one, name, before) - _error(one, name, after) for one in draws)
    by_row = np.zeros(TESTS)
    for one in draws:
        np.add.at(by_row, one[name][before], 1.0)
        np.add.at(by_row, one[name][after], -1.0)
    by_row /= len(draws) * (STARTS if name in NETS else 1)
    return Effect(values, float(by_row.std() / math.sqrt(TESTS)))


def _measure(lab: Lab) -> Measured:
    count = lab.by(4, 8)
    draws = [
        lab.kept("draw", lambda draw, draws: _one(lab, draw, draws), draw=draw, draws=count)
        for draw in range(count)
    ]
    gains = {name: _gain(draws, name, -1, -2) for name in draws[0]}
    effects = {
        name: Effect(tuple(MARGIN - v for v in gains[name].values), gains[name].row_error)
        for name in CLASSIC
    }
    errors = {
        name: [[round(_error(one, name, i), 6) for one in draws] for i in range(len(SIZES))]
        for name in draws[0]
    }
    foretold = {
        name: [
            round(law(SIZES[:-1], [at[i] for at in own[:-1]]).at(SIZES[-1]), 6)
            for i in range(count)
        ]
        for name, own in errors.items()
    }
    for name in ("deep", "shallow", "forest"):
        pairs = zip(foretold[name], errors[name][-1], strict=True)
        effects[f"{name} foretold"] = Effect(tuple(0.03 - abs(a - b) for a, b in pairs))
    effects["shallow gains"], effects["deep gains"] = gains["shallow"], gains["deep"]
    effects["early"] = _gain(draws, "neighbours", 2, 0)
    effects["learns"] = Effect(
        tuple(0.9 - max(errors[name][-1][i] for name in errors) for i in range(count))
    )
    return Measured(effects, {"errors": errors, "foretold": foretold})


def _picture(shown: Mapping[str, Any]) -> tuple[Element, ...]:
    told = CLASSIC | NETS
    lines = {
        told[name]: [(math.log2(n), v) for n, v in zip(SIZES, shown["errors"][name], strict=True)]
        for name in told
    }
    ticks = [(math.log2(n), f"{n:,}") for n in SIZES]
    groups = {
        "Conventional models": list(CLASSIC.values()),
        "Forest and nets": [CLASSIC["forest"], *NETS.values()],
    }
    return tuple(
        curves(f"plateau-{len(group)}", f"{name}: new rows wrong",
               {words: lines[words] for words in group}, "rows to train on", "%", ticks=ticks,
               times=100)
        for name, group in groups.items()
    )  # fmt: skip


def _reading(shown: Mapping[str, Any]) -> str:
    told = CLASSIC | NETS
    errors = {name: [mean(values) for values in own] for name, own in shown["errors"].items()}
    falls = "; ".join(
        f"{words} from {errors[name][-2]:.1%} to {errors[name][-1]:.1%}"
        for name, words in told.items()
    )
    ahead = "; ".join(
        f"{told[name]} {mean(shown['foretold'][name]):.1%}" for name in ("deep", "shallow")
    )
    return (
        f"Errors with {SIZES[-2]:,} and with {SIZES[-1]:,} rows: {falls}. Power laws with a "
        f"floor, fitted to at most {SIZES[-2]:,} rows, foretell for {SIZES[-1]:,}: {ahead}."
    )


CLAIM = Claim(
    title="Do conventional models stop gaining from more rows where nets go on?",
    rows=(40, 41),
    quotes=(
        Quote("B", "Traditional algorithms often fail to improve after a certain data or model "
              "complexity threshold"),
        Quote("B", "Deep learning continues to scale with data size, improving performance as "
              "more data becomes available"),
    ),
    statement="From 2,000 to 4,000 rows each conventional model gains less than a point, while a "
    "deep net gains more.",
    conditions="MNIST-1D; models of scikit-learn, each with the same settings at every size (a "
    "forest of 20 trees, boosting of 10 rounds); nets each at its own best learning rate for "
    "every size, with more steps for more rows; training rows drawn anew for each value, "
    f"{TESTS:,} rows to test on.",
    measure=_measure,
    expects=(
        *(Expect(name, f"the last doubling takes under a point of error from {told}", 0.0, "points")
          for name, told in CLASSIC.items()),
        Expect("deep gains", "the last doubling takes over a point of error from a net of two "
               "residual blocks", MARGIN, "points"),
    ),
    controls=(
        Expect("early", "from 250 to 1,000 rows nearest neighbours gain over 2 points",
               0.02, "points"),
        Expect("learns", "the poorest model is better than guessing by 10 points", 0.1, "points"),
    ),
    also=(
        Expect("shallow gains", "the last doubling takes over a point of error from a net of one "
               "hidden layer", MARGIN, "points"),
        *(Expect(f"{name} foretold", f"a law fitted to fewer rows foretells the error of {words} "
                 "within 3 points", 0.0, "points")
          for name, words in (("deep", "the deep net"), ("shallow", "the shallow net"),
                              ("forest", "the forest"))),
    ),
    swap="shuffled labels: no model learns",
    literature=(
        Reference("Hestness et al.", 2017, "Deep learning scaling is predictable, empirically "
                  "(arXiv 1712.00409)"),
        Reference("Greydanus and Kobak", 2024, "Scaling down deep learning with MNIST-1D "
                  "(arXiv 2011.14439)"),
        Reference("Grinsztajn, Oyallon and Varoquaux", 2022, "Why do tree-based models still "
                  "outperform deep learning on tabular data? (arXiv 2207.08815)"),
    ),
    picture=_picture,
    reading=_reading,
    change="Other data or more rows: a model goes on gaining until it is at its own best or at the "
    "noise, whichever comes first.",
    order=428,
)  # fmt: skip
