"""Units dealt to parts: each stratum by itself, so that a part's share of it is the table's.

A part's rows of a stratum differ from its share of them by at most one row and the largest unit
of that stratum. Which part a large unit falls to is left to chance, in proportion to the shares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# The parts that are to have a stratum, the most important first: from the stratum, whether each
# part (P,) has it already, and the rows that each part lacks of its share of all rows (P,).
Order = Callable[[int, Bools, Floats], Sequence[int]]
FUZZ = 1e-9  # of a row: what sums of shares are off by


@dataclass(frozen=True, eq=False)
class Units:
    """U units over S strata, and all rows as one stratum more: S.

    `unit` (N,) of each row; `sizes` and `main` (U,): rows, and the most frequent stratum. What
    each unit is made of stands in pairs sorted by unit: `kind` and `rows` (M,), those of unit u
    from `start[u]` on (U + 1,). `by_kind` (M,) are the same pairs sorted by stratum, those of
    stratum k from `begin[k]` on (S + 2,), and `owner` (M,) the pairs' units.
    """

    names: Ints  # (S,) the strata as they were given
    unit: Ints
    sizes: Ints
    main: Ints
    kind: Ints
    rows: Ints
    start: Ints
    owner: Ints
    by_kind: Ints
    begin: Ints

    @property
    def strata(self) -> int:
        return len(self.names)

    def pairs(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Pairs of the `chosen` units (K,), unit by unit, and where each unit's begin (K,)."""
        lengths = self.start[chosen + 1] - self.start[chosen]
        begin = np.cumsum(lengths) - lengths
        return np.repeat(self.start[chosen] - begin, lengths) + np.arange(lengths.sum()), begin

    def having(self, kind: int) -> tuple[Ints, Ints]:
        """The units that have rows of a stratum, and how many."""
        at = self.by_kind[self.begin[kind] : self.begin[kind + 1]]
        return self.owner[at], self.rows[at]


def units_of(strata: Ints, units: Ints) -> Units:
    """The units of rows (N,) whose strata are given."""
    names, kind = np.unique(strata, return_inverse=True)
    _, unit, sizes = np.unique(units, return_inverse=True, return_counts=True)
    n = len(names) + 1
    keys, rows = np.unique(unit * n + kind, return_counts=True)
    owner, kinds = np.divmod(keys, n)
    every = np.arange(len(sizes))
    if len(owner) == len(sizes):  # units of one stratum each: they are in order
        by_rows = first = every
        order = np.stack([every, every + len(sizes)], axis=1).ravel()
    else:
        by_rows = np.lexsort((kinds, -rows, owner))
        first = np.searchsorted(owner, every)
        order = np.argsort(np.concatenate([owner, every]), kind="stable")
    owners = np.concatenate([owner, every])
    kind = np.concatenate([kinds, np.full(len(sizes), n - 1)])[order]
    by_kind = np.argsort(kind, kind="stable")
    return Units(
        names=names,
        unit=unit,
        sizes=sizes,
        main=kinds[by_rows][first],
        kind=kind,
        rows=np.concatenate([rows, sizes])[order],
        start=np.append(first + every, len(order)),
        owner=owners[order],
        by_kind=by_kind,
        begin=np.searchsorted(kind[by_kind], np.arange(n + 1)),
    )


def dealt(units: Units, shares: Floats, rng: np.random.Generator, order: Order) -> Ints:
    """The part of each unit (U,), by the strata that most of their rows are of; rarest first."""
    part = np.empty(len(units.sizes), np.int64)
    lack = np.zeros(len(shares))
    by_main = np.argsort(units.main, kind="stable")
    edges = np.searchsorted(units.main[by_main], np.arange(units.strata + 1))
    total = np.bincount(units.main, units.sizes, units.strata)
    for kind in np.argsort(total, kind="stable").tolist():
        mine = by_main[edges[kind] : edges[kind + 1]]
        wanted = partial(order, int(units.names[kind]))
        part[mine] = _stratum(units.sizes[mine], shares, lack, rng, wanted)
        lack += shares * total[kind] - np.bincount(part[mine], units.sizes[mine], len(shares))
    return part


def _stratum(
    sizes: Ints,
    shares: Floats,
    lack: Floats,
    rng: np.random.Generator,
    wanted: Callable[[Bools, Floats], Sequence[int]],
) -> Ints:
    """The part of each unit of one stratum; single rows fill what larger units leave."""
    part = np.empty(len(sizes), np.int64)
    large, single = np.flatnonzero(sizes > 1), rng.permutation(np.flatnonzero(sizes == 1))
    part[large] = _on_a_circle(sizes[large], shares, rng)
    have = np.bincount(part[large], sizes[large], len(shares))
    want = shares * sizes.sum() - have
    lack = lack + want + rng.random(len(shares)) * 1e-3  # ties fall by chance
    least = np.zeros(len(shares))
    needy = [p for p in wanted(have > 0, lack)[: len(sizes)] if not have[p]]
    least[needy[: len(single)]] = 1
    part[single] = np.repeat(np.arange(len(shares)), _quotas(want, least, len(single), lack))
    return part


def _on_a_circle(sizes: Ints, shares: Floats, rng: np.random.Generator) -> Ints:
    """Parts own arcs by their shares; units, end to end, go to the part that holds their middle.

    Where the circle begins is left to chance: a unit falls to a part as often as its share says.
    """
    order = rng.permutation(len(sizes))
    middle = np.cumsum(sizes[order]) - sizes[order] / 2
    at = (middle / max(int(sizes.sum()), 1) + rng.random()) % 1
    part = np.empty(len(sizes), np.int64)
    part[order] = np.searchsorted(np.cumsum(shares)[:-1], at, side="right")
    return part


def _quotas(want: Floats, least: Floats, rows: int, lack: Floats) -> Ints:
    """Whole numbers that sum to `rows`: `want` levelled and rounded, at least `least` (P,).

    What rounding leaves goes, one row a part at most, to the parts that lack most.
    """
    quota = _levelled(want, least, rows)
    whole = np.floor(quota + FUZZ).astype(np.int64)
    left = rows - int(whole.sum())
    even = quota - whole <= FUZZ
    whole[np.lexsort((whole - lack, even))[:left]] += 1
    return whole


def _levelled(want: Floats, least: Floats, rows: int) -> Floats:
    """max(least, want - level), with the level at which it sums to `rows`."""
    free = np.ones(len(want), bool)
    while True:
        surplus = want[free].sum() + least[~free].sum() - rows
        level = surplus / max(int(free.sum()), 1)
        below = free & (want - level < least - FUZZ)
        if not below.any():
            return np.where(free, np.maximum(want - level, least), least)
        free &= ~below
