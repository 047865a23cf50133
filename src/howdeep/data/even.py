"""Parts evened out: units of several strata, or of many rows, moved where shares are off.

Dealing bounds each stratum by itself. Units of several strata, such as groups with rows of two
classes, go by the stratum of most of their rows; what that leaves is lowered here move by move.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from howdeep.data.deal import Bools, Floats, Ints, Units

MOVES = 4_000  # at most
NEAR = 128  # units weighed for a move
CELLS = 40  # strata of parts, the worst first, tried before giving up
SWAPS = 4  # moves that may be made up for by one back
EPS = 1e-6


@dataclass(frozen=True, eq=False)
class Balance:
    """Units in parts, changed in place: `part` (U,) of each unit.

    `off` (P, S + 1): rows over the part's share, and `bound` (S + 1,) what may be off: one row and
    the largest part of a unit. `has` (P, S + 1): units that have the stratum; where it is `needed`
    the last one stays.
    """

    units: Units
    part: Ints
    off: Floats
    bound: Floats
    has: Ints
    needed: Bools


def balance(units: Units, part: Ints, shares: Floats) -> Balance:
    """Units as they were dealt."""
    shape = len(shares), units.strata + 1
    cell = part[units.owner] * shape[1] + units.kind
    have = np.bincount(cell, units.rows, shape[0] * shape[1]).reshape(shape)
    off = have.astype(np.float64) - np.outer(shares, have.sum(0))
    bound = np.maximum.reduceat(units.rows[units.by_kind], units.begin[:-1]).astype(np.float64)
    has = np.bincount(cell, minlength=off.size).reshape(shape)
    return Balance(units, part.copy(), off, bound + 1, has, np.zeros(shape, bool))


def even_out(held: Balance) -> None:
    """Move units until no stratum of a part is off by more than its bound.

    Nothing in it is random; it ends where no move or swap lowers the squared excess any more.
    """
    for _ in range(MOVES):
        if not _improved(held):
            break


def _improved(held: Balance) -> bool:
    over = np.abs(held.off) - held.bound
    worst = np.argsort(-over, axis=None, kind="stable")[:CELLS]
    places, kinds = np.unravel_index(worst[over.flat[worst] > EPS], over.shape)
    return any(_lowered(held, p, k) for p, k in zip(places.tolist(), kinds.tolist(), strict=True))


def _lowered(held: Balance, place: int, kind: int) -> bool:
    """Move a unit out of a part with too many rows of a stratum, or into one that lacks them."""
    chosen, rows = held.units.having(kind)
    excess = held.off[place, kind]
    mine = (held.part[chosen] == place) == (excess > 0)
    chosen, rows = chosen[mine], rows[mine]
    chosen = chosen[np.argsort(np.abs(rows - abs(excess)), kind="stable")[:NEAR]]
    goals = np.arange(len(held.off)) if excess > 0 else np.array([place])
    if not len(chosen):
        return False
    change = changes(held, chosen, goals)
    for at in np.argsort(change, axis=None, kind="stable")[:SWAPS].tolist():
        unit, goal = int(chosen[at // len(goals)]), int(goals[at % len(goals)])
        least, source = float(change.flat[at]), int(held.part[unit])
        if not np.isfinite(least):
            return False
        move(held, unit, goal)
        if least < -EPS or _made_up(held, unit, goal, source, least):
            return True
        move(held, unit, source)
    return False


def _made_up(held: Balance, unit: int, place: int, goal: int, before: float) -> bool:
    """Move another unit back where both moves together lower the excess."""
    others = np.flatnonzero(held.part == place)
    others = others[others != unit]
    if not len(others):
        return False
    apart = np.abs(held.units.sizes[others] - held.units.sizes[unit])
    others = others[np.argsort(apart, kind="stable")[:NEAR]]
    change = changes(held, others, np.array([goal]))[:, 0]
    best = int(change.argmin())
    if before + change[best] >= -EPS:
        return False
    move(held, int(others[best]), goal)
    return True


def changes(held: Balance, chosen: Ints, goals: Ints) -> Floats:
    """What moving each unit (K,) to each part (G,) adds to the squared excess (K, G).

    Infinite where it stays: it is there already, or the last one that is needed.
    """
    pairs, begin = held.units.pairs(chosen)
    kind, rows = held.units.kind[pairs], held.units.rows[pairs]
    lengths = np.diff(np.append(begin, len(pairs)))
    own = np.repeat(held.part[chosen], lengths)
    bound = held.bound[kind]
    off = held.off[own, kind]
    out = _cost(off - rows, bound) - _cost(off, bound)
    there = held.off[np.ix_(goals, kind)]
    into = _cost(there + rows, bound) - _cost(there, bound)
    change = np.add.reduceat(out + into, begin, axis=1).T
    change[held.part[chosen][:, None] == goals] = np.inf
    kept = held.needed[own, kind] & (held.has[own, kind] == 1)
    change[np.logical_or.reduceat(kept, begin)] = np.inf
    return change


def _cost(off: Floats, bound: Floats) -> Floats:
    return np.square(np.maximum(np.abs(off) - bound, 0))


def move(held: Balance, unit: int, goal: int) -> None:
    """Move a unit to a part."""
    pairs = slice(held.units.start[unit], held.units.start[unit + 1])
    kind, rows = held.units.kind[pairs], held.units.rows[pairs]
    held.off[held.part[unit], kind] -= rows
    held.off[goal, kind] += rows
    held.has[held.part[unit], kind] -= 1
    held.has[goal, kind] += 1
    held.part[unit] = goal
