"""Dunnett's quantile against published figures, scipy's multivariate t, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_t, norm, t

from howdeep.stats.dunnett import HIGHEST_RHO, dunnett_quantile, grid_df


@pytest.mark.parametrize(
    ("df", "expected"), [(10, 2.562), (20, 2.388), (60, 2.283), (math.inf, 2.234)]
)
def test_six_cells_at_five_percent(df: float, expected: float) -> None:
    assert dunnett_quantile(5, df, 0.05) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(("k", "df", "alpha"), [(2, 6, 0.05), (5, 11, 0.012), (8, 24, 0.03)])
def test_scipy_gives_its_upper_tail_as_alpha(k: int, df: int, alpha: float) -> None:
    shape = 0.5 + 0.5 * np.eye(k)
    reference = multivariate_t(np.zeros(k), shape, df)
    q = dunnett_quantile(k, df, alpha)
    below = reference.cdf(np.full(k, q), maxpts=500_000, random_state=0)
    assert 1 - below == pytest.approx(alpha, abs=2e-5)


def test_tiny_levels_of_early_looks_keep_their_digits() -> None:
    rng = np.random.default_rng(0)
    alpha, df, k = 0.001, 6, 12
    z = rng.normal(size=(400_000, k + 1))
    s = np.sqrt(rng.chisquare(df, 400_000) / df)
    top = (z[:, 1:].max(1) - z[:, 0]) / (math.sqrt(2) * s)
    tail = float((top > dunnett_quantile(k, df, alpha)).mean())
    assert tail == pytest.approx(alpha, abs=4 * math.sqrt(alpha / 400_000))


def test_one_comparison_is_student_and_none_needs_no_width() -> None:
    assert dunnett_quantile(1, 7, 0.03) == pytest.approx(t.isf(0.03, 7))
    assert dunnett_quantile(1, math.inf, 0.03) == pytest.approx(norm.isf(0.03))
    assert dunnett_quantile(0, 7, 0.03) == 0


def test_it_lies_between_one_comparison_and_bonferroni_and_grows_with_k() -> None:
    found = [dunnett_quantile(k, 9, 0.02) for k in range(1, 40)]
    assert found == sorted(found)
    assert all(q <= t.isf(0.02 / k, 9) + 1e-9 for k, q in enumerate(found, 1))


def test_coarse_degrees_of_freedom_never_favour_a_finding() -> None:
    for df in (119.9, 121, 999, 1001, 54321.0):
        assert grid_df(df) <= df
        exact = t.isf(0.01, df)
        assert exact <= dunnett_quantile(1, df, 0.01) <= exact * 1.002


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1])
def test_levels_outside_zero_and_one_are_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="alpha"):
        dunnett_quantile(3, 5, alpha)


# ---- other correlations -------------------------------------------------------------------------
@pytest.mark.parametrize(("k", "df", "rho"), [(3, 8, 0.2), (5, 20, 0.8), (4, 12, 0.95)])
def test_scipy_gives_its_upper_tail_as_alpha_at_any_correlation(
    k: int, df: int, rho: float
) -> None:
    reference = multivariate_t(np.zeros(k), rho + (1 - rho) * np.eye(k), df)
    q = dunnett_quantile(k, df, 0.05, rho)
    below = reference.cdf(np.full(k, q), maxpts=500_000, random_state=0)
    assert 1 - below == pytest.approx(0.05, abs=5e-5)


def test_the_highest_correlation_keeps_its_digits() -> None:
    """Against adaptive quadrature of the same integral, df infinite."""
    k, rho = 30, HIGHEST_RHO
    q = dunnett_quantile(k, math.inf, 0.05, rho)

    def beyond(z: float) -> float:
        inner = norm.logcdf((q + math.sqrt(rho) * z) / math.sqrt(1 - rho))
        return float(norm.pdf(z) * -math.expm1(k * inner))

    tail, _ = quad(beyond, -9, 9, epsabs=1e-11, limit=500, points=np.linspace(-8, 8, 33))
    assert tail == pytest.approx(0.05, abs=1e-7)


def test_half_is_what_is_meant_where_none_is_given_and_more_needs_less() -> None:
    assert dunnett_quantile(7, 9, 0.02) == dunnett_quantile(7, 9, 0.02, 0.5)
    found = [dunnett_quantile(7, 9, 0.02, rho) for rho in (0.0, 0.3, 0.5, 0.7, 0.9, HIGHEST_RHO)]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("rho", [-0.1, 0.96, 1.0])
def test_correlations_out_of_range_are_refused(rho: float) -> None:
    with pytest.raises(ValueError, match="correlation"):
        dunnett_quantile(3, 5, 0.05, rho)


@pytest.mark.parametrize(("df", "alpha"), [(1, 0.001), (1, 1e-6), (2, 2e-6), (1.9, 1e-4)])
def test_the_fewest_degrees_of_freedom_take_bonferronis_bound(df: float, alpha: float) -> None:
    """There the integral is too steep for its nodes; the bound is never too small."""
    found = dunnett_quantile(12, df, alpha)
    exact = t.isf(alpha / 12, max(int(df), 1))
    assert found == pytest.approx(exact, rel=1e-6)
