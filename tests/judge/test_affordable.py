"""Looks go on while seeds help and the allowance lasts, and the verdict says what ended them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from howdeep.base.nouns import Plan
from howdeep.judge import affordable
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from planted import Memory, ladder, plan

FLAT = {"linear": 49.6, "resmlp-1": 50.0, "resmlp-2": 50.0}


def more(**changes: object) -> Plan:
    return plan((0, 1, 2), max_seeds=50, sure_seeds=3, **changes)


def seeds(p: Plan, memory: Memory) -> tuple[int, str]:
    v = conclude(p, memory.trials, memory)
    return v.seeds, v.ended


def test_where_rows_are_the_limit_the_look_is_the_last() -> None:
    memory = ladder(p := more(epsilon=0.1), FLAT, sd=0.05, row_sd=3.0)
    found = look(p, memory.trials, memory)
    assert (found.seeds, found.next) == (3, "stop")
    assert seeds(p, memory) == (3, "rows")


def test_while_seeds_help_and_nothing_is_named_they_go_on_to_the_last() -> None:
    memory = ladder(p := more(epsilon=0.02), FLAT, sd=0.5, row_sd=0.05)
    assert seeds(p, memory) == (50, "")


def test_a_depth_that_is_named_gets_its_usual_seeds() -> None:
    memory = ladder(p := more(epsilon=0.8), FLAT, sd=0.5, row_sd=0.05)
    assert seeds(p, memory) == (20, "enough")


@pytest.mark.parametrize(("sd", "ended"), [(0.5, (20, "rows")), (6.0, (50, ""))])
def test_where_nothing_is_learnt_seeds_end_once_rows_rule_that(
    sd: float, ended: tuple[int, str]
) -> None:
    p = more(epsilon=0.02)
    memory = ladder(p, dict.fromkeys(FLAT, 10.0), sd=sd, row_sd=0.05)  # as good as guessing
    v = conclude(p, memory.trials, memory)
    assert v.status == "nothing_learnt"
    assert (v.seeds, v.ended) == ended


def test_the_allowance_ends_it_by_what_nets_really_took() -> None:
    p = more(epsilon=0.02)
    memory = ladder(p, FLAT, sd=0.5, row_sd=0.05)
    each = sum(t.flops for t in memory.trials if t.seed == 0)
    assert seeds(replace(p, allowance=8.5 * each), memory) == (8, "allowance")
    assert seeds(replace(p, allowance=1.0), memory) == (3, "allowance")
    assert seeds(replace(p, allowance=1.0, sure_seeds=0), memory) == (50, "")


def test_trials_beyond_the_last_look_change_nothing() -> None:
    memory = ladder(p := more(epsilon=0.1), FLAT, sd=0.05, row_sd=3.0)
    few = [t for t in memory.trials if t.seed < 3]
    assert conclude(p, few, memory) == conclude(p, memory.trials, memory)


@pytest.mark.parametrize("sure", [0, 3])
def test_the_last_look_has_most_of_the_alpha_that_is_left(sure: int) -> None:
    p = replace(more(epsilon=0.1), sure_seeds=sure)
    memory = ladder(p, FLAT, sd=0.05, row_sd=3.0)
    few = [t for t in memory.trials if t.seed < 3]
    width = {c.cell.name: c.high - c.low for c in look(p, few, memory).cells}["resmlp-1"]
    whole = replace(p, looks=(3,), spending=(affordable.LAST,), sure_seeds=0)
    wanted = {c.cell.name: c.high - c.low for c in look(whole, few, memory).cells}["resmlp-1"]
    assert (width == pytest.approx(wanted)) == bool(sure)
