"""Multiple comparisons with the best, on row scores of several cells at several seeds.

Sources. J. C. Hsu (1984), "Constrained simultaneous confidence intervals for multiple comparisons
with the best", Annals of Statistics 12, 1136-1144 (and 1981, ibid. 9, 1026-1034). Variances are
moderated towards their median after G. K. Smyth (2004), "Linear models and empirical Bayes
methods ...", Stat. Appl. Genet. Mol. Biol. 3(1), eq. 7 with a fixed prior df. Degrees of freedom:
F. E. Satterthwaite (1946), Biometrics Bulletin 2, 110-114. Rows added: A. Agresti and Y. Min
(2005), "Simple improved confidence intervals for comparing matched proportions", Statistics in
Medicine 24, 729-740.

Model of one pair: D[s, i] = z_c[s, i] - z_e[s, i] = mu + seed_sf + row_i + rest_si, f the fold of
row i. The mean over n seeds and N rows has variance var(seed)/n + var(row)/N + var(rest)/(nN):
seeds cannot beat the row floor var(row)/N. Two cells' nets of one seed have weights of their own,
so that var(seed) is the sum of the cells' variances, each told by its own seeds (what they share,
the order of rows, makes the truth a little smaller). Sums avoid BLAS, so that bits do not depend on
its number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from howdeep.stats.dunnett import dunnett_quantile
from howdeep.stats.layout import Layout, means, row_part, seed_part
from howdeep.stats.streams import Stream, blocks

Floats = NDArray[np.float64]
PRIOR_DF = 4  # d0: how many degrees of freedom the median variance counts for, at most
ALONE = 0.1  # a variance that exceeds the median by what one in ten does stands by itself
FEW_DF = 3  # up to so many of its own, a variance below the median is not believed


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of C cells at n seeds and N rows; arrays are (C, C), row minus column.

    `seed_variance` (C,): s2, the variance of the mean score of a cell's seeds, which holds the
    rest's var/N, with `seed_df` (C,). `difference`: means m; `row_variance`: of the rows' true
    differences, with those of the rows added; `rest_variance`: MSR, what neither seed nor row
    explains; `row_total`: of the rows' mean differences, rows added and rest included, with
    `row_df`; `by_fold` (C, n, F): the mean score of each net.
    """

    seeds: int
    rows: int
    difference: Floats
    seed_variance: Floats
    seed_df: Floats
    row_variance: Floats
    rest_variance: Floats
    row_total: Floats
    row_df: Floats
    by_fold: Floats


@dataclass(frozen=True, eq=False)
class Widths:
    """What `half_widths` finds for C cells: (C, C) half-widths, variances v and their df.

    `width` bounds one side of every difference with a cell, `both` its two sides; `seed_share`: the
    part of v that more seeds would make smaller.
    """

    width: Floats
    both: Floats
    variance: Floats
    df: Floats
    seed_share: Floats


def pairwise(cells: Sequence[Stream], layout: Layout | None = None) -> Pairs:
    """Compare row scores of C cells, each (n, N) at the same n seeds and N rows, pair by pair.

    s2 is that of `layout.seed_part`. With r_sf and k_i the means of D over a fold's rows and over
    seeds, and m_f those of both: MSR = sum (D - r_sf - k + m_f)^2 / ((n-1)(N-F)); row variance
    = max(var(k_i) - MSR/n, 0) + 2 u^2 / N, the last of two rows that differ by u = `layout.unit`
    and were not seen. Needs n >= 2 and more rows than folds. A block of seeds is in memory at a
    time.
    """
    layout = layout or Layout()
    n, count = 0, len(cells)
    by_fold, sums, rest = np.zeros((count, 0, 0)), np.zeros((count, 0)), np.zeros((count, count))
    for z in blocks(cells):
        before = _centred(sums, by_fold, layout) if n else None
        own, own_sums = means(z, layout), z.sum(1)  # (C, b, F), (C, N)
        _add_rest(rest, z, own, own_sums, before, n, layout)
        by_fold = np.concatenate([by_fold, own], axis=1) if n else own
        sums = sums + own_sums if n else own_sums
        n += z.shape[1]
    rows = sums.shape[1]
    shares = layout.shares(rows)
    by_row, mean = sums / n, (by_fold.mean(1) * shares).sum(-1)
    s2, seed_df = seed_part(by_fold, shares)
    row, msr, total, row_df = (np.zeros((count, count)) for _ in range(4))
    for c in range(count - 1):
        others = slice(c + 1, None)
        rest_ms = rest[c, others] / ((n - 1) * (rows - len(shares)))
        k = by_row[others] - by_row[c]
        var_k = np.var(k, axis=1, ddof=1)
        added, own_df = row_part(k, layout)
        for array, value in (
            (row, np.maximum(var_k - rest_ms / n, 0.0) + added / rows),
            (msr, rest_ms),
            (total, var_k + added / rows),
            (row_df, own_df),
        ):
            array[c, others] = array[others, c] = value
    return Pairs(
        n, rows, mean[:, None] - mean[None, :], s2, seed_df, row, msr, total, row_df, by_fold
    )


