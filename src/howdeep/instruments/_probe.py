"""Probes: a ridge regression and nearest neighbours on a projection of a representation.

Arrays in, scores out. A probe is fitted on rows of its own, its penalty (its number of neighbours)
is chosen on others, and it is scored on a third part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.errors import InstrumentError
from howdeep.instruments._design import PLAIN, Design
from howdeep.instruments._intervals import share

WIDTH = 64  # dimensions that every representation is projected to
PENALTIES = tuple(10.0**e for e in range(-6, 4))  # of the mean variance of a dimension
NEIGHBOURS = (1, 3, 5, 10, 20)
CONFIDENCE = 0.95
Task = Literal["classes", "numbers"]


@dataclass(frozen=True, eq=False)
class Split:
    """One array of each part: of targets (n,) or (n, k), or of a representation (n, D)."""

    fit: Tensor
    choose: Tensor
    score: Tensor

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.fit, self.choose, self.score))


@dataclass(frozen=True)
class Score:
    """Accuracy or R2 on the scoring rows, with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def project(rows: Split, width: int = WIDTH) -> Split:
    """The first principal components of the fitting rows, (n, min(width, D)), of mean square 1.

    Narrower representations are only turned, so that a linear probe sees what it would have seen.
    Principal components: Pearson (1901).
    """
    fit = rows.fit.double()
    middle = fit.mean(0)
    centred = fit - middle
    n, dims = centred.shape
    if n <= dims:  # by the Gram matrix of the rows, as it is the smaller one
        values, vectors = torch.linalg.eigh(centred @ centred.T)
        top = values.flip(0)[:width].clamp_min(0)
        some = top > 1e-10 * top[0].clamp_min(1e-300)
        axes = (centred.T @ vectors.flip(1)[:, :width][:, some]) / top[some].sqrt()
    else:
        values, vectors = torch.linalg.eigh(centred.T @ centred)
        axes = vectors.flip(1)[:, :width]
    if not axes.shape[1]:
        axes = torch.zeros(dims, 1, dtype=torch.float64)  # it is the same for all rows
    size = (centred @ axes).square().mean().sqrt()
    size = size if size > 1e-12 else torch.ones((), dtype=torch.float64)
    return Split(*((part.double() - middle) @ axes / size for part in rows))


def linear(x: Split, y: Split, task: Task, classes: int = 0) -> Tensor:
    """What the ridge regression of the best penalty says of the scoring rows.

    Ridge regression: Hoerl & Kennard (1970); of classes on their indicators, (n, classes). Gives
    (n, classes) or (n, k). The weights of every penalty come from one eigendecomposition.
    """
    target = _indicators(y.fit, classes) if task == "classes" else _two(y.fit)
    middle, mean = x.fit.mean(0), target.mean(0)
    centred = x.fit - middle
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    values = values.clamp_min(0)
    turned = vectors.T @ (centred.T @ (target - mean))
    best, said = -math.inf, torch.zeros(0)
    for penalty in PENALTIES:
        strength = (penalty * values.mean()).clamp_min(1e-12)
        weights = vectors @ (turned / (values + strength)[:, None])
        found = score_of((x.choose - middle) @ weights + mean, y.choose, task)
        if found >= best:  # of equals the strongest penalty
            best, said = found, (x.score - middle) @ weights + mean
    return said


def neighbours(x: Split, y: Split, task: Task, classes: int = 0) -> Tensor:
    """What the nearest fitting rows say of the scoring rows, by the best number of them.

    Votes of classes are shares (n, classes); ties go to the lower number. Numbers are means.
    """
    target = _indicators(y.fit, classes) if task == "classes" else _two(y.fit)
    most = min(max(NEIGHBOURS), len(target))
    near_choose = _nearest(x.choose, x.fit, most)
    best, count = -math.inf, 1
    for k in sorted({min(k, most) for k in NEIGHBOURS}):
        found = score_of(target[near_choose[:, :k]].mean(1), y.choose, task)
        if found >= best:  # of equals the most neighbours
            best, count = found, k
    return target[_nearest(x.score, x.fit, most)[:, :count]].mean(1)


def scored(said: Tensor, y: Tensor, task: Task, draws: int, by: Design = PLAIN) -> Score:
    """The score with its interval: Wilson's of an accuracy, of R2 the percentiles of a bootstrap
    over rows, or groups of them (Efron 1979).
    """
    if task == "classes":
        return Score(*share((said.argmax(1) == y).double().numpy(), CONFIDENCE, by))
    target = _two(y)
    generator = np.random.default_rng(0)
    wrong, square = (said - target).square().sum(1).numpy(), target.square().sum(1).numpy()
    size = by.sums(np.ones(len(target)))
    columns = np.stack([by.sums(column) for column in target.T.numpy()], 1)  # by row, or by group
    n = len(size)
    counts = generator.multinomial(n, np.full(n, 1 / n), max(draws, 1)).astype(np.float64)
    middle = np.square(counts @ columns).sum(1) / (counts @ size)
    spread = counts @ by.sums(square) - middle
    found = 1 - (counts @ by.sums(wrong)) / np.maximum(spread, 1e-12)
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    value = score_of(said, y, task, by)
    return Score(value, min(float(low), value), max(float(high), value))


def score_of(said: Tensor, y: Tensor, task: Task, by: Design = PLAIN) -> float:
    """Accuracy, or R2: the share of the targets' variance that is explained."""
    if task == "classes":
        return float((said.argmax(1) == y).double().mean())
    target = _two(y)
    weights = torch.ones(len(y)) if by.weights is None else torch.from_numpy(by.weights)
    weights = weights.double()[:, None]
    middle = (target * weights).sum(0) / weights.sum()
    spread = (weights * (target - middle).square()).sum().clamp_min(1e-12)
    return float(1 - (weights * (said - target).square()).sum() / spread)


def fitting(said: Tensor, targets: Tensor) -> Tensor:
    """Targets in the shape of what a net says of the rows, (n, k).

    Raises:
        InstrumentError: they are other numbers of each row.
    """
    if said.numel() != targets.numel():
        what = f"it gives {tuple(said.shape)} for targets of {tuple(targets.shape)}"
        raise InstrumentError(what, "give as many targets a row as outputs")
    return targets.double().reshape(said.shape)


def _nearest(x: Tensor, of: Tensor, most: int) -> Tensor:
    """Indices (n, most) of the nearest rows, nearest first; of equals the first row."""
    far = torch.cdist(x, of)
    return far.sort(dim=1, stable=True).indices[:, :most]


def _indicators(y: Tensor, classes: int) -> Tensor:
    return F.one_hot(y.long(), classes).double()


def _two(y: Tensor) -> Tensor:
    return y.double().reshape(len(y), -1)


def thirds(n: int, seed: int = 0) -> Sequence[Tensor]:
    """Row numbers in three parts, half of them, a quarter and a quarter."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(n))
    return order[: n // 2], order[n // 2 : n * 3 // 4], order[n * 3 // 4 :]
