"""The paired two-way comparison, against sums written out and against a fitted reference."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from howdeep.stats import mcb
from howdeep.stats.dunnett import dunnett_quantile


def scores(cells: int, n: int, rows: int, draw: int = 0) -> np.ndarray:
    rng = np.random.default_rng(draw)
    z = rng.normal(0, 1, (cells, n, rows)) + rng.normal(0, 2, (1, 1, rows))
    z += rng.normal(0, 1, (cells, 1, rows)) + rng.normal(0, 0.3, (cells, n, 1))
    return z


def by_hand(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """m, s2 and the row variance of one pair, every sum written out."""
    n, rows = a.shape
    d = [[float(a[s, i] - b[s, i]) for i in range(rows)] for s in range(n)]
    r = [sum(row) / rows for row in d]
    k = [sum(d[s][i] for s in range(n)) / n for i in range(rows)]
    m = sum(r) / n
    s2 = sum((x - m) ** 2 for x in r) / (n - 1)
    rest = sum((d[s][i] - r[s] - k[i] + m) ** 2 for s in range(n) for i in range(rows))
    msr = rest / ((n - 1) * (rows - 1))
    var_k = sum((x - m) ** 2 for x in k) / (rows - 1)
    return m, s2, max(var_k - msr / n, 0.0)


@given(st.integers(2, 4), st.integers(2, 6), st.integers(2, 9), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_all_pairs_are_the_sums_written_out(cells: int, n: int, rows: int, draw: int) -> None:
    z = scores(cells, n, rows, draw)
    pairs = mcb.pairwise(z)
    for c, e in itertools.permutations(range(cells), 2):
        m, s2, row = by_hand(z[c], z[e])
        assert pairs.difference[c, e] == pytest.approx(m, abs=1e-12)
        assert pairs.seed_variance[c, e] == pytest.approx(s2, abs=1e-12)
        assert pairs.row_variance[c, e] == pytest.approx(row, abs=1e-12)


def test_a_worked_example() -> None:
    # D = [[1, 0], [0, 1]]: both seeds differ by 1/2 in the mean and so do both rows; all of the
    # spread is rest, MSR = 4 (1/2)^2 / 1 = 1, and var(k) - MSR/2 < 0 counts as none.
    z = np.array([[[1.0, 0], [1, 1]], [[0, 0], [1, 0]]])
    pairs = mcb.pairwise(z)
    assert pairs.difference[0, 1] == 0.5
    assert pairs.seed_variance[0, 1] == 0.0
    assert pairs.row_variance[0, 1] == 0.0


def test_the_variance_components_are_found_again() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        seed, row = rng.normal(0, 0.5, (2, 10, 1)), rng.normal(0, 2, (2, 1, 200))
        pairs = mcb.pairwise(seed + row + rng.normal(0, 3, (2, 10, 200)))
        found.append((pairs.seed_variance[0, 1], pairs.row_variance[0, 1]))
    s2, row_variance = np.mean(found, axis=0)
    assert s2 == pytest.approx(2 * 0.25 + 2 * 9 / 200, rel=0.08)
    assert row_variance == pytest.approx(2 * 4, rel=0.05)


def test_variances_are_moderated_towards_their_median() -> None:
    z = scores(4, 8, 50)
    pairs = mcb.pairwise(z)
    upper = pairs.seed_variance[np.triu_indices(4, 1)]
    s0 = sorted(upper)[2] / 2 + sorted(upper)[3] / 2
    expected = (4 * s0 + 7 * pairs.seed_variance) / 11
    np.testing.assert_allclose(mcb.moderated(pairs), expected)


def test_three_seeds_are_not_believed_when_they_agree_too_well() -> None:
    z = scores(4, 3, 50)
    pairs = mcb.pairwise(z)
    s0 = mcb.median_variance(pairs)
    assert (pairs.seed_variance[np.triu_indices(4, 1)] < s0).any()
    np.testing.assert_array_equal(mcb.moderated(pairs), np.maximum(pairs.seed_variance, s0))


def test_half_widths_follow_satterthwaite_and_dunnett() -> None:
    pairs = mcb.pairwise(scores(3, 8, 60))
    found = mcb.half_widths(pairs, 9, 0.01)
    seed_part = mcb.moderated(pairs)[0, 2] / 8
    v = seed_part + pairs.row_variance[0, 2] / 60
    df = math.floor(v**2 / (seed_part**2 / 11))
    assert found.df[0, 2] == df
    assert found.width[0, 2] == pytest.approx(dunnett_quantile(8, df, 0.01) * math.sqrt(v))
    np.testing.assert_array_equal(found.width, found.width.T)


def test_seeds_cannot_beat_the_row_floor() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 1, (2, 1, 100))
    few, many = (
        mcb.half_widths(mcb.pairwise(rows + rng.normal(0, 0.1, (2, n, 100))), 2, 0.05).variance
        for n in (3, 60)
    )
    floor = rows[:, 0].var(axis=1, ddof=1).sum() / 100
    assert many[0, 1] > 0.7 * floor
    assert many[0, 1] == pytest.approx(few[0, 1], rel=0.1)


def test_equal_cells_differ_by_nothing_at_no_width() -> None:
    z = scores(1, 5, 40).repeat(3, axis=0)
    pairs = mcb.pairwise(z)
    assert not pairs.difference.any()
    assert not mcb.half_widths(pairs, 3, 0.05).width.any()


def test_a_single_cell_has_no_pairs() -> None:
    pairs = mcb.pairwise(scores(1, 3, 10))
    assert mcb.median_variance(pairs) == 0
    assert mcb.half_widths(pairs, 6, 0.05).width.shape == (1, 1)
