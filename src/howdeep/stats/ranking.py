"""ROC AUC and F1 row by row, though neither is a mean of scores that a row has by itself.

A comparison needs one number a row whose mean over rows is the metric and whose spread is the
metric's (docs/decision.md, "Rows"). Both are a sum of what each row adds to first order.

AUC. Of two sides with m and k rows a row's *placement* is the share of the other side that it
beats, ties half. The mean placement of either side is the AUC A, and with row contributions
A + (N / n_side)(placement - A) the variance over rows, over N, is S10 / m + S01 / k of E. R.
DeLong, D. M. DeLong and D. L. Clarke-Pearson (1988), "Comparing the areas under two or more
correlated receiver operating characteristic curves", Biometrics 44, 837-845, but for m instead of
m - 1.

F1. Contributions are pseudo-values of the jackknife (J. W. Tukey 1958; B. Efron and R. Tibshirani
1993, An Introduction to the Bootstrap, ch. 11), moved by one constant so that their mean is F1.

What was simulated to choose between ways: docs/notes/ranking.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]
Places = NDArray[np.int64]
GUESS = 0.5  # the AUC of scores that say nothing
NOTHING_LEFT = 1e-12  # of a sum of weights: without the row there is no F1


def log_odds(logits: NDArray[np.floating]) -> Floats:
    """Log odds (..., n, C) of each class against the rest, from logits (..., n, C), C >= 2.

    They rank rows as the classes' probabilities do, and go on where a probability rounds to 1.

    >>> log_odds(np.array([[0.0, 0.0, 40.0]])).round(3).tolist()
    [[-40.0, -40.0, 39.307]]
    """
    x = np.asarray(logits, dtype=np.float64)
    out = np.empty(x.shape)
    for c in range(x.shape[-1]):
        rest = np.delete(x, c, axis=-1)
        top = rest.max(-1, keepdims=True)
        out[..., c] = x[..., c] - top[..., 0] - np.log(np.exp(rest - top).sum(-1))
    return out


def auc_contributions(
    scores: NDArray[np.floating],
    target: Integers,
    weights: Floats | None = None,
    pieces: Integers | None = None,
) -> Floats:
    """What each row adds to the ROC AUC: (..., n), whose mean over rows is the AUC.

    `scores` (..., n, C): of two classes their difference ranks the rows (logits or
    probabilities), of more classes each one's column does: give probabilities or `log_odds`, for
    logits rank otherwise. `target` (n,): class numbers. With more than two classes it is the mean
    over one class against the rest, of all classes that have rows, and rows against them:
    scikit-learn's `roc_auc_score(..., multi_class="ovr", average="macro")`. Where no class has
    (all rows are of one), nothing is ranked, and every row adds 0.5, as guessing does.

    `weights` (n,): a pair of rows counts the product of its weights. `pieces` (n,): rows of
    different numbers were scored by different nets, and are never ranked against each other; the
    AUC A is then the share of the pairs within pieces that are ranked right, and the rows of a
    piece with the AUC A_p and s times its rows' share of the pairs have the mean A + s (A_p - A).
    A net with a score that is not finite has nan in every row.

    >>> scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> auc_contributions(scores, np.array([0, 1, 1, 0])).tolist()
    [1.0, 1.0, 1.0, 1.0]
    >>> auc_contributions(scores, np.array([0, 1, 0, 1])).tolist()
    [1.25, 1.25, 0.25, 0.25]
    """
    x, y = np.asarray(scores, dtype=np.float64), np.asarray(target)
    finite = np.asarray(np.isfinite(x).all((-2, -1)))
    x = np.where(finite[..., None, None], x, 0.0)
    found: list[Floats] = []
    for c, reach in _problems(y, x.shape[-1], weights, pieces):
        with np.errstate(over="ignore"):
            column = x[..., 1] - x[..., 0] if x.shape[-1] == 2 else x[..., c]
        placed = np.full(column.shape, GUESS)
        for rows in _pieces(pieces, len(y)):
            w = None if weights is None else weights[rows]
            placed[..., rows] = _placements(column[..., rows], y[rows] == c, w)
        auc = (placed * reach).mean(-1, keepdims=True) / 2  # a pair speaks in both of its rows
        moved = reach * (placed - auc)
        for rows in _pieces(pieces, len(y)):  # and so would a piece, twice for the net that it had
            own = np.ascontiguousarray(moved[..., rows])  # else sums depend on how many nets
            moved[..., rows] -= own.mean(-1, keepdims=True) / 2
        found.append(auc + moved)
    out = np.mean(found, axis=0) if found else np.full(x.shape[:-1], GUESS)
    out[~finite] = np.nan
    return out


def auc_reach(
    target: Integers,
    classes: int,
    weights: Floats | None = None,
    pieces: Integers | None = None,
) -> Floats:
    """By how much a row (n,) moves the sum of contributions when it beats all others, not none.

    N / n_side of two classes, the mean over one class against the rest of more: what a row weight
    is to accuracy. Zeros where nothing is ranked.

    >>> auc_reach(np.array([0, 0, 0, 1]), 2).round(3).tolist()
    [1.333, 1.333, 1.333, 4.0]
    """
    every = [reach for _, reach in _problems(np.asarray(target), classes, weights, pieces)]
    return np.mean(every, axis=0) if every else np.zeros(len(target))


def _problems(
    y: Integers, classes: int, weights: Floats | None, pieces: Integers | None
) -> Iterator[tuple[int, Floats]]:
    """Each class that can be ranked against the rest (of two classes the second), and its reach.

    The reach (n,) of a row is N times its share of all pairs that are compared.
    """
    for c in (1,) if classes == 2 else range(classes):
        pairs, positive = np.zeros(len(y)), y == c
        for rows in _pieces(pieces, len(y)):
            own = np.ones(int(rows.sum())) if weights is None else weights[rows]
            up, down = own[positive[rows]].sum(), own[~positive[rows]].sum()
            pairs[rows] = own * np.where(positive[rows], down, up)
        total = pairs[positive].sum()
        if total > 0:
            yield c, pairs * (len(y) / total)


def _pieces(pieces: Integers | None, n: int) -> Iterator[NDArray[np.bool_]]:
    """Masks (n,) of the rows of each piece."""
    if pieces is None:
        yield np.ones(n, dtype=bool)
        return
    for piece in np.unique(pieces):
        yield pieces == piece


def _placements(x: Floats, positive: NDArray[np.bool_], weights: Floats | None) -> Floats:
    """The share (..., n) of the other side's weight that each row beats, ties half.

    A row of the upper side beats what lies below it, one of the lower side what lies above.
    """
    w = np.ones(x.shape[-1]) if weights is None else weights
    sides = np.where(positive, w, 0.0), np.where(positive, 0.0, w)
    if not sides[0].any() or not sides[1].any():
        return np.full(x.shape, GUESS)
    order = np.argsort(x, axis=-1)
    runs = _ties(np.take_along_axis(x, order, -1))
    upper, lower = (_below(side[order], runs) / side.sum() for side in sides)
    out = np.empty(x.shape)
    np.put_along_axis(out, order, np.where(positive[order], lower, 1 - upper), -1)
    return out


def _ties(ranked: Floats) -> tuple[Places, Places] | None:
    """Where the run of equal values that holds each sorted value begins and ends; `None`: no ties.

    >>> first, end = _ties(np.array([1.0, 2.0, 2.0, 3.0])) or ()
    >>> first.tolist(), end.tolist()
    ([0, 1, 1, 3], [1, 3, 3, 4])
    """
    n = ranked.shape[-1]
    new = np.ones((*ranked.shape[:-1], n + 1), dtype=bool)
    np.not_equal(ranked[..., 1:], ranked[..., :-1], out=new[..., 1:-1])
    if new.all():
        return None
    at = np.arange(n)
    first = np.maximum.accumulate(np.where(new[..., :-1], at, 0), axis=-1)
    back = np.where(new[..., 1:], at + 1, n)[..., ::-1]
    return first, np.minimum.accumulate(back, axis=-1)[..., ::-1]


def _below(weights: Floats, runs: tuple[Places, Places] | None) -> Floats:
    """Sums of the sorted rows' weights before each run of ties, and of half of those inside it."""
    total = np.zeros((*weights.shape[:-1], weights.shape[-1] + 1))
    np.cumsum(weights, axis=-1, out=total[..., 1:])
    if runs is None:
        return (total[..., :-1] + total[..., 1:]) / 2
    first, end = (np.take_along_axis(total, run, -1) for run in runs)
    return (first + end) / 2


