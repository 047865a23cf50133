"""Cells against one thing without seeds: variances, correlation, and how often a bound fails."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from howdeep.stats.against import against
from howdeep.stats.dunnett import dunnett_quantile
from howdeep.stats.layout import Layout, row_part
from howdeep.stats.streams import summary


def drawn(rng: np.random.Generator, cells: int, n: int, rows: int, shared: float) -> np.ndarray:
    """Scores (cells, n, rows) with row effects of which the share `shared` is common to all."""
    common, own = rng.normal(size=rows), rng.normal(size=(cells, 1, rows))
    effects = np.sqrt(shared) * common + np.sqrt(1 - shared) * own
    seed, rest = rng.normal(0, 0.05, (cells, n, 1)), rng.normal(0, 0.5, (cells, n, rows))
    z: np.ndarray = effects + seed + rest
    return z


def test_one_cell_is_students_interval_with_the_parts_of_the_two_way_model() -> None:
    rng = np.random.default_rng(0)
    z, one = drawn(rng, 1, 6, 50, 0.0), rng.normal(size=50)
    found = against([summary(z[0])], one, 1, 0.05)
    d = z[0] - one
    rest = d - d.mean(1)[:, None] - d.mean(0) + d.mean()
    msr = (rest**2).sum() / (5 * 49)
    added, freedom = row_part(d.mean(0), Layout())
    total = (d.mean(0).var(ddof=1) + added / 50) / 50
    seed, row = z[0].mean(1).var(ddof=1) / 6, total - msr / 6 / 50
    df = np.floor((seed + row) ** 2 / (seed**2 / 5 + total**2 / freedom))
    assert found.difference[0] == pytest.approx(d.mean())
    assert (found.seed_part[0], found.row_part[0]) == pytest.approx((seed, row))
    # above 120 degrees of freedom are rounded down to a coarse grid
    assert found.width[0] == pytest.approx(t.isf(0.05, df) * np.sqrt(seed + row), rel=1e-3)


def test_a_small_variance_of_few_seeds_is_not_believed() -> None:
    rng = np.random.default_rng(1)
    z = drawn(rng, 3, 4, 30, 0.5)
    z[0] += z[0].mean() - z[0].mean(1)[:, None]  # its seeds agree exactly
    s2 = [float(of.mean(1).var(ddof=1)) for of in z]
    found = against([summary(of) for of in z], np.zeros(30), 3, 0.05)
    np.testing.assert_allclose(found.seed_part * 4, np.maximum(s2, np.median(s2)))


def test_cells_may_have_different_numbers_of_seeds() -> None:
    z = drawn(np.random.default_rng(2), 3, 8, 30, 0.5)
    cells = [summary(z[0]), summary(z[1, :3]), summary(z[2, :5])]
    found = against(cells, np.zeros(30), 3, 0.05)
    assert found.difference.tolist() == pytest.approx(
        [z[0].mean(), z[1, :3].mean(), z[2, :5].mean()]
    )


@pytest.mark.parametrize(
    ("shared", "low", "high"), [(0.0, 0.0, 0.2), (0.6, 0.4, 0.6), (1, 0.65, 0.8)]
)
def test_the_correlation_is_that_of_the_rows_they_share(
    shared: float, low: float, high: float
) -> None:
    z = drawn(np.random.default_rng(3), 5, 8, 1_000, shared)
    found = against([summary(of) for of in z], np.zeros(1_000), 5, 0.05)
    assert low <= found.rho <= high
    q = dunnett_quantile(5, 1e9, 0.05, found.rho)
    assert (found.width / np.sqrt(found.seed_part + found.row_part) >= q).all()


def test_where_nothing_varies_there_is_no_width() -> None:
    found = against([summary(np.ones((3, 10)))] * 2, np.ones(10), 2, 0.05)
    assert (found.difference.tolist(), found.width.tolist(), found.rho) == ([0, 0], [0, 0], 0)


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
@pytest.mark.parametrize("n", [3, 8])
def test_all_bounds_hold_together_as_often_as_they_should(shared: float, n: int) -> None:
    """Truth 0 for every cell; a true rate of 5 % exceeds 8.5 % of 400 once in 400."""
    wrong = 0
    for draw in range(400):
        rng = np.random.default_rng([draw, n])
        z = drawn(rng, 6, n, 120, shared)
        found = against([summary(of) for of in z], np.zeros(120), 6, 0.05)
        wrong += bool((found.difference - found.width > 0).any())
    assert wrong <= 34
    assert wrong >= 4  # nor is it cautious beyond need
