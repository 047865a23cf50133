"""AUC and F1 row by row, against scikit-learn and against sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from howdeep.stats.ranking import auc_contributions, auc_reach, f1_contributions, log_odds


def two_columns(x: np.ndarray) -> np.ndarray:
    """Scores (..., n, 2) whose difference is `x`."""
    return np.stack([np.zeros_like(x), x], axis=-1)


def midranks(x: np.ndarray) -> np.ndarray:
    """Ranks from 1, those of equal values their mean."""
    return np.asarray([(x < v).sum() + ((x == v).sum() + 1) / 2 for v in x])


def delong(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """AUC (R,) and DeLong's covariance (R, R) of R scorers `x` (R, n), from midranks (X. Sun and
    W. Xu 2014, IEEE Signal Processing Letters 21:1389)."""
    up, down = x[:, y == 1], x[:, y == 0]
    m, k = up.shape[1], down.shape[1]
    whole = np.stack([midranks(np.concatenate([a, b])) for a, b in zip(up, down, strict=True)])
    own_up = np.stack([midranks(a) for a in up])
    own_down = np.stack([midranks(b) for b in down])
    v10 = (whole[:, :m] - own_up) / k
    v01 = 1 - (whole[:, m:] - own_down) / m
    return v10.mean(1), np.atleast_2d(np.cov(v10)) / m + np.atleast_2d(np.cov(v01)) / k


def drawn(seed: int, n: int, classes: int, grid: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, C) and classes (n,), every one of them there."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    logits = rng.normal(size=(n, classes)) + 1.2 * (y[:, None] == np.arange(classes))
    if grid:
        logits = np.round(logits * grid) / grid
    p = np.exp(logits)
    return p / p.sum(1, keepdims=True), y


@given(st.integers(0, 10**6), st.integers(5, 60), st.integers(2, 5), st.sampled_from([0, 1, 2]),
       st.booleans())  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_the_mean_over_rows_is_scikit_learns_auc(
    seed: int, n: int, classes: int, grid: int, weighted: bool
) -> None:
    p, y = drawn(seed, n, classes, grid)
    w = np.random.default_rng(seed).uniform(0.001, 3, n) if weighted else None
    x = p[:, 1] - p[:, 0]
    wanted = (
        roc_auc_score(y, x, sample_weight=w)
        if classes == 2
        else roc_auc_score(y, p, multi_class="ovr", average="macro", sample_weight=w)
    )
    assert auc_contributions(p, y, w).mean() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize("classes", [3, 4])
def test_weights_are_scikit_learns_sample_weights_with_many_classes_too(classes: int) -> None:
    p, y = drawn(1, 80, classes, grid=1)
    w = np.random.default_rng(2).integers(0, 4, 80) * 1.0
    wanted = roc_auc_score(y, p, multi_class="ovr", average="macro", sample_weight=w)
    assert auc_contributions(p, y, w).mean() == pytest.approx(wanted, abs=1e-12)


@given(st.integers(0, 10**6), st.integers(6, 60), st.sampled_from([0, 2]))
@settings(max_examples=60, deadline=None)
def test_the_variance_over_rows_is_delongs(seed: int, n: int, grid: int) -> None:
    """Each side's part but for m - 1 in the place of m, and so that of a difference of two nets."""
    rng = np.random.default_rng(seed)
    y = np.concatenate([[0, 0, 1, 1], rng.integers(0, 2, n - 4)])
    x = rng.normal(size=(2, n)) + y + 0.5 * rng.normal(size=n)
    if grid:
        x = np.round(x * grid) / grid
    z = auc_contributions(two_columns(x), y)
    auc, covariance = delong(x, y)
    assert z.mean(1) == pytest.approx(auc, abs=1e-12)
    for of, c in ((z[0], [1.0, 0.0]), (z[0] - z[1], [1.0, -1.0])):
        squares = np.square(of - of.mean())
        parts = [(y == side).sum() / ((y == side).sum() - 1) * squares[y == side].sum()
                 for side in (0, 1)]  # fmt: skip
        assert sum(parts) / n**2 == pytest.approx(float(np.asarray(c) @ covariance @ c), abs=1e-12)
        # As it is, and as howdeep counts it: within a row of the rarer side.
        rarer = min((y == 0).sum(), (y == 1).sum())
        got, wanted = of.var(ddof=1) / n, float(np.asarray(c) @ covariance @ c)
        assert wanted * (1 - 1 / rarer) - 1e-12 <= got <= wanted * n / (n - 1) + 1e-12


