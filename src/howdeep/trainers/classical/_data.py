"""What a classical model is given, and what it gives back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.metrics import Metric

Floats = NDArray[np.float64]
Matrix = NDArray[np.floating]
Mark = tuple[float, float]  # the metric, then the tie-break: larger is better
NO: Mark = (-math.inf, -math.inf)  # of a fit that a view must not choose


@dataclass(frozen=True, eq=False)
class Data:
    """One fold as a model sees it.

    `x` (n, D) training rows, `y` (n,) class numbers 0 .. classes - 1 (those that the training rows
    have) or standardised targets, `weights` (n,) or None where all are 1; `held` (m, D) rows that
    choose; `categories` (D,): which columns hold category numbers. `judge` marks outputs on
    `held`, once for each of the `views` of the fold. Missing cells are NaN where the features allow
    them.
    """

    x: Matrix
    y: NDArray[np.generic]
    weights: Floats | None
    held: Matrix
    categories: tuple[bool, ...]
    classes: int  # 0 for regression
    metric: Metric
    views: int
    judge: Callable[[Floats], tuple[Mark, ...]]


@dataclass(frozen=True, eq=False)
class Choice:
    """One fit: its setting and size, its marks (one a view) and its outputs on any rows.

    A mark is `NO` in a view whose own rows did not bring the fit about.

    Outputs are (n, classes) logits, or (n, 1) standardised predictions.
    """

    setting: int
    size: int
    marks: tuple[Mark, ...]
    predict: Callable[[Matrix], Floats]
    fixed: bool = False  # whether every seed would fit the same


def logits(raw: NDArray[np.floating]) -> Floats:
    """Decision values as logits (n, C): of two classes there is one value, for the second."""
    out = np.asarray(raw, dtype=np.float64)
    return np.stack([np.zeros_like(out), out], axis=1) if out.ndim == 1 else out


def log_shares(votes: Floats, count: float) -> Floats:
    """Logarithms of shares of votes (n, C), smoothed by one vote spread over the classes.

    A forest or a neighbourhood that is unanimous is not certain: without this its log loss is
    infinite. The order of the classes stays.
    """
    smooth: Floats = np.log((votes * count + 1 / votes.shape[1]) / (count + 1))
    return smooth
