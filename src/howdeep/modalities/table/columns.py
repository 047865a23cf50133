"""How one column becomes numbers a net can learn from: fitted here, on training rows.

A `Number` gives a base column (ranks mapped to a normal, or the standardised value), an indicator
of missing cells and a piecewise-linear encoding; a `Category` gives one-hot columns. What is
fitted, and how it is applied to any rows, is in `fitted`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

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
AT_ONCE = 2_048  # rows, whose columns stay in the cache


# ---- blocks -------------------------------------------------------------------------------------
def fit_block(columns: Floats) -> Block:
    """Means and common spread sqrt(sum of variances) of `columns` (n, T): total variance 1."""
    spread = float(np.sqrt(columns.var(axis=0).sum()))
    return Block(tuple(columns.mean(axis=0).tolist()), max(spread, MIN_SPREAD))


def fit_made(make: Callable[[slice], Floats], n: int, width: int) -> Block:
    """`fit_block`, bit by bit, of columns (n, width) that `make` gives some rows of at a time.

    numpy adds the rows of several columns one after another, so that the sums of some rows can be
    gone on with; a single column it adds in pairs, and that is made whole.
    """
    if width < 2 or n <= AT_ONCE:
        return fit_block(make(slice(0, n)))
    mean = _added(make, n, width) / n
    variance = _added(lambda rows: np.square(make(rows) - mean), n, width) / n
    return Block(tuple(mean.tolist()), max(float(np.sqrt(variance.sum())), MIN_SPREAD))


def _added(make: Callable[[slice], Floats], n: int, width: int) -> Floats:
    """Sums over all rows (width,)."""
    rows = np.zeros((AT_ONCE + 1, width))  # the first: the sums of those before
    for start in range(0, n, AT_ONCE):
        stop = min(start + AT_ONCE, n)
        rows[1 : stop - start + 1] = make(slice(start, stop))
        rows[0] = rows[: stop - start + 1].sum(axis=0)
    return rows[0]


# ---- pieces of a numeric column -----------------------------------------------------------------
def exponent_of(values: Floats) -> int:
    """The power of two to divide finite `values` by: 0 unless squares would overflow or vanish."""
    exponent = int(np.frexp(np.abs(values).max(initial=0.0))[1])
    return exponent if abs(exponent) > BIG_EXPONENT else 0


def quantiles_of(ordered: Floats, count: int) -> Floats:
    """`count` evenly spaced quantiles, the bits of `numpy.quantile`, of numbers in their order.

    >>> quantiles_of(np.array([0.0, 1.0, 4.0]), 5)
    array([0. , 0.5, 1. , 2.5, 4. ])
    """
    place = (len(ordered) - 1) * np.linspace(0.0, 1.0, count)
    below = np.floor(place).astype(np.int64)
    share = place - below
    low, high = ordered[below], ordered[np.minimum(below + 1, len(ordered) - 1)]
    apart = high - low
    out: Floats = np.where(share < 0.5, low + apart * share, high - apart * (1 - share))
    return out


def fit_ranks(ordered: Floats, quantiles: int) -> tuple[Floats, Floats]:
    """Distinct quantiles of ordered values, with their mid-ranks: below, and half of the ties.

    A tied value gets the middle of its ranks, not an end of them, so that the lowest value of a
    column of ties is not taken for an outlier.

    >>> fit_ranks(np.array([0.0, 0.0, 1.0, 1.0]), 2)
    (array([0., 1.]), array([0.25, 0.75]))
    """
    knots = np.unique(quantiles_of(ordered, quantiles))
    below, upto = np.searchsorted(ordered, knots, "left"), np.searchsorted(ordered, knots, "right")
    return knots, (below + upto) / (2.0 * len(ordered))


def bin_edges(ordered: Floats, bins: int) -> Floats:
    """Edges b_0 < ... < b_T of at most `bins` bins: all values when few, else quantiles.

    Where one value holds more than half of the rows (no gain, no purchase), the quantiles are
    those of the other rows: else most edges would fall on that value and the tail, which is all
    that such a column has to say, would share one bin. The values come in their order.

    >>> bin_edges(np.array([0.0, 0.0, 1.0, 3.0]), 16)
    array([0., 1., 3.])
    >>> bin_edges(np.concatenate([np.zeros(900), np.arange(1.0, 101.0)]), 4)
    array([  0.,   1.,  34.,  67., 100.])
    """
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    if len(begins) <= bins + 1:
        return ordered[begins]
    counts = np.diff(np.append(begins, len(ordered)))
    top = int(counts.argmax())
    if counts[top] <= DOMINANT * len(ordered):
        return np.unique(quantiles_of(ordered, bins + 1))
    start = int(begins[top])
    others = np.delete(ordered, slice(start, start + int(counts[top])))
    points = min(bins, max(2, len(others) // TAIL_ROWS))
    return np.unique(np.append(quantiles_of(others, points), ordered[start]))


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
    sketch: bool = False,
) -> Number | None:
    """Fit a column on its training `cells` (n,); None where they are all the same.

    `plain`: standardised without clipping (the linear encoding). Otherwise ranks are mapped to a
    normal; two values are standardised, since their ranks say nothing more. `beyond`: new
    values may lie beyond these, by as far as they reach: standardised, without an edge.
    `sketch`: only how many columns it becomes need be right, not what is in them.
    """
    gone = ~np.isfinite(cells)
    seen = cells[~gone]
    missing = fit_block(gone[:, None].astype(np.float64)) if 0 < gone.sum() < len(gone) else None
    if not len(seen):
        return None
    exponent = exponent_of(seen)
    ordered = np.sort(in_units(seen, exponent))
    low, high, fill = float(ordered[0]), float(ordered[-1]), _median(ordered)
    if low == high:
        alone = Number(name, index, "none", low, high, fill, exponent, missing=missing)
        return alone if missing else None
    reach = high - low if beyond else 0.0
    base: Base = "standard" if plain or beyond or _are_two(ordered) else "ranks"
    edges = bin_edges(ordered, bins) if bins else np.empty(0)
    useful = len(edges) > 2  # a single bin repeats the base column
    if sketch:
        within = tuple(edges.tolist()) if useful else ()
        return Number(name, index, base, low, high, fill, missing=missing, edges=within)
    knots, ranks = fit_ranks(ordered, quantiles) if base == "ranks" else (np.empty(0), np.empty(0))
    del ordered, seen
    filled = np.where(gone, fill, in_units(cells, exponent))
    away = filled - fill  # small differences from a large value keep their digits
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
        bins=_fit_bins(filled, edges) if useful else Block(),
    )


def _median(ordered: Floats) -> float:
    middle = (len(ordered) - 1) // 2, len(ordered) // 2
    return float(ordered[list(middle)].mean())


def _are_two(ordered: Floats) -> bool:
    """Are there only the lowest and the highest value?"""
    return bool(((ordered == ordered[0]) | (ordered == ordered[-1])).all())


def _fit_bins(values: Floats, edges: Floats) -> Block:
    def make(rows: slice) -> Floats:
        return piecewise_linear(values[rows], edges)

    return fit_made(make, len(values), len(edges) - 1)


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
    sketch: bool = False,
) -> Category | None:
    """Fit a column on its training `codes` (n,), -1 = missing; None where all are the same.

    `target` (n, k): what rare levels are asked about (`levels.kept`). `sketch`: as `fit_number`.
    """
    kept = kept_levels(codes, target)
    missing = bool((codes < 0).any())
    if len(kept) + missing < 2:
        return None

    def make(rows: slice) -> Floats:
        return one_hot(codes[rows], kept, missing)

    block = Block() if sketch else fit_made(make, len(codes), len(kept) + missing)
    return Category(name, index, kept, tuple(levels[c] for c in kept), missing, block)
