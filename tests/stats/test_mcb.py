"""The paired two-way comparison, against sums written out and against a fitted reference."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from howdeep.stats import mcb
from howdeep.stats.dunnett import dunnett_quantile
from howdeep.stats.layout import Layout


def scores(cells: int, n: int, rows: int, draw: int = 0) -> np.ndarray:
    rng = np.random.default_rng(draw)
    z = rng.normal(0, 1, (cells, n, rows)) + rng.normal(0, 2, (1, 1, rows))
    z += rng.normal(0, 1, (cells, 1, rows)) + rng.normal(0, 0.3, (cells, n, 1))
    return z


def by_hand(a: np.ndarray, b: np.ndarray, unit: float = 0.0) -> tuple[float, float, float]:
    """m, s2 of both cells together and the row variance of one pair, every sum written out."""
    n, rows = a.shape
    d = [[float(a[s, i] - b[s, i]) for i in range(rows)] for s in range(n)]
    r = [sum(row) / rows for row in d]
    k = [sum(d[s][i] for s in range(n)) / n for i in range(rows)]
    m = sum(r) / n
    own = [[sum(map(float, cell[s])) / rows for s in range(n)] for cell in (a, b)]
    s2 = sum(sum((x - sum(o) / n) ** 2 for x in o) / (n - 1) for o in own)
    rest = sum((d[s][i] - r[s] - k[i] + m) ** 2 for s in range(n) for i in range(rows))
    msr = rest / ((n - 1) * (rows - 1))
    var_k = sum((x - m) ** 2 for x in k) / (rows - 1)
    return m, s2, max(var_k - msr / n, 0.0) + 2 * unit**2 / rows


@given(st.integers(2, 4), st.integers(2, 6), st.integers(2, 9), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_all_pairs_are_the_sums_written_out(cells: int, n: int, rows: int, draw: int) -> None:
    z = scores(cells, n, rows, draw)
    unit = float(draw % 2)
    pairs = mcb.pairwise(z, Layout(unit=unit))
    for c, e in itertools.permutations(range(cells), 2):
        m, s2, row = by_hand(z[c], z[e], unit)
        assert pairs.difference[c, e] == pytest.approx(m, abs=1e-12)
        assert pairs.seed_variance[c] + pairs.seed_variance[e] == pytest.approx(s2, abs=1e-12)
        assert pairs.row_variance[c, e] == pytest.approx(row, abs=1e-12)


def test_a_worked_example() -> None:
    # D = [[1, 0], [0, 1]]: both rows differ by 1/2, all of the spread is rest, MSR = 4 (1/2)^2 / 1
    # = 1, and var(k) - MSR/2 < 0 counts as none; two rows are added that differ by 1 each.
    z = np.array([[[1.0, 0], [1, 1]], [[0, 0], [1, 0]]])
    pairs = mcb.pairwise(z, Layout(unit=1.0))
    assert pairs.difference[0, 1] == 0.5
    assert pairs.seed_variance.tolist() == [0.125, 0.125]  # (1/2, 1) and (0, 1/2)
    assert pairs.rest_variance[0, 1] == 1.0
    assert pairs.row_variance[0, 1] == 1.0  # 2 (1)^2 / 2
    assert pairs.row_total[0, 1] == 1.0


def test_the_variance_components_are_found_again() -> None:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(300):
        seed, row = rng.normal(0, 0.5, (2, 10, 1)), rng.normal(0, 2, (2, 1, 200))
        pairs = mcb.pairwise(seed + row + rng.normal(0, 3, (2, 10, 200)))
        found.append((pairs.seed_variance.sum(), pairs.row_variance[0, 1]))
    s2, row_variance = np.mean(found, axis=0)
    assert s2 == pytest.approx(2 * 0.25 + 2 * 9 / 200, rel=0.08)
    assert row_variance == pytest.approx(2 * 4, rel=0.05)


def test_folds_of_a_seed_are_samples_of_their_own() -> None:
    """Nets that differ by fold: the variance of a seed's mean, from n - 1 differences in each."""
    rng = np.random.default_rng(3)
    layout, found, freedom = Layout((30, 50, 40)), [], []
    shares = np.array([30, 50, 40]) / 120
    for _ in range(300):
        by_fold = rng.normal(0, 1, (2, 4, 3))
        z = np.repeat(by_fold, layout.folds, axis=2) + rng.normal(0, 1, (2, 1, 120))
        pairs = mcb.pairwise(z, layout)
        assert pairs.rest_variance[0, 1] == pytest.approx(0, abs=1e-12)
        found.append(pairs.seed_variance.mean())
        freedom.append(pairs.seed_df.mean())
    assert np.mean(found) == pytest.approx(np.square(shares).sum(), rel=0.05)
    assert 5 < np.mean(freedom) < 9  # at most 3 (n - 1), fewer where one fold varies most