def _centred(sums: Floats, by_fold: Floats, layout: Layout) -> Floats:
    """Means over seeds (C, N) of what is left of each seed's scores without their fold's mean."""
    centred: Floats = sums / by_fold.shape[1]
    for f, rows in enumerate(layout.slices(sums.shape[1])):
        centred[:, rows] -= by_fold[:, :, f].mean(1)[:, None]
    return centred


def _add_rest(
    rest: Floats,
    z: Floats,
    own: Floats,
    sums: Floats,
    before: Floats | None,
    n: int,
    layout: Layout,
) -> None:
    """Add a block's sums of squared rests to those of the `n` seeds before; `z` is used up."""
    b = z.shape[1]
    gap = None if before is None else _centred(sums, own, layout) - before
    for f, rows in enumerate(layout.slices(z.shape[2])):
        z[:, :, rows] -= own[:, :, f, None]
        z[:, :, rows] += own[:, :, f].mean(1)[:, None, None]
    z -= (sums / b)[:, None, :]
    for c in range(len(z) - 1):
        others = slice(c + 1, None)
        d = z[others] - z[c]
        rest[c, others] += np.einsum("eni,eni->e", d, d)
        if gap is not None:
            apart = gap[others] - gap[c]
            rest[c, others] += np.einsum("ei,ei->e", apart, apart) * n * b / (n + b)


def median_variance(pairs: Pairs) -> float:
    """s0, the median of s2 over all cells."""
    return float(np.median(pairs.seed_variance))


def prior_df(cells: int) -> int:
    """For how many degrees of freedom the median of so many cells counts.

    A pair has nothing to borrow but from the other cells: of two there are none, and six or more
    lend as much as is ever borrowed.

    >>> [prior_df(cells) for cells in (1, 2, 3, 5, 6, 13)]
    [0, 0, 1, 3, 4, 4]
    """
    return min(max(cells - 2, 0), PRIOR_DF)


def moderated(pairs: Pairs) -> tuple[Floats, Floats]:
    """s2 (C,) drawn towards its median (`drawn`), with its degrees of freedom."""
    prior = prior_df(len(pairs.difference))
    return drawn(pairs.seed_variance, pairs.seed_df, median_variance(pairs), prior)


def drawn(s2: Floats, df: Floats, s0: float, prior: int) -> tuple[Floats, Floats]:
    """Variances s2~ of so many degrees of freedom, drawn towards s0, and their df.

    A handful of seeds estimates a variance badly: it is (d0 s0 + df s2) / (d0 + df), with d0 + df
    degrees of freedom; with three of its own or fewer one below s0 is not believed at all. But
    cells do not all vary alike, and one that varies most would be called the best too often: a
    variance so far above s0 that chance would seldom bring it there (`ALONE`) is taken as it is,
    with its own degrees of freedom.
    """
    if not prior:
        return s2, df
    towards = (prior * s0 + df * s2) / (prior + df)
    towards = np.where(df <= FEW_DF, np.maximum(s2, s0), towards)
    alone = s2 > s0 * special.chdtri(df, ALONE) / df
    return np.where(alone, s2, towards), np.where(alone, df, df + prior)


def half_widths(
    pairs: Pairs, k: int, alpha: float, shared: tuple[Floats, Floats] | None = None
) -> Widths:
    """w = q(k - 1, df, alpha) sqrt(v) for every pair; `k` counts all cells that may ever compete.

    v = (s2~_c + s2~_e)/n + t_c + t_e + row variance/N; df = v^2 / (sum of the parts' squares, each
    over its own df; of the rows (row total/N)^2 / df), rounded down (Satterthwaite). `shared`: t
    (C,) with its df (C,), the variance of a cell's mean that all of its seeds share; it never makes
    w smaller, as its df could next to few seeds. Two sides take q at alpha / 2, which bounds them
    both (C. Bonferroni).
    """
    s2, seed_df = moderated(pairs)
    seed, row = s2 / pairs.seeds, pairs.row_total / pairs.rows
    v = seed[:, None] + seed + pairs.row_variance / pairs.rows
    parts = [(seed[:, None], seed_df[:, None]), (seed, seed_df), (row, pairs.row_df)]
    df = satterthwaite(v, *parts)
    every = [(v, df)]
    if shared is not None:
        t, own = shared
        v = v + t[:, None] + t
        df = satterthwaite(v, *parts, (t[:, None], own[:, None]), (t, own))
        every.append((v, df))
    width, both = (
        np.max([_times(k, own, a) * np.sqrt(part) for part, own in every], axis=0)
        for a in (alpha, alpha / 2)
    )
    for each in (width, both):
        np.fill_diagonal(each, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(v > 0, (seed[:, None] + seed) / v, 0.0)
    return Widths(width, both, v, df, share)


def _times(k: int, df: Floats, alpha: float) -> Floats:
    """How many standard errors bound the k - 1 comparisons with one cell, for each df."""
    flat = [dunnett_quantile(k - 1, d, alpha) for d in df.ravel()]
    return np.asarray(flat).reshape(df.shape)


def satterthwaite(v: Floats, *parts: tuple[Floats, Floats]) -> Floats:
    """Degrees of freedom of variances v made of parts with their own, rounded down, at least 1."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shares = sum(np.square(part) / own for part, own in parts)
        df = np.floor(np.square(v) / shares)
    return np.where(shares > 0, np.maximum(df, 1.0), np.inf)
