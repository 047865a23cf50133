"""`Task`: data ready to learn from. Built by `prepare.make_task`; arrays only, all numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import TaskInfo

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class View:
    """A checkpoint chosen on `choose` rows is scored on `score` rows."""

    choose: Rows
    score: Rows


@dataclass(frozen=True, eq=False)
class Fold:
    """One training set with its views.

    Hold-out: one fold, one view (val, select), and the rates are tuned on (train, val).
    Five folds: two views a fold (each half of the held-out rows chooses for the other), and the
    rates are tuned inside the training rows: `tune_train` and `tune_val` are parts of `train`.
    """

    train: Rows
    views: tuple[View, ...]
    tune_train: Rows
    tune_val: Rows


@dataclass(frozen=True, eq=False)
class Task:
    """Arrays and splits of one learning problem; N rows, the test rows among them.

    numbers (N, p) float64 with NaN where missing; codes (N, q) int64 category codes, -1 where
    missing or unseen; levels: the q tuples of category names (from training rows only is the
    encoder's business; these are all names seen). target (N,) int64 class numbers or float64.
    weights (N,) float64 or None. `encoding` is "table" (quantile-normal + piecewise linear) or
    "standard" (columns of one kind: standardised together).
    """

    info: TaskInfo
    numbers: NDArray[np.float64]
    number_names: tuple[str, ...]
    codes: NDArray[np.int64]
    code_names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    target: NDArray[np.int64] | NDArray[np.float64]
    weights: NDArray[np.float64] | None
    folds: tuple[Fold, ...]
    test: Rows
    encoding: str = "table"

    @property
    def outputs(self) -> int:
        return len(self.info.classes) if self.info.kind == "classification" else 1

    @property
    def select(self) -> Rows:
        """All rows scored for comparison, in the order in which row scores are stored."""
        return np.concatenate([view.score for fold in self.folds for view in fold.views])
