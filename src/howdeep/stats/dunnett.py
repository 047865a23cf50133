"""Dunnett's one-sided quantile: how far the best of k comparisons with one thing may stray.

Source: C. W. Dunnett (1955), "A multiple comparison procedure for comparing several treatments
with a control", JASA 50, 1096-1121. With T_i = (Z_i - Z_0) / (sqrt(2) S), i = 1..k, all Z standard
normal and S^2 an independent chi-square over its df, the T_i are equicorrelated 1/2 and
P(max T_i > q) = E_S E_Z0 [1 - Phi(sqrt(2) q S + Z_0)^k]. At any other correlation rho (Dunnett and
M. Sobel 1955, "Approximations to the probability integral and certain percentage points of a
multivariate analogue of Student's t-distribution", Biometrika 42, 258-260) it is E_S E_Z0
[1 - Phi((q S + sqrt(rho) Z_0) / sqrt(1 - rho))^k]. Both expectations are smooth integrals in one
variable, taken by Gauss-Legendre quadrature; the upper tail is computed directly, so that small
alpha (early looks) loses no digits.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

_COARSE, _FINE = 96, 400  # nodes; the fine ones for correlations above 1/2, whose steps are steep
_NORMAL_REACH = 9.0  # phi beyond is under 1e-18
_CHI_TAIL = 1e-11  # mass of S left out at either end
_ALL_DF_TO = 120  # above, df are rounded down to a coarser grid: under 0.1 % in q
LEAST_DF, LEAST_ALPHA = 2, 1e-5  # below, Bonferroni's bound stands for the quantile
HIGHEST_RHO = 0.95  # beyond, the integrand grows too steep for the finest nodes


def dunnett_quantile(k: int, df: float, alpha: float, rho: float = 0.5) -> float:
    """The q with P(max of k one-sided statistics > q) = alpha; all pairs correlated by `rho`.

    `df` may be infinite; above 120 it is rounded down to a coarse grid (never in favour of a
    finding), so that the cache is small. `rho` is at least 0 and at most 0.95.

    Raises:
        ValueError: `alpha` or `rho` is out of range.

    >>> [round(dunnett_quantile(5, df, 0.05), 3) for df in (10, 20, 60, math.inf)]
    [2.562, 2.389, 2.284, 2.234]
    >>> [round(dunnett_quantile(5, math.inf, 0.05, rho), 3) for rho in (0.0, 0.9)]
    [2.319, 1.967]
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha} is not between 0 and 1")
    if not 0 <= rho <= HIGHEST_RHO:
        raise ValueError(f"a correlation of {rho} is not between 0 and {HIGHEST_RHO}")
    if k <= 0:
        return 0.0
    return _quantile(k, grid_df(df), alpha, rho)


def grid_df(df: float) -> float:
    """Degrees of freedom rounded down: whole numbers to 120, multiples of 20 to 1,000, then 1,000.

    >>> grid_df(7.9), grid_df(135), grid_df(5500), grid_df(1e9)
    (7.0, 120.0, 5000.0, inf)
    """
    if df >= 1e5:
        return math.inf  # q differs by less than 1e-4 of itself
    step = 1 if df <= _ALL_DF_TO else 20 if df <= 1000 else 1000
    return max(float(math.floor(df / step) * step), 1.0)


@lru_cache(maxsize=65_536)
def _quantile(k: int, df: float, alpha: float, rho: float) -> float:
    # `scipy.stats` has these quantiles too, and takes half a second to import.
    lowest = -special.stdtrit(df, alpha)  # Student's t: one comparison needs less ...
    if k == 1:
        return float(lowest)
    from scipy.optimize import brentq  # late: a fifth of a second

    highest = -special.stdtrit(df, alpha / k)  # ... and Bonferroni more
    if df < LEAST_DF or alpha < LEAST_ALPHA:  # where S reaches too near to 0 for these nodes
        return float(highest)
    nodes = _chi(df)
    return float(brentq(lambda q: _tail(q, k, nodes, rho) - alpha, lowest, highest, xtol=1e-9))


@lru_cache(maxsize=2)
def _legendre(count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes in -1..1 with their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights


def _chi(df: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of S with their probability weights."""
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    a = df / 2  # half a chi-square is of the gamma distribution of this shape
    low = np.sqrt(2 * special.gammaincinv(a, _CHI_TAIL) / df)
    high = np.sqrt(2 * special.gammainccinv(a, _CHI_TAIL) / df)
    nodes, weights = _legendre(_COARSE)
    s = (high + low) / 2 + (high - low) / 2 * nodes
    x = s * s * df
    log_density = special.xlogy(a - 1, x) - x / 2 - special.gammaln(a) - np.log(2) * df / 2
    density = np.exp(log_density) * 2 * s * df
    return s, density * weights * (high - low) / 2


def _tail(
    q: float, k: int, chi: tuple[NDArray[np.float64], NDArray[np.float64]], rho: float
) -> float:
    s, weight = chi
    nodes, weights = _legendre(_COARSE if rho <= 0.5 else _FINE)
    z = _NORMAL_REACH * nodes
    normal = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * weights * _NORMAL_REACH
    own, shared = math.sqrt(1 / (1 - rho)), math.sqrt(rho / (1 - rho))
    beyond = -np.expm1(k * special.log_ndtr(own * q * s[:, None] + shared * z))
    return float((weight * (beyond * normal).sum(-1)).sum())
