"""Rates that a few nets cannot tell apart get more of them, before anything is compared."""

from __future__ import annotations

from dataclasses import replace

import pytest

from howdeep.base.nouns import Plan
from howdeep.base.trials import Trial
from howdeep.judge import rates, refine
from howdeep.judge.plan import next_round
from planted import plan, trial

NEAR = (-8, -7, -6)


def refined(folds: int = 1, **changes: object) -> Plan:
    p = plan((0, 1), epsilon=0.5, **changes)
    ladders = tuple(replace(o, search=replace(o.search, refined=4)) for o in p.ladders)
    return replace(p, ladders=ladders, folds=folds)


def tried(p: Plan, seeds: int, cliff: bool, at: int = 1, best: int = -7) -> list[Trial]:
    """Nets at three rates; on a cliff one in four loses twenty points below, two in four above."""
    cell, out = p.cells[at], []
    lost = {best - 1: (2,), best + 1: (1, 3)} if cliff else {}
    for rate in (best - 1, best, best + 1):
        for s in range(seeds):
            score = 50.0 - 0.02 * abs(rate - best) - 20.0 * (s % 4 in lost.get(rate, ()))
            made = trial(cell, -1 - s, stage="rate", val=score)
            out.append(replace(made, rates=(rate,), key=f"{cell.name} {rate} {s}"))
    return out


def asked(p: Plan, trials: list[Trial]) -> dict[str, set[tuple[int, int]]]:
    return {cell.name: ask for cell, _, ask in refine.wanted(p, p.cells, trials)}


def test_where_nets_fall_off_a_cliff_twice_as_many_try() -> None:
    p = refined()
    found = asked(p, tried(p, 4, True))
    assert found == {"resmlp-1": {(rate, -1 - s) for rate in NEAR for s in range(4, 8)}}


@pytest.mark.parametrize(("folds", "most"), [(1, 16), (2, 8)])
def test_it_ends(folds: int, most: int) -> None:
    p = refined(folds)
    seeds = 4
    while more := asked(p, tried(p, seeds, True)):
        assert len(more["resmlp-1"]) == 3 * seeds
        seeds *= 2
        assert seeds <= most
    assert seeds == most


def test_rates_that_are_told_apart_get_no_more() -> None:
    p = refined()
    assert not asked(p, tried(p, 4, False))


def test_a_best_rate_that_moved_has_neighbours_tried_as_often() -> None:
    p = refined()
    moved = [t for t in tried(p, 8, False) if t.rates != (-8,)]
    moved += [t for t in tried(p, 4, False) if t.rates == (-8,)]
    assert asked(p, moved) == {"resmlp-1": {(-8, -1 - s) for s in range(4, 8)}}


def test_the_rate_never_moves_under_nets_that_are_there() -> None:
    p = refined()
    trials = [*tried(p, 4, True), trial(p.cells[1], 0)]
    assert not asked(p, trials)


def test_families_whose_rates_are_tried_once_stay_so() -> None:
    p = plan((0, 1), epsilon=0.5)
    assert not asked(p, tried(p, 4, True))


def test_they_are_a_round_of_the_rate_stage() -> None:
    p = refined()
    own = [*tried(p, 4, True), *tried(p, 4, False, at=0, best=-5)]
    known = {(t.cell, t.rates) for t in own}
    for cell in p.cells:  # the rest of the grids is worse
        for rate in range(-10, -1):
            if (cell.name, (rate,)) not in known:
                far = trial(cell, -1, stage="rate", val=44.0, rates=(rate,))
                own += [replace(far, seed=-1 - s, key=f"{cell.name} {rate} {s}") for s in (0, 1)]
    found = next_round(p, own, None)
    assert found is not None
    assert found.stage == "rate"
    members = {(m.rates[0], m.seed) for group in found.groups for m in group.members}
    best = rates.searches(p, own)["resmlp-1"].best
    assert members == {(best + step, -1 - s) for step in (-1, 0, 1) for s in range(4, 8)}