def test_rests_in_folds_are_the_sums_written_out() -> None:
    layout = Layout((3, 5))
    z = scores(2, 40, 8)  # more seeds than a block holds
    pairs = mcb.pairwise(z, layout)
    d = z[0] - z[1]
    fold = np.repeat([0, 1], layout.folds)
    own = np.stack([d[:, fold == f].mean(1) for f in (0, 1)], axis=1)[:, fold]
    rest = d - own - d.mean(0) + own.mean(0)
    assert pairs.rest_variance[0, 1] == pytest.approx((rest**2).sum() / (39 * 6))


def test_variances_are_moderated_towards_their_median() -> None:
    z = scores(5, 8, 50)
    pairs = mcb.pairwise(z)
    s0 = sorted(pairs.seed_variance)[2]
    found, df = mcb.moderated(pairs)
    limit = s0 * chi2.ppf(0.9, 7) / 7
    for own, s2, freedom in zip(pairs.seed_variance, found, df, strict=True):
        assert s2 == pytest.approx(own if own > limit else (3 * s0 + 7 * own) / 10)
        assert freedom == (7 if own > limit else 10)


def test_a_cell_that_varies_much_more_stands_alone() -> None:
    z = scores(6, 5, 50)
    z[4] += np.linspace(-9, 9, 5)[:, None]
    pairs = mcb.pairwise(z)
    found, df = mcb.moderated(pairs)
    assert found[4] == pairs.seed_variance[4]
    assert df.tolist() == [8, 8, 8, 8, 4, 8]


def test_two_cells_have_nothing_to_borrow() -> None:
    pairs = mcb.pairwise(scores(2, 3, 50))
    found, df = mcb.moderated(pairs)
    assert found.tolist() == pairs.seed_variance.tolist()
    assert df.tolist() == [2, 2]


def test_three_seeds_are_not_believed_when_they_agree_too_well() -> None:
    z = scores(4, 3, 50)
    pairs = mcb.pairwise(z)
    s0 = mcb.median_variance(pairs)
    assert (pairs.seed_variance < s0).any()
    found, _ = mcb.moderated(pairs)
    np.testing.assert_array_equal(found, np.maximum(pairs.seed_variance, s0))


def test_half_widths_follow_satterthwaite_and_dunnett() -> None:
    pairs = mcb.pairwise(scores(3, 8, 60))
    found = mcb.half_widths(pairs, 9, 0.01)
    s2, own = mcb.moderated(pairs)
    v = (s2[0] + s2[2]) / 8 + pairs.row_variance[0, 2] / 60
    parts = [(s2[0] / 8, own[0]), (s2[2] / 8, own[2])]
    parts.append((pairs.row_total[0, 2] / 60, pairs.row_df[0, 2]))
    df = math.floor(v**2 / sum(part**2 / freedom for part, freedom in parts))
    assert found.df[0, 2] == df
    assert found.width[0, 2] == pytest.approx(dunnett_quantile(8, df, 0.01) * math.sqrt(v))
    np.testing.assert_array_equal(found.width, found.width.T)


def test_rows_that_agree_leave_room_for_rows_that_do_not() -> None:
    """Two nets right on the same 200 rows: the next rows may tell them apart."""
    z = np.ones((2, 5, 200))
    pairs = mcb.pairwise(z, Layout(unit=1.0))
    found = mcb.half_widths(pairs, 2, 0.05)
    assert pairs.row_df[0, 1] == pytest.approx(2 * 200 * 2 / 198)  # two effective rows
    assert found.variance[0, 1] == pytest.approx(2 / 200**2)
    assert found.width[0, 1] > 3 / 200  # the rule of three: none seen in N, at most 3 / N


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
    z = scores(1, 1, 40).repeat(5, axis=1).repeat(3, axis=0)
    pairs = mcb.pairwise(z)
    assert not pairs.difference.any()
    assert not mcb.half_widths(pairs, 3, 0.05).width.any()


def test_a_single_cell_has_no_pairs() -> None:
    pairs = mcb.pairwise(scores(1, 3, 10))
    assert mcb.moderated(pairs)[0].tolist() == pairs.seed_variance.tolist()
    assert mcb.half_widths(pairs, 6, 0.05).width.shape == (1, 1)
