"""How far a signal reaches in a wide plain net at its start, by theory: the mean field.

Poole et al. 2016 (arXiv 1606.05340) and Schoenholz et al. 2017 (arXiv 1611.01232): weights
N(0, weight / inputs), biases N(0, bias). Means by the trapezoidal rule, which of smooth functions
under a normal density errs less than any power of the step (Trefethen & Weideman 2014); for ReLU,
which has a kink, in closed form (Cho & Saul 2009).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import erf, expit

Array = NDArray[np.float64]
POINTS, END = 801, 10.0  # fine enough for slopes of tanh at a mean square of some hundreds
NODES = np.linspace(-END, END, POINTS)
WEIGHTS = np.exp(-0.5 * NODES * NODES)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
LARGEST = 1e6  # a mean square above it grows without end
WIDEST = 1e6  # layers; a depth scale above it is as good as none
BY_CORRELATION, BY_GRADIENT = 6.0, 8.0  # scales within which nets train: Schoenholz 2017; measured


def _sech2(x: Array) -> Array:
    return 1.0 - np.tanh(x) ** 2


def _normal(x: Array) -> Array:
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


def _cumulative(x: Array) -> Array:
    return 0.5 * (1.0 + erf(x / math.sqrt(2)))


Pair = tuple[Callable[[Array], Array], Callable[[Array], Array]]
FUNCTIONS: dict[str, Pair] = {  # an activation and its slope
    "linear": (lambda x: x, np.ones_like),
    "tanh": (np.tanh, _sech2),
    "sigmoid": (expit, lambda x: expit(x) * expit(-x)),
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: np.heaviside(x, 0.5)),
    "gelu": (lambda x: x * _cumulative(x), lambda x: _cumulative(x) + x * _normal(x)),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1.0 + x * expit(-x))),
}


@dataclass(frozen=True)
class MeanField:
    """Where the signal of a wide plain net settles, and over how many layers it does.

    `square`: q*, the mean square before the activation, infinite where it grows without end.
    `chi`: the factor of the squared gradient from layer to layer; 1 between order and chaos.
    `correlation`: c*, that of two different rows in deep layers. `gradient_scale` and
    `correlation_scale`: layers over which the squared gradient, and the distance from c*, change by
    a factor of e.
    """

    square: float
    chi: float
    correlation: float
    gradient_scale: float
    correlation_scale: float

    @property
    def settles(self) -> bool:
        """Is there a size that signals come to? Without, they fade or grow for ever, as through
        ReLU without biases, but what tells two rows apart is not lost in it.
        """
        return 0.0 < self.square < math.inf

    @property
    def layers(self) -> float:
        """How many layers train: 6 correlation scales, or 8 gradient scales where nothing settles
        (the rules of `_forecast`, without the limit by width).
        """
        if self.settles:
            return BY_CORRELATION * self.correlation_scale
        return BY_GRADIENT * self.gradient_scale


@lru_cache(maxsize=512)
def mean_field(activation: str, weight: float, bias: float = 0.0) -> MeanField:
    """The mean field of a plain net; `weight` is inputs x variance of the weights, `bias` the
    variance of the biases.

    >>> found = mean_field("tanh", 1.0, 0.05)
    >>> round(found.chi, 3), round(found.gradient_scale, 2)
    (0.759, 3.63)

    Raises:
        KeyError: the theory of this activation is not here (`FUNCTIONS` has those that are).
    """
    square = _square(activation, weight, bias)
    at = min(square, LARGEST)
    chi = weight * _slopes(activation, at, 1.0)
    if not math.isfinite(square):
        return MeanField(square, chi, 1.0, _scale(chi), WIDEST)
    c = 1.0 if chi <= 1.0 else _correlation(activation, weight, bias, at)
    return MeanField(square, chi, c, _scale(chi), _scale(weight * _slopes(activation, at, c)))


def critical(activation: str, bias: float = 0.0) -> float:
    """The `weight` at which chi is 1, between order and chaos.

    >>> round(critical("tanh", 0.05), 2), round(critical("relu"), 6)
    (1.76, 2.0)

    Raises:
        ValueError: there is none below 1,000.
    """
    low, high = 1e-3, 1e3
    return float(brentq(lambda w: mean_field(activation, w, bias).chi - 1.0, low, high, xtol=1e-9))


def _scale(factor: float) -> float:
    rate = abs(math.log(max(factor, 1e-300)))
    return min(1.0 / rate, WIDEST) if rate else WIDEST


def _square(activation: str, weight: float, bias: float) -> float:
    """q*, the largest fixed point of q -> weight E[phi(sqrt(q) z)^2] + bias."""
    if activation in ("relu", "linear"):
        keeps = weight * (0.5 if activation == "relu" else 1.0)
        if keeps > 1.0 or (keeps == 1.0 and bias > 0.0):
            return math.inf
        return bias / (1.0 - keeps) if keeps < 1.0 else 1.0  # without biases any size is kept
    phi = FUNCTIONS[activation][0]

    def change(q: float) -> float:
        return float(weight * (WEIGHTS @ phi(math.sqrt(q) * NODES) ** 2) + bias - q)

    grid = np.geomspace(LARGEST, 1e-9, 241)
    if change(grid[0]) > 0:
        return math.inf
    for above, below in pairwise(grid):
        if change(below) > 0:
            return float(brentq(change, below, above, xtol=1e-14))
    return 0.0


def _correlation(activation: str, weight: float, bias: float, q: float) -> float:
    """c*, the stable fixed point below 1 of the map of correlations, where chi is above 1."""

    def change(c: float) -> float:
        return (weight * _products(activation, q, c) + bias) / q - c

    below = 1.0 - 1e-9
    if change(below) >= 0:
        return 1.0
    return 0.0 if change(0.0) <= 0 else float(brentq(change, 0.0, below, xtol=1e-12))


def _products(activation: str, q: float, c: float) -> float:
    """E[phi(u1) phi(u2)] of normal u of variance q and correlation c."""
    if activation == "relu":  # the arc-cosine kernel of degree 1
        return q / (2 * math.pi) * (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c)))
    return _mean(FUNCTIONS[activation][0], q, c)


def _slopes(activation: str, q: float, c: float) -> float:
    """E[phi'(u1) phi'(u2)]."""
    if activation == "relu":  # the arc-cosine kernel of degree 0
        return (math.pi - math.acos(c)) / (2 * math.pi)
    return _mean(FUNCTIONS[activation][1], q, c)


def _mean(function: Callable[[Array], Array], q: float, c: float) -> float:
    size = math.sqrt(q)
    first = function(size * NODES)
    if c == 1.0:
        return float(WEIGHTS @ first**2)
    second = function(size * (c * NODES[:, None] + math.sqrt(1 - c * c) * NODES[None, :]))
    return float((WEIGHTS * first) @ second @ WEIGHTS)
