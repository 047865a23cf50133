"""Multiple comparisons with the best, on row scores of several cells at several seeds.

Sources. J. C. Hsu (1984), "Constrained simultaneous confidence intervals for multiple comparisons
with the best", Annals of Statistics 12, 1136-1144 (and 1981, ibid. 9, 1026-1034). Variances are
moderated towards their median after G. K. Smyth (2004), "Linear models and empirical Bayes
methods ...", Stat. Appl. Genet. Mol. Biol. 3(1), eq. 7 with a fixed prior df. Degrees of freedom:
F. E. Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

Model of one pair: D[s, i] = z_c[s, i] - z_e[s, i] = mu + seed_s + row_i + rest_si. The mean over n
seeds and N rows has variance var(seed)/n + var(row)/N + var(rest)/(nN): seeds cannot beat the row
floor var(row)/N. Sums avoid BLAS, so that bits do not depend on its number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.stats.dunnett import dunnett_quantile
from howdeep.stats.streams import Stream, blocks

Floats = NDArray[np.float64]
PRIOR_DF = 4  # d0: how many seeds the median variance counts for
FEW_SEEDS = 4  # up to so many, a variance below the median is not believed


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of C cells at n seeds and N rows; every array is (C, C), row minus column.

    `difference`: means m; `seed_variance`: s2, the variance of the seeds' mean differences, which
    holds the rest's var/N; `row_variance`: of the rows' true differences, never negative;
    `rest_variance`: MSR, what neither seed nor row explains.
    """

    seeds: int
    rows: int
    difference: Floats
    seed_variance: Floats
    row_variance: Floats
    rest_variance: Floats


@dataclass(frozen=True, eq=False)
class Widths:
    """What `half_widths` finds for C cells: (C, C) half-widths, variances v and their df."""

    width: Floats
    variance: Floats
    df: Floats


def pairwise(cells: Sequence[Stream]) -> Pairs:
    """Compare row scores of C cells, each (n, N) at the same n seeds and N rows, pair by pair.

    s2 = var(r_s); MSR = sum (D - r - k + m)^2 / ((n-1)(N-1)); row variance = var(k_i) - MSR/n,
    where r_s and k_i are the means of D over rows and over seeds. Needs n >= 2 and N >= 2. A block
    of seeds is in memory at a time.
    """
    n, count = 0, len(cells)
    by_seed, sums, rest = np.zeros((count, 0)), np.zeros((count, 0)), np.zeros((count, count))
    for z in blocks(cells):
        before = _centred(sums, by_seed) if n else None
        own, own_sums = z.mean(2), z.sum(1)  # (C, b), (C, N)
        _add_rest(rest, z, own, own_sums, before, n)
        by_seed = np.concatenate([by_seed, own], axis=1)
        sums = sums + own_sums if n else own_sums
        n += z.shape[1]
    rows = sums.shape[1]
    by_row, mean = sums / n, by_seed.mean(1)
    s2, row, msr = (np.zeros((count, count)) for _ in range(3))
    for c in range(count - 1):
        others = slice(c + 1, None)
        rest_ms = rest[c, others] / ((n - 1) * (rows - 1))
        k = np.var(by_row[others] - by_row[c], axis=1, ddof=1)
        s2[c, others] = s2[others, c] = np.var(by_seed[others] - by_seed[c], axis=1, ddof=1)
        row[c, others] = row[others, c] = np.maximum(k - rest_ms / n, 0.0)
        msr[c, others] = msr[others, c] = rest_ms
    return Pairs(n, rows, mean[:, None] - mean[None, :], s2, row, msr)


def _centred(sums: Floats, by_seed: Floats) -> Floats:
    """Means over seeds (C, N) of what is left of each seed's scores without their mean."""
    centred: Floats = sums / by_seed.shape[1] - by_seed.mean(1)[:, None]
    return centred


def _add_rest(
    rest: Floats, z: Floats, own: Floats, sums: Floats, before: Floats | None, n: int
) -> None:
    """Add a block's sums of squared rests to those of the `n` seeds before; `z` is used up."""
    b = z.shape[1]
    gap = None if before is None else _centred(sums, own) - before
    z -= own[:, :, None]
    z -= (sums / b)[:, None, :]
    z += own.mean(1)[:, None, None]
    for c in range(len(z) - 1):
        others = slice(c + 1, None)
        d = z[others] - z[c]
        rest[c, others] += np.einsum("eni,eni->e", d, d)
        if gap is not None:
            apart = gap[others] - gap[c]
            rest[c, others] += np.einsum("ei,ei->e", apart, apart) * n * b / (n + b)


def median_variance(pairs: Pairs) -> float:
    """s0, the median of s2 over all pairs; 0 for a single cell."""
    upper = np.triu_indices(len(pairs.difference), 1)
    return float(np.median(pairs.seed_variance[upper])) if len(upper[0]) else 0.0


def moderated(pairs: Pairs) -> Floats:
    """s2 drawn towards its median s0: (d0 s0 + (n-1) s2) / (d0 + n-1); with few seeds max(s2, s0).

    A handful of seeds estimates a variance badly; borrowing from the other pairs steadies it,
    and with four seeds or fewer a small variance is not believed at all.
    """
    return drawn(pairs.seed_variance, median_variance(pairs), pairs.seeds)


def drawn(s2: Floats, s0: float, seeds: int | NDArray[np.int64]) -> Floats:
    """Variances s2 of so many seeds, drawn towards s0: one number of seeds, or one for each."""
    towards = (PRIOR_DF * s0 + (seeds - 1) * s2) / (PRIOR_DF + seeds - 1)
    return np.where(np.asarray(seeds) <= FEW_SEEDS, np.maximum(s2, s0), towards)


def half_widths(pairs: Pairs, k: int, alpha: float) -> Widths:
    """w = q(k - 1, df, alpha) sqrt(v) for every pair; `k` counts all cells that may ever compete.

    v = s2~/n + row variance/N; df = v^2 / ((s2~/n)^2 / (n-1+d0)), rounded down (Satterthwaite,
    the row part counted as known).
    """
    n = pairs.seeds
    seed_part = moderated(pairs) / n
    v = seed_part + pairs.row_variance / pairs.rows
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        df = np.floor((n - 1 + PRIOR_DF) * np.square(v / seed_part))
    df = np.where(seed_part > 0, df, np.inf)
    flat = [dunnett_quantile(k - 1, d, alpha) for d in df.ravel()]
    width = np.asarray(flat).reshape(df.shape) * np.sqrt(v)
    np.fill_diagonal(width, 0.0)
    return Widths(width, v, df)
