"""Formulas of calibration: bins, errors, temperature, conformal quantiles; arrays in, numbers out.

`confidence` (N,): probability of the predicted class. `hit` (N,): 1 where it is the true one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special
from torch import Tensor
from torch.nn import functional as F

from howdeep.instruments._design import PLAIN, Design, variance
from howdeep.instruments._intervals import Three, normal

Floats = NDArray[np.float64]
BINS = 15  # as Guo et al. 2017
LEAST = 10  # rows of a bin of equal rows
COLD, HOT = math.log(0.02), math.log(50.0)  # between which a temperature is looked for


@dataclass(frozen=True, eq=False)
class Bins:
    """Of each bin (B,): how many rows, their mean confidence and accuracy, and the variance of the
    difference of the two means.

    `covariance` (B, B) of these differences where rows of a group are
    in several bins, and how many `groups` there are; 0 where rows are independent.
    """

    rows: Floats
    confidence: Floats
    accuracy: Floats
    variance: Floats
    covariance: Floats | None = None
    groups: int = 0


def equal_rows(confidence: Floats, hit: Floats, most: int = BINS, by: Design = PLAIN) -> Bins:
    """Bins of as many rows each, in the order of confidence: at most `most` of at least ten."""
    count = max(1, min(most, len(hit) // LEAST))
    parts = np.array_split(np.argsort(confidence, kind="stable"), count)
    return _bins([part for part in parts if len(part)], confidence, hit, by)


def equal_width(confidence: Floats, hit: Floats, count: int = BINS, by: Design = PLAIN) -> Bins:
    """Bins of equal width between 0 and 1, those with rows."""
    at = np.clip(np.ceil(confidence * count).astype(int) - 1, 0, count - 1)
    return _bins([np.flatnonzero(at == b) for b in np.unique(at)], confidence, hit, by)


def _bins(
    parts: list[NDArray[np.intp]], confidence: Floats, hit: Floats, by: Design = PLAIN
) -> Bins:
    gaps = confidence - hit
    n = np.array([by.take(part).sums(np.ones(len(part))).sum() for part in parts])
    means = [(by.take(p).mean(confidence[p]), by.take(p).mean(hit[p])) for p in parts]
    confident, right = (np.array(own) for own in zip(*means, strict=True))
    if by.groups is None:
        spread = [min(variance(gaps[p], by.take(p))[0], 0.25) for p in parts]
        return Bins(n, confident, right, np.array(spread))
    shared, count = _shared(parts, gaps, by)
    return Bins(n, confident, right, shared.diagonal().copy(), shared, count)


def _shared(parts: list[NDArray[np.intp]], gaps: Floats, by: Design) -> tuple[Floats, int]:
    """The covariance of the bins' mean gaps (B, B), from sums by group (Liang and Zeger 1986)."""
    weights = np.ones(len(gaps)) if by.weights is None else by.weights
    assert by.groups is not None
    codes = np.unique(by.groups, return_inverse=True)[1]
    count = int(codes.max()) + 1
    each = np.zeros((count, len(parts)))
    for b, part in enumerate(parts):
        own = weights[part] * (gaps[part] - np.average(gaps[part], weights=weights[part]))
        each[:, b] = np.bincount(codes[part], own / weights[part].sum(), minlength=count)
    return each.T @ each * count / max(count - 1, 1), count


def ece(bins: Bins) -> float:
    """Expected calibration error: the mean over rows of |confidence - accuracy| of their bin.

    Naeini, Cooper and Hauskrecht 2015, equation 3. It is never below what chance makes of it.
    """
    return float((bins.rows / bins.rows.sum()) @ np.abs(bins.confidence - bins.accuracy))