def f1_contributions(
    predicted: Integers, target: Integers, classes: int, weights: Floats | None = None
) -> Floats:
    """What each row adds to F1, the mean over classes: (..., n), whose mean over rows is F1.

    `predicted` (..., n) and `target` (n,): class numbers. The mean is over the classes that
    `target` has: scikit-learn's `f1_score(..., labels=np.unique(target), average="macro")`. F1
    without a row, theta_i, follows from the counts of right, true and predicted rows; the row adds
    theta + (n - 1)(mean of theta_i - theta_i), its jackknife pseudo-value less the bias that these
    correct. Where a class is that row alone, its F1 stays as it is. Predictions for rows that were
    scored in pieces are given together: the mean of the pieces' F1 is not F1 of the whole.

    >>> f1_contributions(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]), 2).round(3).tolist()
    [1.583, -0.217, 0.783, 0.783]
    """
    p, y = np.asarray(predicted), np.asarray(target)
    n, w = len(y), np.ones(len(y)) if weights is None else weights
    f1, without = np.zeros(p.shape[:-1]), np.zeros(p.shape)
    present = np.unique(y[w > 0])
    for c in present[present < classes]:
        true, said = w * (y == c), w * (p == c)
        hit = np.where(y == c, said, 0.0)
        right, both = (part.sum(-1, keepdims=True) for part in (hit, true + said))
        own = 2 * right / both
        left = both - true - said
        kept = left > NOTHING_LEFT * both
        without += np.where(kept, 2 * (right - hit) / np.where(kept, left, 1.0), own)
        f1 += own[..., 0]
    f1, without = f1 / max(len(present), 1), without / max(len(present), 1)
    return f1[..., None] + (n - 1) * (without.mean(-1, keepdims=True) - without)
