"""How one column becomes numbers a net can learn from: fitted here, on training rows.

A `Number` gives a base column (ranks mapped to a normal, or the standardised value), an indicator
of missing cells and a piecewise-linear encoding; a `Category` gives one-hot columns. What is
fitted, and how it is applied to any rows, is in `fitted`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.data.distinct import different
from howdeep.modalities.table.fitted import (
    Base,
    Block,
    Category,
    Floats,
    Number,
    in_units,
    one_hot,
    piecewise_linear,
)
from howdeep.modalities.table.levels import kept as kept_levels

STANDARD_CLIP = 10.0  # of a column of two values in the table encoding
DOMINANT = 0.5  # a value held by more than this share of rows would take most bins' edges
TAIL_ROWS = 20  # training rows for each edge among the other values
MIN_SPREAD = 0.1  # keeps a cell seen in one row of ten thousand from becoming a hundred
BIG_EXPONENT = 300  # powers of two beyond which squares could overflow


# ---- blocks -------------------------------------------------------------------------------------
def fit_block(columns: Floats) -> Block:
    """Means and common spread sqrt(sum of variances) of `columns` (n, T): total variance 1."""
    spread = float(np.sqrt(columns.var(axis=0).sum()))
    return Block(tuple(columns.mean(axis=0).tolist()), max(spread, MIN_SPREAD))


# ---- pieces of a numeric column -----------------------------------------------------------------
def exponent_of(values: Floats) -> int:
    """The power of two to divide finite `values` by: 0 unless squares would overflow or vanish."""
    exponent = int(np.frexp(np.abs(values).max(initial=0.0))[1])
    return exponent if abs(exponent) > BIG_EXPONENT else 0


def fit_ranks(values: Floats, quantiles: int) -> tuple[Floats, Floats]:
    """Distinct training quantiles and their mid-ranks (share below + half the share of ties).

    A tied value gets the middle of its ranks, not an end of them, so that the lowest value of a
    column of ties is not taken for an outlier.

    >>> fit_ranks(np.array([0.0, 0.0, 1.0, 1.0]), 2)
    (array([0., 1.]), array([0.25, 0.75]))
    """
    knots = np.unique(np.quantile(values, np.linspace(0.0, 1.0, quantiles)))
    ordered = np.sort(values)
    below, upto = np.searchsorted(ordered, knots, "left"), np.searchsorted(ordered, knots, "right")
    return knots, (below + upto) / (2.0 * len(values))


def bin_edges(values: Floats, bins: int) -> Floats:
    """Edges b_0 < ... < b_T of at most `bins` bins: all values when few, else quantiles.

    Where one value holds more than half of the rows (no gain, no purchase), the quantiles are
    those of the other rows: else most edges would fall on that value and the tail, which is all
    that such a column has to say, would share one bin.

    >>> bin_edges(np.array([0.0, 0.0, 1.0, 3.0]), 16)
    array([0., 1., 3.])
    >>> bin_edges(np.concatenate([np.zeros(900), np.arange(1.0, 101.0)]), 4)
    array([  0.,   1.,  34.,  67., 100.])
    """
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= bins + 1:
        return distinct
    top = int(counts.argmax())
    if counts[top] <= DOMINANT * len(values):
        return np.unique(np.quantile(values, np.linspace(0.0, 1.0, bins + 1)))
    others = values[values != distinct[top]]
    points = min(bins, max(2, len(others) // TAIL_ROWS))
    edges = np.quantile(others, np.linspace(0.0, 1.0, points))
    return np.unique(np.append(edges, distinct[top]))


# ---- a numeric column ---------------------------------------------------------------------------
def fit_number(
    name: str,
    index: int,
    cells: Floats,
    *,
    plain: bool,
    bins: int,
    quantiles: int,
    beyond: bool = False,
) -> Number | None:
    """Fit a column on its training `cells` (n,); None where they are all the same.

    `plain`: standardised without clipping (the linear encoding). Otherwise ranks are mapped to a
    normal; two values are standardised, since their ranks say nothing more. `beyond`: new
    values may lie beyond these, by as far as they reach: standardised, without an edge.
    """
    gone = ~np.isfinite(cells)
    seen = cells[~gone]
    missing = fit_block(gone[:, None].astype(np.float64)) if 0 < gone.sum() < len(gone) else None
    if not len(seen):
        return None
    exponent = exponent_of(seen)
    seen = in_units(seen, exponent)
    low, high, fill = float(seen.min()), float(seen.max()), float(np.median(seen))
    if low == high:
        alone = Number(name, index, "none", low, high, fill, exponent, missing=missing)
        return alone if missing else None
    reach = high - low if beyond else 0.0
    base: Base = "standard" if plain or beyond or different(seen) == 2 else "ranks"
    knots, ranks = fit_ranks(seen, quantiles) if base == "ranks" else (np.empty(0), np.empty(0))
    filled = np.where(gone, fill, in_units(cells, exponent))
    away = filled - fill  # small differences from a large value keep their digits
    edges = bin_edges(seen, bins) if bins else np.empty(0)
    useful = len(edges) > 2  # a single bin repeats the base column
    return Number(
        name=name,
        index=index,
        base=base,
        low=low - reach,
        high=high + reach,
        fill=fill,
        exponent=exponent,
        knots=tuple(knots.tolist()),
        ranks=tuple(ranks.tolist()),
        centre=float(away.mean()),
        spread=float(away.std()) or 1.0,
        clip=None if plain or beyond else STANDARD_CLIP,
        missing=missing,
        edges=tuple(edges.tolist()) if useful else (),
        bins=fit_block(piecewise_linear(filled, edges)) if useful else Block(),
    )


def fit_alike(names: tuple[str, ...], cells: Floats) -> tuple[Number, ...]:
    """Columns (n, p) of one unit, with one mean and one spread over all; every column is kept.

    Signals and pixels: their scale relative to each other is information, and so is their order.
    Missing cells become the mean.
    """
    seen = cells[np.isfinite(cells)]
    if not len(seen):
        return ()
    exponent = exponent_of(seen)
    seen = in_units(seen, exponent)
    low, high, fill = float(seen.min()), float(seen.max()), float(seen.mean())
    if low == high:
        return ()
    fill = min(max(fill, low), high)  # rounding
    spread = float((seen - fill).std()) or 1.0
    return tuple(
        Number(name, j, "standard", low, high, fill, exponent, spread=spread)
        for j, name in enumerate(names)
    )


# ---- a categorical column -----------------------------------------------------------------------
def fit_category(
    name: str,
    index: int,
    codes: NDArray[np.int64],
    levels: tuple[str, ...],
    target: Floats | None = None,
) -> Category | None:
    """Fit a column on its training `codes` (n,), -1 = missing; None where all are the same.

    `target` (n, k): what rare levels are asked about (`levels.kept`).
    """
    kept = kept_levels(codes, target)
    missing = bool((codes < 0).any())
    if len(kept) + missing < 2:
        return None
    hot = one_hot(codes, kept, missing)
    return Category(name, index, kept, tuple(levels[c] for c in kept), missing, fit_block(hot))
