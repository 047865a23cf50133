"""Several cells against one thing without seeds, on the same rows: is any of them better at all?

D[s, i] = z_c[s, i] - o[i] = mu + seed_s + row_i + rest_si, as in `mcb`, but that nothing is paired
over seeds: the variance over seeds is the cell's own. All cells share the rows of `o`, and differ
from it on much the same rows, so that their estimates are mostly correlated by more than the 1/2 of
Dunnett (1955, JASA 50, 1096-1121). The correlation is estimated, and the quantile is his at its
mean over all pairs (Y. Hochberg and A. C. Tamhane 1987, Multiple Comparison Procedures, p. 146).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.stats.dunnett import HIGHEST_RHO, dunnett_quantile
from howdeep.stats.layout import row_part
from howdeep.stats.mcb import drawn, prior_df, satterthwaite
from howdeep.stats.streams import Summary

Floats = NDArray[np.float64]
RHO_STEP = 0.05  # correlations are rounded down to multiples of it, so that quantiles are few


@dataclass(frozen=True, eq=False)
class Against:
    """What `against` finds for C cells: (C,) mean differences, half-widths and parts of v.

    `seed_part` is s2~/n, `row_part` the row variance over N; `rho` the correlation counted with.
    """

    difference: Floats
    width: Floats
    seed_part: Floats
    row_part: Floats
    rho: float


def against(
    cells: Sequence[Summary],
    one: Floats,
    k: int,
    alpha: float,
    shared: tuple[Floats, Floats] | None = None,
) -> Against:
    """Compare C cells, each of two seeds or more, with the rows `one` (N,), N >= 2.

    v = s2~/n + (max(var(k_i) - MSR/n, 0) + 2 u^2 / N)/N, the last of the rows added
    (`layout.row_part`), with s2 drawn up towards the cells' median as in `mcb.moderated` (their
    seeds are their own: C - 1 of them to borrow from); df after Satterthwaite as in
    `mcb.half_widths`, whose `shared` variance is added likewise; w = q(k, df, alpha; rho) sqrt(v).
    `k` counts all cells that may ever be compared. Lower ends hold for all cells together with
    probability 1 - alpha, and so, by themselves, do upper ends.
    """
    layout = cells[0].layout
    seeds = np.asarray([len(of.by_seed) for of in cells])
    rows = np.stack([of.by_row - one for of in cells])
    mean, count = rows.mean(1), rows.shape[1]
    added, row_df = row_part(rows, layout)
    rows -= mean[:, None]
    s2, own_df = (np.asarray(part) for part in zip(*(of.seed_part for of in cells), strict=True))
    s2, seed_df = drawn(s2, own_df, float(np.median(s2)), prior_df(len(cells) + 1))
    seed = s2 / seeds
    rest = np.asarray([of.rest for of in cells]) / seeds
    spread = np.einsum("ci,ci->c", rows, rows) / (count - 1)
    row = (np.maximum(spread - rest, 0.0) + added / count) / count
    parts = [(seed, seed_df), ((spread + added / count) / count, row_df)]
    every = [(seed + row, satterthwaite(seed + row, *parts))]
    if shared is not None:
        v = seed + row + shared[0]
        every.append((v, satterthwaite(v, *parts, shared)))
    rho = _correlation(rows, every[-1][0] * count * (count - 1))
    widths = [
        np.asarray([dunnett_quantile(k, d, alpha, rho) for d in df]) * np.sqrt(v) for v, df in every
    ]
    return Against(mean, np.max(widths, axis=0), seed, row, rho)


def _correlation(rows: Floats, total: Floats) -> float:
    """The mean correlation of the cells' estimates, rounded down; seeds have nothing in common.

    `rows` (C, N) are centred, `total` (C,) the variances of the estimates in the same units.
    """
    pairs = [
        float(np.einsum("i,i->", rows[c], rows[e])) / float(np.sqrt(total[c] * total[e]))
        for c in range(len(rows))
        for e in range(c)
        if total[c] * total[e] > 0
    ]
    mean = float(np.mean(pairs)) if pairs else 0.0
    steps = int(min(max(mean, 0.0), HIGHEST_RHO) / RHO_STEP + 1e-9)
    return round(steps * RHO_STEP, 2)
