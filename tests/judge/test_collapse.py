"""Depths that collapse for some seeds: counted, bounded, and never enough on luck alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from howdeep.judge.collapse import count
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.judge.state import Collapses
from planted import Memory, ladder, plan

FLAT = {"linear": 40.0, "resmlp-1": 50.0, "resmlp-2": 50.0, "resmlp-4": 50.0, "resmlp-8": 50.0}


def fallen(memory: Memory, cell: str, seeds: list[int], by: float = 25.0) -> None:
    """Let some seeds of a cell fall."""
    for t in memory.trials:
        if t.cell == cell and t.seed in seeds:
            memory.rows[t.key, "select"] = memory.rows[t.key, "select"] - by


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    for seen, nets in ((0, 20), (1, 20), (7, 100)):
        assert Collapses(seen, nets).high == pytest.approx(beta.ppf(0.95, seen + 1, nets - seen))
    assert Collapses(5, 5).high == 1.0


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_the_bound_covers_the_rate(rate: float) -> None:
    draws = np.random.default_rng(0).binomial(60, rate, 4_000)
    assert np.mean([Collapses(int(k), 60).high >= rate for k in draws]) >= 0.94


def test_nets_far_below_the_others_of_their_depth_are_counted_in_every_fold() -> None:
    rng = np.random.default_rng(1)
    by_fold = rng.normal(50, 0.3, (3, 6, 5))
    by_fold[1, 2, 3] -= 30
    by_fold[1, 4, 0] -= 20
    by_fold[2] += np.linspace(-1, 1, 6)[:, None]  # a depth that varies more has not collapsed
    found = count(by_fold, 0.5)
    assert [(f.seen, f.nets) for f in found] == [(0, 30), (2, 30), (0, 30)]
    assert found[1].loss == pytest.approx(25, abs=1)


def test_what_is_named_says_how_often_its_nets_may_collapse() -> None:
    memory = ladder(p := plan(), FLAT)
    v = conclude(p, memory.trials, memory)
    assert v.enough is not None
    assert v.collapse is not None
    assert (v.collapse.seen, v.collapse.nets) == (0, v.seeds)
    assert v.collapse.high == Collapses(0, v.seeds).high


def test_a_depth_whose_own_nets_collapsed_is_not_enough() -> None:
    memory = ladder(p := plan(), FLAT)
    fallen(memory, "resmlp-1", [1])
    found = look(p, memory.trials, memory)
    assert found.enough != "resmlp-1"
    assert any("resmlp-1: 1 of" in note for note in conclude(p, memory.trials, memory).notes)


def test_nor_is_one_whose_next_deeper_collapsed_unless_its_own_nets_rule_that_out() -> None:
    memory = ladder(p := plan(), FLAT)
    fallen(memory, "resmlp-2", [1])
    assert look(p, memory.trials, memory).enough not in ("resmlp-1", "resmlp-2")
    many = plan(max_seeds=150, looks=(150,), spending=(1.0,))
    memory = ladder(many, FLAT)
    fallen(memory, "resmlp-2", [1], by=10.0)  # of 150 nets at most 2 %, which costs .2 points
    assert look(many, memory.trials, memory).enough == "resmlp-1"


def test_a_family_with_collapses_is_not_settled_before_twenty_nets() -> None:
    p = plan()
    memory = ladder(p, FLAT, row_sd=0.1)
    assert look(p, memory.trials, memory).seeds < 20
    bad = [t.key for t in memory.trials if t.cell == "resmlp-8" and t.seed < 2]
    trials = [replace(t, val=(5.0,)) if t.key in bad else t for t in memory.trials]
    found = look(p, trials, memory)
    assert next(c for c in found.cells if c.cell.name == "resmlp-8").state == "unreliable"
    assert (found.enough, found.seeds) == ("resmlp-1", 20)


def test_other_families_are_not_suspected() -> None:
    p = plan((0, 1, 2), ("resmlp", "mlp"), looks=(50,), spending=(1.0,))
    memory = ladder(p, dict.fromkeys((c.name for c in p.cells), 50.0) | {"linear": 40.0})
    fallen(memory, "mlp-1", [0], by=6.0)
    found = {c.cell.name: c.qualifies for c in look(p, memory.trials, memory).cells}
    assert not found["mlp-1"]
    assert not found["mlp-2"]
    assert found["resmlp-1"]
