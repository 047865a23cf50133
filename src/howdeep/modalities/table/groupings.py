"""How far the values of a column fix the target, or other columns: what tells identifiers apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.data.cells import NUMBER, is_missing
from howdeep.data.column import Coded, Kept, Numerals, coded, floats
from howdeep.data.distinct import ranked
from howdeep.data.units import Ints
from howdeep.modalities.table.features import Feature
from howdeep.modalities.table.when import is_date

FEW = 8  # values, below which a column is no identifier of groups
PRESENT = 0.9  # of the cells
REPEATED = 0.5  # of the rows have a value that another row has, too
MANY = 1 - REPEATED / 2  # different cells: more are no identifier of groups
LARGEST = 0.25  # of the rows have one value, at most
CHANCE = 1e-6  # that values fix as much by luck
SMOOTH = 0.5  # of what a value fixes, its neighbour fixes too
FIXED = 0.6  # of the way from chance to certainty that a value tells the target
ALIKE = 0.5  # of the other columns are fixed, half of the way from chance
ALIKE_LEAST = 2  # columns

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grouping:
    """Rows (r,) by the values of a column that other rows have, too: `of` (r,) from 0 on.

    `rows`: their places in the table. `ordered`: the values are numbers, and in their order.
    """

    rows: Ints
    of: Ints
    ordered: bool

    @property
    def groups(self) -> int:
        return int(self.of.max()) + 1


@dataclass(frozen=True)
class Fixed:
    """How far groups fix a variable: 0 as chance does, 1 wholly.

    `sure`: it is not luck. `smooth`: the neighbouring group fixes it, too.
    """

    share: float
    sure: bool
    smooth: bool


def grouping(cells: Kept) -> Grouping | None:
    """The rows by the column's values, where these might name groups: text or whole numbers.

    >>> found = grouping(np.repeat(np.arange(10.0), 3))
    >>> found.groups, len(found.rows), found.ordered
    (10, 30, True)
    """
    numbers = floats(cells)
    if numbers is not None:
        found = _coded_numbers(numbers)
    elif isinstance(cells, Numerals):
        found = _coded_numerals(cells)
    else:
        found = _coded_text(coded(cells))
    if found is None:
        return None
    codes, ordered = found
    rows = np.flatnonzero(codes >= 0)
    sizes = np.bincount(codes[rows], minlength=1)
    if len(rows) < PRESENT * len(codes) or sizes.max() > LARGEST * len(codes):
        return None
    several = sizes > 1
    rows = rows[several[codes[rows]]]
    if len(rows) < REPEATED * len(codes) or several.sum() < FEW:
        return None
    of = (np.cumsum(several) - 1)[codes[rows]].astype(np.int64)
    return Grouping(rows, of, ordered)


def _coded_numbers(cells: NDArray[np.float64]) -> tuple[Ints, bool] | None:
    there = ~np.isnan(cells)
    if (cells[there] != np.floor(cells[there])).any():
        return None
    codes = np.full(len(cells), -1)
    codes[there] = ranked(cells[there])[1]
    return codes, True


def _coded_numerals(cells: Numerals) -> tuple[Ints, bool] | None:
    """As `_coded_text`, which is asked where one whole number may be written in several ways."""
    found = _coded_numbers(cells.numbers)
    if found is None or not cells.whole:
        return None if found is None else _coded_text(coded(cells))
    known = int(found[0].max()) + 1 + sum(map(bool, cells.missing))
    return None if known > MANY * cells.rows else found


def _coded_text(cells: Coded) -> tuple[Ints, bool] | None:
    """Codes in the order of the values; None for measurements, dates and free text."""
    known = set(cells.levels) - {""}
    if len(known) > MANY * cells.rows:
        return None
    numbers = {cell: float(cell) for cell in known if NUMBER.fullmatch(cell)}
    ordered = all(cell in numbers or is_missing(cell) for cell in known)
    if ordered and any(value % 1 for value in numbers.values()):
        return None
    if sum(map(is_date, known)) > len(known) / 2:
        return None
    place = {"": -1}
    if ordered:
        values = {value: i for i, value in enumerate(sorted(set(numbers.values())))}
        place |= {cell: values[numbers[cell]] if cell in numbers else -1 for cell in known}
    else:
        place |= {cell: i for i, cell in enumerate(sorted(known))}
    return np.array([place[level] for level in cells.levels], np.int64)[cells.codes], ordered


# ---- what is fixed ------------------------------------------------------------------------------
def fixed(made: Grouping, values: NDArray[np.generic], classes: bool) -> Fixed:
    """How far groups fix `values` (N,): class numbers, or numbers, which are taken by rank."""
    here = values[made.rows]
    return _classes(made, here.astype(np.int64)) if classes else _numbers(made, here)


def _classes(made: Grouping, y: Ints) -> Fixed:
    """By how much more often than by chance two rows of one group are of one class."""
    from scipy.stats import binom  # late: most columns are none of groups

    n, k, c = len(y), made.groups, int(y.max()) + 1
    pairs, rows = np.unique(made.of * c + y, return_counts=True)
    group, kind = np.divmod(pairs, c)
    sizes, shares = np.bincount(made.of), np.bincount(y) / n
    agree = float((rows * (rows - 1) / (sizes[group] - 1)).sum() / n)
    chance = float(np.square(shares).sum())
    if chance >= 1:
        return Fixed(0.0, False, False)
    share = (agree - chance) / (1 - chance)
    if share <= min(FIXED, ALIKE):  # that of nothing that is asked about
        return Fixed(share, False, False)
    luck = float(binom.cdf(np.floor((1 - agree) * (n - k)), n - k, 1 - chance))
    beside = _of_neighbours(group, kind, rows / sizes[group], k)
    smooth = made.ordered and (beside - chance) / (1 - chance) > SMOOTH * share
    return Fixed(share, luck < CHANCE, smooth)


def _of_neighbours(group: Ints, kind: Ints, share: Floats, k: int) -> float:
    """How often a row of a group and one of the next agree; one entry per group and class."""
    of = {(g, c): s for g, c, s in zip(group.tolist(), kind.tolist(), share, strict=True)}
    both = (s * of.get((g + 1, c), 0.0) for (g, c), s in of.items())
    return float(sum(both) / max(k - 1, 1))


def _numbers(made: Grouping, values: NDArray[np.generic]) -> Fixed:
    """What share of the variance of ranks lies between groups (their intraclass correlation)."""
    from scipy.stats import f, rankdata

    there = ~np.isnan(values.astype(np.float64))
    of, ranks = made.of[there], rankdata(values[there].astype(np.float64))
    n, sizes = len(ranks), np.bincount(of, minlength=made.groups)
    total = float(ranks.var())
    several = sizes > 1
    if total == 0 or several.sum() < 2:
        return Fixed(0.0, False, False)
    means = np.bincount(of, ranks, made.groups) / np.maximum(sizes, 1)
    squares = np.bincount(of, np.square(ranks - means[of]), made.groups)
    variance = squares / np.maximum(sizes - 1, 1)
    share = 1 - float(np.average(variance, weights=sizes * several)) / total
    k = int((sizes > 0).sum())
    within, between = squares.sum() / (n - k), n * total - squares.sum()
    luck = float(f.sf(between / (k - 1) / within, k - 1, n - k)) if within > 0 else 0.0
    apart = np.square(np.diff(means)) / 2 + (variance[1:] + variance[:-1]) / 2
    smooth = made.ordered and 1 - float(apart.mean()) / total > SMOOTH * share
    return Fixed(share, luck < CHANCE, smooth)


def alike(made: Grouping, features: Sequence[Feature], name: str) -> bool:
    """Do the groups fix half of the other columns, too, and not smoothly?

    So they do where a group's rows are several of one person, machine or place.
    """
    others = [feature for feature in features if feature.name != name]
    found = 0
    for feature in others:
        if feature.numbers is not None:
            one = fixed(made, feature.numbers, False)
        else:
            assert feature.codes is not None
            one = fixed(made, feature.codes + 1, True)
        found += one.share > ALIKE and one.sure and not one.smooth
    return found >= max(ALIKE_LEAST, ALIKE * len(others))
