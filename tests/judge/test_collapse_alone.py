"""A lone cell left alive, of a family that collapsed: it goes on until that is ruled out."""

from __future__ import annotations

from dataclasses import replace

from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from planted import ladder, plan

MEANS = {"linear": 20.0, "resmlp-1": 30.0, "resmlp-2": 60.0, "resmlp-4": 30.0}


def test_it_goes_on_to_twenty_nets() -> None:
    p = plan()
    memory = ladder(p, MEANS | {"resmlp-8": 30.0}, sd=0.05, row_sd=0.1)
    for t in memory.trials:
        if t.cell == "resmlp-8" and t.seed == 1:
            memory.rows[t.key, "select"] = memory.rows[t.key, "select"] - 15.0
    few = [t for t in memory.trials if t.seed < 3]
    first = look(p, few, memory)
    if first.alive == ("resmlp-2",):
        assert (first.next, first.enough) == ("look", "")
    found = conclude(p, memory.trials, memory)
    assert (found.seeds, found.blocks) == (20, 2)
    assert found.collapse is not None
    assert found.collapse.nets == 20


def test_what_would_settle_it_are_twenty_nets() -> None:
    p = plan((0, 1, 2, 4), max_seeds=5)
    memory = ladder(p, MEANS | {"resmlp-1": 60.0}, sd=0.05, row_sd=0.1, seeds=5)
    bad = [t.key for t in memory.trials if t.cell == "resmlp-4" and t.seed < 2]
    trials = [replace(t, val=(5.0,)) if t.key in bad else t for t in memory.trials]
    found = conclude(p, trials, memory)
    assert found.status == "undetermined"
    assert found.to_settle is not None
    assert found.to_settle.seeds == 20
    assert all(r.enough is None for r in found.families)
