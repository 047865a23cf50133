"""How the rows that are compared lie: which of them one set of nets scored, and what one counts.

A seed in folds is one net a fold, drawn with a seed of its own, so that a seed's scores in two
folds have nothing in common but the cell. And a row that was never seen may differ by as much as
the metric lets one row differ, however much the rows seen agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PSEUDO = 2  # rows added to each comparison, one that speaks for either side


@dataclass(frozen=True)
class Layout:
    """`folds`: how many rows each fold has, one fold after another; empty: all rows are one's.

    `unit`: by how much one row can differ where a row is right or wrong (its weight); 0 where the
    metric knows no such bound: no row is added then.
    """

    folds: tuple[int, ...] = ()
    unit: float = 0.0

    def slices(self, rows: int) -> list[slice]:
        """The rows of each fold."""
        ends = np.cumsum(self.folds or (rows,)).tolist()
        return [
            slice(end - size, end) for end, size in zip(ends, self.folds or (rows,), strict=True)
        ]

    def shares(self, rows: int) -> Floats:
        """The share of the rows that each fold has (F,)."""
        return np.asarray(self.folds or (rows,), dtype=np.float64) / rows


def means(z: Floats, layout: Layout) -> Floats:
    """Means (..., F) of scores (..., N) over the rows of each fold."""
    parts = [z[..., rows].mean(-1) for rows in layout.slices(z.shape[-1])]
    return np.stack(parts, axis=-1)


def seed_part(by_fold: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """The variance of a seed's mean, and its degrees of freedom, from means (..., n, F).

    s2 = sum_f share_f^2 var_s(r_sf): the folds of a seed are independent, so that each tells of
    n - 1 degrees of freedom by itself; df = s2^2 / sum_f (share_f^2 var_f)^2 / (n-1)
    (F. E. Satterthwaite 1946), n - 1 where there is nothing to see.
    """
    n = by_fold.shape[-2]
    parts = np.square(shares) * np.var(by_fold, axis=-2, ddof=1)  # (..., F)
    total, squares = parts.sum(-1), np.square(parts).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (n - 1) * np.square(total) / squares
    return total, np.where(squares > 0, df, n - 1)


def row_part(k: Floats, layout: Layout) -> tuple[float, Floats]:
    """What `PSEUDO` rows add to the squares of row differences k (..., N), and df of their sum.

    The rows added differ by `unit`. df = 2 N E / (N - E) with E = (sum d^2)^2 / sum d^4 the
    effective number of rows that carry the variance: that of a variance whose kurtosis is N / E
    (N - 1 for normal rows, about twice the discordant rows where these are few).
    """
    d = np.abs(k - k.mean(-1, keepdims=True))
    rows, unit = k.shape[-1], layout.unit
    scale = unit or np.maximum(d.max(-1, keepdims=True), np.finfo(float).tiny)
    d /= scale  # no square overflows or is lost
    d *= d
    more = PSEUDO * (unit > 0)
    squares = d.sum(-1) + more
    d *= d
    effective = np.square(squares) / np.maximum(d.sum(-1) + more, np.finfo(float).tiny)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = 2 * rows * effective / (rows - effective)
    df = np.where(effective < rows, np.minimum(df, rows - 1), rows - 1)
    return PSEUDO * unit**2, np.maximum(df, 1.0)