def test_weights_of_whole_numbers_are_copies_of_rows() -> None:
    p, y = drawn(3, 40, 3, grid=1)
    copies = np.random.default_rng(4).integers(1, 4, 40)
    z = auc_contributions(p, y, copies.astype(float))
    repeated = auc_contributions(np.repeat(p, copies, axis=0), np.repeat(y, copies))
    assert z.mean() == pytest.approx(repeated.mean(), abs=1e-12)
    # A row adds what its copies add together.
    d = np.add.reduceat(repeated - repeated.mean(), np.cumsum(copies) - copies) / copies.sum()
    assert (z - z.mean()) / 40 == pytest.approx(d, abs=1e-12)


@pytest.mark.parametrize("pieces", [None, np.arange(30) % 3])
def test_many_nets_are_scored_as_one_by_one(pieces: np.ndarray | None) -> None:
    """To the last bit, so that no verdict depends on which nets are scored together."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 3, 30, 4)).astype(np.float32), rng.integers(0, 4, 30)
    p, w = x.argmax(-1), rng.uniform(0.5, 2, 30)
    z, f1 = auc_contributions(x, y, w, pieces), f1_contributions(p, y, 4, w)
    assert z.shape == f1.shape == (2, 3, 30)
    assert z.dtype == f1.dtype == np.float64
    for i, s in np.ndindex(2, 3):
        assert z[i, s].tolist() == auc_contributions(x[i, s], y, w, pieces).tolist()
        assert f1[i, s].tolist() == f1_contributions(p[i, s], y, 4, w).tolist()


def test_perfect_useless_and_reversed_scores() -> None:
    y = np.array([0, 1, 0, 1, 1])
    assert auc_contributions(two_columns(y * 1.0), y).tolist() == [1.0] * 5
    assert auc_contributions(two_columns(-1.0 * y), y) == pytest.approx(np.zeros(5))
    assert auc_contributions(np.zeros((5, 2)), y) == pytest.approx(np.full(5, 0.5))
    assert auc_contributions(np.zeros((6, 3)), np.arange(6) % 3) == pytest.approx(np.full(6, 0.5))


def test_two_rows() -> None:
    assert auc_contributions(two_columns(np.array([0.1, 0.2])), np.array([0, 1])).tolist() == [1, 1]
    assert auc_contributions(two_columns(np.array([0.2, 0.1])), np.array([0, 1])).tolist() == [0, 0]


def test_a_class_without_rows_is_left_out() -> None:
    p, y = drawn(6, 40, 3)
    four = np.concatenate([p, np.zeros((40, 1))], axis=1)  # nobody is of the fourth
    assert auc_contributions(four, y) == pytest.approx(auc_contributions(p, y), abs=1e-12)
    two = y < 2
    found = auc_contributions(p[two], y[two])
    each = [roc_auc_score(y[two] == c, p[two, c]) for c in (0, 1)]
    assert found.mean() == pytest.approx(np.mean(each), abs=1e-12)


@pytest.mark.parametrize("classes", [2, 3])
def test_where_all_rows_are_of_one_class_nothing_is_ranked(classes: int) -> None:
    y = np.ones(4, dtype=int)
    scores = np.random.default_rng(7).normal(size=(2, 4, classes))
    assert auc_contributions(scores, y).tolist() == [[0.5] * 4] * 2
    assert auc_reach(y, classes).tolist() == [0.0] * 4


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_net_with_a_score_that_is_not_finite_has_none(bad: float) -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(2, 10, 3)), np.arange(10) % 3
    x[1, 4, 0] = bad
    z = auc_contributions(x, y)
    assert np.isnan(z[1]).all()
    assert z[0].tolist() == auc_contributions(x[0], y).tolist()


def test_huge_scores_are_ranked() -> None:
    x = np.array([[-1e308, 1e308], [1e308, -1e308], [0.0, 1.0]])
    assert auc_contributions(x, np.array([1, 0, 1])).tolist() == [1.0, 1.0, 1.0]


def test_log_odds_rank_as_probabilities_and_beyond_them() -> None:
    rng = np.random.default_rng(9)
    logits, y = rng.normal(0, 2, (60, 4)), np.arange(60) % 4
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert np.exp(log_odds(logits)) == pytest.approx(p / (1 - p))
    wanted = roc_auc_score(y, p, multi_class="ovr")
    assert auc_contributions(log_odds(logits), y).mean() == pytest.approx(wanted, abs=1e-12)
    assert auc_contributions(logits, y).mean() != pytest.approx(wanted, abs=1e-6)
    sure = log_odds(np.array([[40.0, 0.0], [50.0, 0.0]]))  # both probabilities round to 1
    assert sure.tolist() == [[40.0, -40.0], [50.0, -50.0]]


def test_pieces_are_ranked_by_themselves_and_count_by_their_pairs() -> None:
    rng = np.random.default_rng(10)
    y = rng.integers(0, 2, 60)
    pieces = np.repeat([0, 1, 2], [10, 20, 30])
    x = rng.normal(size=60) + y
    pairs = [float((y[pieces == p] == 1).sum() * (y[pieces == p] == 0).sum()) for p in range(3)]
    each = [roc_auc_score(y[pieces == p], x[pieces == p]) for p in range(3)]
    z = auc_contributions(two_columns(x), y, pieces=pieces)
    auc = np.average(each, weights=pairs)
    assert z.mean() == pytest.approx(auc, abs=1e-12)
    for p, size in enumerate((10, 20, 30)):  # each speaks for its net, as folds of a seed do
        s = pairs[p] / sum(pairs) * 60 / size
        assert z[pieces == p].mean() == pytest.approx(auc + s * (each[p] - auc), abs=1e-12)
    moved = x * np.array([1.0, 7.0, 0.1])[pieces] + np.array([0.0, -90.0, 5.0])[pieces]
    assert auc_contributions(two_columns(moved), y, pieces=pieces) == pytest.approx(z, abs=1e-12)
    shuffled = rng.permutation(60)
    again = auc_contributions(two_columns(x[shuffled]), y[shuffled], pieces=pieces[shuffled])
    assert again == pytest.approx(z[shuffled], abs=1e-12)
    constant = auc_contributions(np.zeros((60, 2)), y, pieces=pieces)
    assert constant == pytest.approx(np.full(60, 0.5), abs=1e-12)


def test_a_piece_without_a_class_counts_for_nothing() -> None:
    y = np.array([0, 1, 0, 1, 0, 0, 0])
    x = np.array([0.0, 1.0, 1.0, 0.5, 9.0, -9.0, 3.0])
    z = auc_contributions(two_columns(x), y, pieces=np.array([0, 0, 0, 0, 1, 1, 1]))
    alone = auc_contributions(two_columns(x[:4]), y[:4])
    assert z.mean() == pytest.approx(alone.mean())
    assert z[4:] == pytest.approx(np.full(3, alone.mean()))
    never = auc_contributions(two_columns(x), y, pieces=y)  # no piece has both
    assert never.tolist() == [0.5] * 7


def test_reach_is_what_a_row_moves_from_last_to_first() -> None:
    y = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2])
    x = np.random.default_rng(11).normal(size=(9, 2)) * 0.1
    two = np.minimum(y, 1)
    low, high = x.copy(), x.copy()
    low[4], high[4] = (9.0, -9.0), (-9.0, 9.0)
    gain = auc_contributions(high, two).mean() - auc_contributions(low, two).mean()
    assert auc_reach(two, 2)[4] / 9 == pytest.approx(gain)
    reach = auc_reach(y, 3)
    wanted = (9 / np.array([3, 2, 4])[y] + 9 / 6 + 9 / 7 + 9 / 5 - 9 / np.array([6, 7, 5])[y]) / 3
    assert reach == pytest.approx(wanted)
    assert reach.mean() == pytest.approx(2.0)
    assert auc_reach(two, 2, weights=np.full(9, 5.0)) == pytest.approx(auc_reach(two, 2))


def f1_without(p: np.ndarray, y: np.ndarray, i: int, labels: list[int]) -> float:
    keep = np.arange(len(y)) != i
    return float(f1_score(y[keep], p[keep], labels=labels, average="macro", zero_division=0))


@given(st.integers(0, 10**6), st.integers(6, 40), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_f1_is_scikit_learns_and_its_contributions_leave_rows_out(
    seed: int, n: int, classes: int
) -> None:
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.repeat(np.arange(classes), 2), rng.integers(0, classes, n)])[:n]
    y = y if len(np.unique(y)) == classes else np.arange(n) % classes
    p = np.where(rng.random(n) < 0.6, y, rng.integers(0, classes, n))
    labels = list(range(classes))
    f1 = f1_score(y, p, labels=labels, average="macro", zero_division=0)
    z = f1_contributions(p, y, classes)
    assert z.mean() == pytest.approx(f1, abs=1e-12)
    if np.bincount(y).min() > 1:  # else a class is gone with its row
        left = np.array([f1_without(p, y, i, labels) for i in range(n)])
        pseudo = n * f1 - (n - 1) * left
        assert z - z.mean() == pytest.approx(pseudo - pseudo.mean(), abs=1e-10)


def test_f1_with_weights_is_scikit_learns() -> None:
    rng = np.random.default_rng(12)
    y, w = np.arange(60) % 3, rng.integers(0, 4, 60) * 1.0
    p = np.where(rng.random((2, 60)) < 0.6, y, rng.integers(0, 3, (2, 60)))
    z = f1_contributions(p, y, 3, w)
    for i in range(2):
        wanted = f1_score(y, p[i], average="macro", sample_weight=w)
        assert z[i].mean() == pytest.approx(wanted, abs=1e-12)
    assert f1_contributions(p, y, 3, np.ones(60)) == pytest.approx(f1_contributions(p, y, 3))
    assert (z[:, w == 0] - z[:, [int(np.argmin(w))]]).max() == pytest.approx(0, abs=1e-12)


def test_f1_of_classes_that_are_missing_alone_or_never_named() -> None:
    y = np.array([0, 0, 1, 1, 1])
    assert f1_contributions(y, y, 3).tolist() == [1.0] * 5  # class 2 has no rows
    never = np.zeros(5, dtype=int)
    assert f1_contributions(never, y, 2).mean() == pytest.approx((2 * 2 / 7 + 0) / 2)
    other = np.array([0, 2, 1, 1, 1])  # a class that no row is of is a mistake, and no class
    wanted = f1_score(y, other, labels=[0, 1], average="macro")
    assert f1_contributions(other, y, 3).mean() == pytest.approx(wanted)
    alone = f1_contributions(np.array([0, 1]), np.array([0, 1]), 2)
    assert alone.tolist() == [1.0, 1.0]
    one_right = f1_contributions(np.array([0, 0, 0]), np.array([0, 0, 1]), 2)
    assert np.isfinite(one_right).all()


def test_the_bias_that_pseudo_values_correct_is_small() -> None:
    """What the mean of unmoved pseudo-values is off from F1: a hundredth of its deviation."""
    rng = np.random.default_rng(13)
    n, off, spread = 600, [], []
    y = (np.arange(n) < 60).astype(int)
    for _ in range(30):
        p = np.where(rng.random(n) < 0.9, y, 1 - y)
        labels = [0, 1]
        f1 = f1_score(y, p, average="macro")
        left = [f1_without(p, y, i, labels) for i in (0, 599)]
        kinds = f1_contributions(p, y, 2)
        # theta_i of every row from one of them: they differ by their contributions.
        every = left[0] + (kinds[0] - kinds) / (n - 1)
        assert every[599] == pytest.approx(left[1], abs=1e-12)
        off.append((n - 1) * (f1 - every.mean()))
        spread.append(kinds.std(ddof=1) / np.sqrt(n))
    assert np.abs(off).max() < 0.1 * np.mean(spread)
