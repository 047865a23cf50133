"""What the race says next to its answer: prices, families, diminishing returns, candidates."""

from __future__ import annotations

import math
from collections.abc import Iterable

from howdeep.base.verdicts import CellRef, CellStanding, FamilyRange, Interval, Price
from howdeep.judge import race as racing
from howdeep.judge.collapse import penalty
from howdeep.judge.state import Race


def ref(race: Race, c: int | None) -> CellRef | None:
    """A numbered cell as the verdict names it."""
    return None if c is None else CellRef.of(race.plan.cells[c])


def refs(race: Race, cells: Iterable[int]) -> tuple[CellRef, ...]:
    return tuple(CellRef.of(race.plan.cells[c]) for c in cells)


def candidates(race: Race) -> list[int]:
    """Cells that may be the best: alive, with min_e (m_ce + w_ce) >= 0; all before any look."""
    if race.look < 0:
        return race.alive
    upper = race.difference + race.width
    return [c for c in race.alive if all(upper[c, e] >= 0 for e in racing.opponents(race, c))]


def prices(race: Race, c: int | None) -> tuple[Price, ...]:
    """What each cell shallower than `c` costs, at the last look both took part in.

    With bounds on both sides, all of them at once.
    """
    if c is None:
        return ()
    return tuple(
        Price(
            CellRef.of(race.plan.cells[e]),
            Interval(
                float(race.difference[c, e]),
                float(race.difference[c, e] - race.both[c, e]),
                float(race.difference[c, e] + race.both[c, e]),
            ),
        )
        for e in race.reliable
        if e < c
    )


def diminishing(race: Race) -> int | None:
    """The first cell after which no deeper one is better by more than epsilon, with confidence."""
    if race.look < 0:
        return None
    every = race.reliable
    return next((c for c in every if not any(race.beaten[c, e] for e in every if e > c)), None)


def family_ranges(race: Race, standings: Iterable[CellStanding]) -> tuple[FamilyRange, ...]:
    """Each family's own [at_least, enough] among its cells and that of zero blocks.

    The rule is that of the race, on the bounds of the last look that both cells of a pair took
    part in, for another family may have had a cell dropped early.
    """
    scores = {s.cell.name: s.score for s in standings if s.seeds}
    out = []
    for ladder in race.plan.ladders:
        family = ladder.family
        named = [(c, race.plan.cells[c].family) for c in race.reliable]
        own = [c for c, name in named if name == family]
        if not own:
            continue
        mine = sorted([*own, *(c for c, name in named if name == ladder.zero)])
        first, enough = _range(race, mine)
        best = max((scores[race.name(c)] for c in own if race.name(c) in scores), default=0.0)
        out.append(FamilyRange(family, ref(race, first), ref(race, enough), best))
    return tuple(out)


def _range(race: Race, cells: list[int]) -> tuple[int | None, int | None]:
    if race.look < 0 or len(cells) < 2:
        return None, None
    left = [c for c in cells if not any(race.beaten[c, e] for e in cells)]
    lower, floor = race.lower, -race.plan.epsilon

    def is_enough(c: int) -> bool:
        least = min((float(lower[c, e]) for e in left if e != c), default=0.0)
        return least - penalty(race, c) >= floor

    return (left[0] if left else None), next((c for c in left if is_enough(c)), None)


def disagree(race: Race, ranges: Iterable[FamilyRange]) -> bool:
    """Whether the ranges of two families, in blocks, do not overlap.

    Blocks are compared only where zero blocks is the same net. A range that is the deepest rung
    alone may go on above it: the ladder ended there, not the gain.
    """
    spans: dict[str, list[tuple[int, float]]] = {}
    zero = {ladder.family: ladder.zero for ladder in race.plan.ladders}
    for r in ranges:
        if r.at_least is None or r.enough is None:
            continue
        tried = [race.plan.cells[c] for c in race.reliable]
        deepest = max(cell.blocks for cell in tried if cell.family in (r.family, zero[r.family]))
        open_above = r.at_least.blocks == deepest
        high = math.inf if open_above else r.enough.blocks
        spans.setdefault(zero[r.family], []).append((r.at_least.blocks, high))
    return any(a[1] < b[0] for mine in spans.values() for a in mine for b in mine)
