"""Fitted columns, and how they turn cells into what a net sees: the same in training and after.

`columns` fits them, on training rows. Everything fitted is plain floats in tuples, so that an
encoder is stored as JSON and read back bit for bit. A handed-over net carries this file whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from howdeep.modalities.table.normal import normal_quantiles

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Base = Literal["none", "ranks", "standard"]
NEXT = -1  # a place: behind the columns of the feature before, as up to howdeep 0.3

NORMAL_CLIP = 3.5  # standard deviations
NOTHING = 2.0**-400  # below this in a column's units, slopes between neighbours could overflow


@dataclass(frozen=True)
class Block:
    """Columns shifted by their training `means` and divided by one common `spread`."""

    means: tuple[float, ...] = ()
    spread: float = 1.0


@dataclass(frozen=True)
class Number:
    """One numeric column. Values are in units of 2**exponent (0 but for extreme magnitudes)."""

    name: str
    index: int  # of its column in `Task.numbers`
    base: Base
    low: float  # training range: values outside get the encoding of its edge
    high: float
    fill: float  # stands in for missing cells
    exponent: int = 0
    knots: tuple[float, ...] = ()  # distinct training quantiles ...
    ranks: tuple[float, ...] = ()  # ... and their mid-ranks in (0, 1)
    centre: float = 0.0
    spread: float = 1.0
    clip: float | None = None  # of the standardised base
    missing: Block | None = None  # the indicator column, where training cells are missing
    edges: tuple[float, ...] = ()  # of the bins; empty = no piecewise-linear columns
    bins: Block = Block()
    front: int = NEXT  # where its base and indicator begin ...
    back: int = NEXT  # ... and its bins

    @property
    def leading(self) -> int:
        """Columns in front: base and indicator."""
        return int(self.base != "none") + int(self.missing is not None)


@dataclass(frozen=True)
class Category:
    """One categorical column: the levels kept as one-hot columns, most frequent first."""

    name: str
    index: int  # of its column in `Task.codes`
    codes: tuple[int, ...]
    levels: tuple[str, ...]
    missing: bool  # whether a last column says "missing"
    block: Block
    front: int = NEXT  # where its columns begin

    @property
    def leading(self) -> int:
        return len(self.codes) + int(self.missing)


# ---- a numeric column ---------------------------------------------------------------------------
def apply_block(block: Block, columns: Floats) -> Floats:
    return (columns - np.array(block.means)) / block.spread


def in_units(values: Floats, exponent: int) -> Floats:
    """`values` / 2**exponent; what is too large becomes infinite (clipped later), too small 0."""
    with np.errstate(over="ignore"):
        scaled = np.ldexp(values, -exponent) if exponent else values
    return np.where(np.abs(scaled) < NOTHING, 0.0, scaled)


def normal_scores(values: Floats, knots: Floats, ranks: Floats) -> Floats:
    """Phi^-1 of the interpolated rank, clipped at +-3.5."""
    quantiles = normal_quantiles(np.interp(values, knots, ranks))
    return np.clip(quantiles, -NORMAL_CLIP, NORMAL_CLIP)


def piecewise_linear(values: Floats, edges: Floats) -> Floats:
    """How far `values` (n,) have filled each bin, (n, T) in [0, 1].

    e_t = clip((x - b_{t-1}) / (b_t - b_{t-1}), 0, 1): Gorishniy, Rubachev and Babenko 2022
    (arXiv 2203.05556), equation 1, but closed at both ends, so that an outlier stays at the edge.

    >>> piecewise_linear(np.array([-9.0, 0.5, 2.0, 99.0]), np.array([0.0, 1.0, 3.0]))
    array([[0. , 0. ],
           [0.5, 0. ],
           [1. , 0.5],
           [1. , 1. ]])
    """
    inside = np.clip(values, edges[0], edges[-1])[:, None]
    filled: Floats = np.clip((inside - edges[:-1]) / np.diff(edges), 0.0, 1.0)
    return filled


def in_range(column: Number, cells: Floats) -> Floats:
    """Cells (n,) in the column's units: missing ones filled, others within the training range."""
    values = np.clip(in_units(cells, column.exponent), column.low, column.high)
    return np.where(np.isnan(values), column.fill, values)


def base_column(column: Number, values: Floats) -> Floats:
    """The base column (n,) of values that `in_range` returned."""
    if column.base == "ranks":
        return normal_scores(values, np.array(column.knots), np.array(column.ranks))
    scaled = (values - column.fill - column.centre) / column.spread
    return scaled if column.clip is None else np.clip(scaled, -column.clip, column.clip)


def leading_columns(column: Number, cells: Floats, values: Floats) -> Floats:
    """Base and indicator columns (n, column.leading)."""
    out = []
    if column.base != "none":
        out.append(base_column(column, values))
    if column.missing is not None:
        gone = (~np.isfinite(cells)).astype(np.float64)
        out.append(apply_block(column.missing, gone[:, None])[:, 0])
    return np.stack(out, axis=1)


# ---- a categorical column -----------------------------------------------------------------------
def one_hot(codes: NDArray[np.int64], kept: tuple[int, ...], missing: bool) -> Floats:
    """One column per kept code and, where asked, one for -1; any other code is all zeros.

    >>> one_hot(np.array([4, -1, 9]), (7, 4), True)
    array([[0., 1., 0.],
           [0., 0., 1.],
           [0., 0., 0.]])
    """
    wanted = np.array((*kept, -1) if missing else kept, dtype=np.int64)
    return (codes[:, None] == wanted).astype(np.float64)


# ---- all columns --------------------------------------------------------------------------------
def encode_columns(
    numbers: Sequence[Number],
    categories: Sequence[Category],
    cells: Mapping[int, Floats],
    codes: Mapping[int, Codes],
    shape: tuple[int, int],
    zero_from: int,
) -> NDArray[np.float32]:
    """Rows of `shape` (N, D): one-hot, base and indicator columns in front, zeros where none are.

    Piecewise-linear columns begin at `zero_from`, unless a feature has a place of its own. `cells`
    (NaN = missing) and `codes` (-1 = missing), each (N,), by the columns' `index`.
    """
    out = np.zeros(shape, dtype=np.float32)
    front, back = 0, zero_from
    for column in numbers:
        if column.front != NEXT:
            front, back = column.front, column.back
        values = in_range(column, cells[column.index])
        if column.leading:
            leading = leading_columns(column, cells[column.index], values)
            out[:, front : front + column.leading] = leading
            front += column.leading
        if column.edges:
            filled = piecewise_linear(values, np.array(column.edges))
            out[:, back : back + filled.shape[1]] = apply_block(column.bins, filled)
            back += filled.shape[1]
    for category in categories:
        front = front if category.front == NEXT else category.front
        hot = one_hot(codes[category.index], category.codes, category.missing)
        out[:, front : front + category.leading] = apply_block(category.block, hot)
        front += category.leading
    return out