def rms_error(bins: Bins) -> Three:
    """The root of the mean squared calibration error, debiased, with a 95 % interval.

    Kumar, Liang and Ma 2019 (definition 4.1): sum of w_b (gap_b^2 - v_b), v_b the estimated
    variance of gap_b, is unbiased for the square, so that chance adds nothing; below zero it is 0.
    Its variance is sum of w_b^2 (4 gap_b^2 v_b + 2 v_b^2), of a squared normal, whose second term
    keeps the interval honest where the net is calibrated; a bootstrap over rows is not.
    """
    weights, gaps = bins.rows / bins.rows.sum(), bins.confidence - bins.accuracy
    v = bins.variance
    signal = np.maximum(gaps**2 - v, 0.0)
    value = float(weights @ (gaps**2 - v))
    if bins.covariance is None:
        half = normal() * math.sqrt(float(weights**2 @ (4 * signal * v + 2 * v**2)))
    else:
        slope = weights * np.sqrt(signal) * np.sign(gaps)
        spread = 4 * slope @ bins.covariance @ slope + 2 * weights @ bins.covariance**2 @ weights
        half = -float(special.stdtrit(max(bins.groups - 1, 1), 0.025)) * math.sqrt(float(spread))
    low, value, high = (math.sqrt(max(x, 0.0)) for x in (value - half, value, value + half))
    return value, low, high


def temperature(logits: Tensor, targets: Tensor, by: Design = PLAIN) -> float:
    """The T by which logits (N, C) are divided for the least log loss of targets (N,).

    Guo, Pleiss, Sun and Weinberger 2017, section 4.2. The loss is convex in 1 / T.
    """

    def loss(log_t: float) -> float:
        each = F.cross_entropy(logits / math.exp(log_t), targets, reduction="none")
        return by.mean(each.double().numpy())

    found = optimize.minimize_scalar(
        loss, bounds=(COLD, HOT), method="bounded", options={"xatol": 1e-5}
    )
    return math.exp(float(found.x))


def log_losses(probabilities: Floats, targets: NDArray[np.int64]) -> Floats:
    """Of each row (N,), in nats."""
    own = np.take_along_axis(probabilities, targets[:, None], 1)[:, 0]
    return -np.log(np.maximum(own, 1e-300))


def brier_scores(probabilities: Floats, targets: NDArray[np.int64]) -> Floats:
    """Of each row (N,): squared distance to the true class, summed over classes (Brier 1950)."""
    truth = np.eye(probabilities.shape[1])[targets]
    found: Floats = ((probabilities - truth) ** 2).sum(1)
    return found


# ---- conformal ----------------------------------------------------------------------------------
def quantile(scores: Floats, level: float) -> float:
    """The ceil((n + 1) level)-th smallest of n scores; infinite where n is too small for it.

    Vovk, Gammerman and Shafer 2005; Angelopoulos and Bates 2021, section 1.

    >>> quantile(np.arange(1.0, 20.0), 0.9)
    18.0
    """
    at = math.ceil((len(scores) + 1) * level - 1e-9)
    return float(np.sort(scores)[at - 1]) if at <= len(scores) else math.inf


def band(fitted: int, judged: int, level: float, mass: float = 0.95) -> tuple[float, float]:
    """Between which shares the coverage of `judged` rows lies with probability `mass`, where the
    quantile is of `fitted` rows: beta-binomial (Angelopoulos and Bates 2021, section 3.2).

    >>> [round(v, 3) for v in band(500, 500, 0.9)]
    [0.86, 0.934]
    """
    at = math.ceil((fitted + 1) * level - 1e-9)
    if at > fitted:
        return 1.0, 1.0
    k = np.arange(judged + 1.0)
    log_choose = -special.betaln(judged - k + 1, k + 1) - math.log(judged + 1)
    a, b = float(at), float(fitted + 1 - at)
    below = np.cumsum(np.exp(log_choose + special.betaln(k + a, judged - k + b)
                             - special.betaln(a, b)))  # fmt: skip
    low, high = np.searchsorted(below, ((1 - mass) / 2, (1 + mass) / 2))
    return float(low) / judged, float(min(high, judged)) / judged
