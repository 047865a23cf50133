"""The inverse of the normal distribution function, as a handed-over net computes it too.

The rational approximations of Cephes (Moshier 1989, ndtri.c), which SciPy's `ndtri` has as well.
Its logarithm is that of the C library, one number at a time: so the bits are those of SciPy, with
which older studies encoded their rows; numpy's own differs in the last bit of one in 20,000.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

TAIL = 0.13533528323661269189  # exp(-2)
ROOT = 2.50662827463100050242  # sqrt(2 pi)
RUN = 16_384  # numbers at a time, which stay in the cache
# Coefficients, the highest power first: near the middle, then for tails up to 8 deviations.
MIDDLE_OVER = (
    -5.99633501014107895267e1,
    9.80010754185999661536e1,
    -5.66762857469070293439e1,
    1.39312609387279679503e1,
    -1.23916583867381258016e0,
)
MIDDLE_UNDER = (
    1.0,
    1.95448858338141759834e0,
    4.67627912898881538453e0,
    8.63602421390890590575e1,
    -2.25462687854119370527e2,
    2.00260212380060660359e2,
    -8.20372256168333339912e1,
    1.59056225126211695515e1,
    -1.18331621121330003142e0,
)
TAIL_OVER = (
    4.05544892305962419923e0,
    3.15251094599893866154e1,
    5.71628192246421288162e1,
    4.40805073893200834700e1,
    1.46849561928858024014e1,
    2.18663306850790267539e0,
    -1.40256079171354495875e-1,
    -3.50424626827848203418e-2,
    -8.57456785154685413611e-4,
)
TAIL_UNDER = (
    1.0,
    1.57799883256466749731e1,
    4.53907635128879210584e1,
    4.13172038254672030440e1,
    1.50425385692907503408e1,
    2.50464946208309415979e0,
    -1.42182922854787788574e-1,
    -3.80806407691578277194e-2,
    -9.33259480895457427372e-4,
)


def normal_quantiles(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Phi^-1 of shares (n,) between 2e-14 and 1 - 2e-14, in standard deviations.

    >>> normal_quantiles(np.array([0.5, 0.975, 0.001])).round(6).tolist()
    [0.0, 1.959964, -3.090232]
    """
    out = np.empty_like(shares)
    for start in range(0, len(shares), RUN):
        out[start : start + RUN] = _quantiles(shares[start : start + RUN])
    return out


def _quantiles(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    upper = shares > 1 - TAIL
    share = np.where(upper, 1 - shares, shares)
    away = share - 0.5
    square = away * away
    bent = square * _polynomial(square, MIDDLE_OVER) / _polynomial(square, MIDDLE_UNDER)
    out: NDArray[np.float64] = (away + away * bent) * ROOT
    far = share <= TAIL
    tail = np.sqrt(-2.0 * _log(share[far]))
    first, inverse = tail - _log(tail) / tail, 1.0 / tail
    tail = first - inverse * _polynomial(inverse, TAIL_OVER) / _polynomial(inverse, TAIL_UNDER)
    out[far] = np.where(upper[far], tail, -tail)
    return out


def _polynomial(x: NDArray[np.float64], coefficients: tuple[float, ...]) -> NDArray[np.float64]:
    """By Horner's rule."""
    out = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        out *= x
        out += coefficient
    return out


def _log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([math.log(value) for value in x.tolist()])
