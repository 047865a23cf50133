"""Random forest (Breiman 2001; scikit-learn's): settings are halved as the forests grow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from howdeep.trainers.classical._data import NO, Choice, Data, Floats, Mark, Matrix, log_shares
from howdeep.trainers.classical._halve import halved, schedule

Share = Literal["few", "half", "all"]


class Setting(NamedTuple):
    """Rows of a leaf at least, and columns tried at a split."""

    leaf: int
    tried: Share


LABEL = "random forest"
MODULE = "sklearn.ensemble"
SEEDS = 3
FEATURES = ("cells", "raw")
UNIT = "trees"
SETTINGS = (  # the quick ones first, for images; the first four are a search too
    Setting(1, "few"),
    Setting(5, "few"),
    Setting(3, "half"),
    Setting(1, "all"),
    Setting(1, "half"),
    Setting(3, "few"),
    Setting(10, "half"),
    Setting(5, "all"),
    Setting(2, "few"),
    Setting(2, "half"),
    Setting(20, "all"),
    Setting(5, "half"),
)
LEVELS = ((12, 200), (12, 100), (4, 100), (2, 100), (1, 100), (1, 50))
RUNGS = (0.0625, 0.125, 0.25, 0.5)  # of the trees, after which half of the settings go
SHARES = {"half": 0.5, "all": 1.0}
THIRD = 1 / 3  # "few" in regression, as Breiman advises; in classification the square root


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Nanoseconds: a tree sorts the columns it tries at every one of about log2 n levels."""
    few = THIRD * columns if outputs == 1 else math.sqrt(columns)
    each = [few if own.tried == "few" else SHARES[own.tried] * columns for own in SETTINGS]
    level = [20.0 + 35.0 * max(tried, 1.0) for tried in each[:settings]]  # of unlike numbers
    a_tree = 2e6 + sum(level) / settings * rows * math.log2(max(rows, 2))
    trees, before = 0.0, 0.0
    for many, to, _ in schedule(settings, RUNGS, 1):
        trees += many * (to - before)
        before = to
    trees += SEEDS - before  # what is chosen is fitted with every seed
    return size * (trees * a_tree + SEEDS * 200.0 * queries)


def describe(setting: int, size: int) -> str:
    """
    >>> describe(2, 200)
    '200 trees, leaves of 3 rows or more, half of the columns at a split'
    """
    leaf, tried = SETTINGS[setting]
    rows = "1 row" if leaf == 1 else f"{leaf} rows"
    return f"{size} trees, leaves of {rows} or more, {tried} of the columns at a split"


def code(setting: int, size: int, rows: int, classes: bool) -> str:
    """The same with scikit-learn.

    >>> code(0, 200, 1000, True)
    "RandomForestClassifier(n_estimators=200, min_samples_leaf=1, max_features='sqrt')"
    """
    leaf, tried = SETTINGS[setting]
    few = repr("sqrt") if classes else f"{THIRD:.2f}"
    kind = "Classifier" if classes else "Regressor"
    most = few if tried == "few" else SHARES[tried]
    options = f"n_estimators={size}, min_samples_leaf={leaf}, max_features={most}"
    return f"RandomForest{kind}({options})"


@dataclass(eq=False)
class _Run:
    """The forest of one setting as it grows."""

    data: Data
    setting: int
    size: int
    model: Any

    def grow(self, to: float) -> tuple[Mark, ...]:
        """Grow to this share of all trees; the marks, one a view."""
        trees = max(math.ceil(to * self.size), 1)
        if trees > len(getattr(self.model, "estimators_", ())):  # two views may both want it
            self.model.set_params(n_estimators=trees)
            self.model.fit(self.data.x, self.data.y, self.data.weights)
        return self.data.judge(_outputs(self.model, trees, self.data.held))


def choices(data: Data, seed: int, settings: Sequence[int], size: int) -> Iterator[Choice]:
    """For each view the forest that halving left it."""
    runs = [_Run(data, setting, size, _model(data, setting, seed)) for setting in settings]
    for view, (run,) in enumerate(halved(runs, data.views, RUNGS, 1)):
        marks = tuple(mark if v == view else NO for v, mark in enumerate(run.grow(1.0)))
        yield Choice(run.setting, size, marks, partial(_outputs, run.model, size))


def _model(data: Data, setting: int, seed: int) -> Any:
    from sklearn import ensemble  # late: it takes a second to import

    kind = ensemble.RandomForestClassifier if data.classes else ensemble.RandomForestRegressor
    leaf, tried = SETTINGS[setting]
    few = "sqrt" if data.classes else THIRD
    return kind(
        n_estimators=1,
        min_samples_leaf=leaf,
        max_features=few if tried == "few" else SHARES[tried],
        n_jobs=1,
        warm_start=True,
        random_state=seed % 2**32,
    )


def _outputs(model: Any, size: int, x: Matrix) -> Floats:
    if hasattr(model, "predict_proba"):
        return log_shares(model.predict_proba(x), size)
    return np.asarray(model.predict(x), dtype=np.float64)[:, None]
