"""Dunnett's one-sided quantile: how far the best of k comparisons with one cell may stray.

Source: C. W. Dunnett (1955), "A multiple comparison procedure for comparing several treatments
with a control", JASA 50, 1096-1121. With T_i = (Z_i - Z_0) / (sqrt(2) S), i = 1..k, all Z standard
normal and S^2 an independent chi-square over its df, the T_i are equicorrelated 1/2 and
P(max T_i > q) = E_S E_Z0 [1 - Phi(sqrt(2) q S + Z_0)^k]. Both expectations are smooth integrals in
one variable, taken by Gauss-Legendre quadrature; the upper tail is computed directly, so that
small alpha (early looks) loses no digits.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
_NORMAL_REACH = 9.0  # phi beyond is under 1e-18
_CHI_TAIL = 1e-11  # mass of S left out at either end
_ALL_DF_TO = 120  # above, df are rounded down to a coarser grid: under 0.1 % in q


def dunnett_quantile(k: int, df: float, alpha: float) -> float:
    """The q with P(max of k one-sided statistics > q) = alpha; equicorrelated 1/2.

    `df` may be infinite; above 120 it is rounded down to a coarse grid (never in favour of a
    finding), so that the cache is small.

    >>> [round(dunnett_quantile(5, df, 0.05), 3) for df in (10, 20, 60, math.inf)]
    [2.562, 2.389, 2.284, 2.234]
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha {alpha} is not between 0 and 1")
    if k <= 0:
        return 0.0
    return _quantile(k, grid_df(df), alpha)


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
def _quantile(k: int, df: float, alpha: float) -> float:
    # `scipy.stats` has these quantiles too, and takes half a second to import.
    lowest = -special.stdtrit(df, alpha)  # Student's t: one comparison needs less ...
    if k == 1:
        return float(lowest)
    from scipy.optimize import brentq  # late: a fifth of a second

    highest = -special.stdtrit(df, alpha / k)  # ... and Bonferroni more
    nodes = _chi(df)
    return float(brentq(lambda q: _tail(q, k, nodes) - alpha, lowest, highest, xtol=1e-9))


def _chi(df: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values of S with their probability weights."""
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    a = df / 2  # half a chi-square is of the gamma distribution of this shape
    low = np.sqrt(2 * special.gammaincinv(a, _CHI_TAIL) / df)
    high = np.sqrt(2 * special.gammainccinv(a, _CHI_TAIL) / df)
    s = (high + low) / 2 + (high - low) / 2 * _NODES
    x = s * s * df
    log_density = special.xlogy(a - 1, x) - x / 2 - special.gammaln(a) - np.log(2) * df / 2
    density = np.exp(log_density) * 2 * s * df
    return s, density * _WEIGHTS * (high - low) / 2


def _tail(q: float, k: int, chi: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    s, weight = chi
    z = _NORMAL_REACH * _NODES
    normal = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * _WEIGHTS * _NORMAL_REACH
    beyond = -np.expm1(k * special.log_ndtr(math.sqrt(2) * q * s[:, None] + z))
    return float((weight * (beyond * normal).sum(-1)).sum())
