"""Every stratum where it is needed: the last step of dealing, for strata of few units.

No part stays empty while there are units to spare, and a stratum of fewer units than parts covers
the most important ones: those from which each training part takes its rows, then those that
choose, compare and test.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from howdeep.data.deal import Bools, Floats, Order
from howdeep.data.even import EPS, Balance, changes, move

MUST = 2  # parts that a stratum is brought to at any price: those that train and those that choose


def in_turn(parts: int, sure: Collection[int] = ()) -> Order:
    """The parts as they are numbered; strata that are `sure` to be in the first need it last."""
    usual, late = list(range(parts)), [*range(1, parts), 0]

    def order(kind: int, has: Bools, lack: Floats) -> Sequence[int]:
        return late if kind in sure else usual

    return order


def over_folds(folds: int) -> Order:
    """Halves 2k and 2k + 1 of folds k, and then the test part if there is one.

    Two folds first, so that each fold's training rows have the stratum, then the test part, then
    the other folds: of each the half that has it, or else that lacks most rows.
    """

    def order(kind: int, has: Bools, lack: Floats) -> Sequence[int]:
        halves = np.arange(2 * folds).reshape(folds, 2)
        rank = np.where(has, np.inf, lack)[halves]
        best = np.argsort(-rank.max(1), kind="stable")
        out: list[int] = halves[best, rank[best].argmax(1)].tolist()
        return [*out[:2], *range(2 * folds, len(has)), *out[2:]]

    return order


def cover(held: Balance, rng: np.random.Generator, order: Order) -> None:
    """Move single units to parts that need a stratum and lack it; what is needed stays so."""
    parts = len(held.off)
    many = held.has.sum(0)
    lack = rng.random(parts) * 1e-3 - held.off[:, -1]
    needs = [
        list(order(int(name), held.has[:, k] > 0, lack)[: many[k]])
        for k, name in enumerate(held.units.names)
    ]
    for kind, places in enumerate(needs):
        held.needed[places, kind] = True
    for kind in np.argsort(many[:-1], kind="stable").tolist():
        for rank, place in enumerate(needs[kind]):
            _supply(held, kind, place, needs[kind][rank + 1 :], rank < MUST)
    held.needed[:, -1] = True  # the stratum of all rows: no part stays empty
    for place in range(parts):
        _supply(held, len(needs), place, (), True)


def _supply(held: Balance, kind: int, place: int, later: Sequence[int], must: bool) -> None:
    """Move the unit that is missed least to a part that lacks its stratum, if one can be spared.

    It comes from where nothing it has is needed, or at least from a `later` part in the order;
    shares suffer only where it `must` be.
    """
    if held.has[place, kind]:
        return
    goal = np.array([place])
    chosen = held.units.having(kind)[0]
    harm = changes(held, chosen, goal)[:, 0]
    if not np.isfinite(harm).any():  # none to spare: a less important part gives its own
        held.needed[later, kind] = False
        harm = changes(held, chosen, goal)[:, 0]
        held.needed[later, kind] = True
    fits = harm < (np.inf if must else EPS)
    if fits.any():
        chosen, harm = chosen[fits], np.maximum(harm[fits], 0)
        surplus = held.off[held.part[chosen], kind]
        best = np.lexsort((held.units.sizes[chosen], -surplus, harm))[0]
        move(held, int(chosen[best]), place)
