"""Ladders: cells in order, what the allowance lets in, widths that match parameters."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from howdeep import families
from howdeep.base import limits
from howdeep.base.nouns import Inputs, RateSearch, Rung
from howdeep.training import ladder

INPUTS = Inputs(40, 10, 20)
PLAN = {
    "families": ("resmlp", "mlp"),
    "depths": (0, 1, 2, 4, 8, 16),
    "extend_to": 32,
    "inputs": Inputs(280, 14, 90),
    "outputs": 2,
    "search": RateSearch(),
    "seeds": 20,
    "folds": 1,
}


def test_zero_blocks_is_one_cell_that_all_families_share() -> None:
    cells = ladder.cells(("resmlp", "mlp"), (0, 1, 2), 32, INPUTS, 3)
    assert [c.name for c in cells] == ["linear", "mlp-1", "mlp-2", "resmlp-1", "resmlp-2"]
    assert [c.cost.weight_layers for c in cells] == [1, 2, 3, 4, 6]


@pytest.mark.parametrize("name", families.names())
@given(blocks=st.integers(1, 6), wanted=st.integers(2_000, 500_000))
def test_a_matched_width_is_within_two_percent(name: str, blocks: int, wanted: int) -> None:
    found = ladder.cost(ladder.matched(Rung(name, blocks, 8, INPUTS, 3), wanted)).parameters
    widest_step = 2 * math.sqrt(3 * blocks * wanted) + 60  # what one more column costs at most
    assert abs(found - wanted) <= max(0.02 * wanted, widest_step)


def test_the_control_of_the_default_ladder_matches_within_two_percent() -> None:
    for name in families.names():
        for blocks, rival in ((2, 1), (4, 2), (8, 4), (16, 8)):
            for width in (32, 64, 128):
                deep = Rung(name, blocks, width, INPUTS, 3)
                wide = ladder.matched(replace(deep, blocks=rival), ladder.cost(deep).parameters)
                ratio = ladder.cost(wide).parameters / ladder.cost(deep).parameters
                assert abs(ratio - 1) <= 0.02, (name, blocks, width, ratio)


def test_a_study_within_the_allowance_keeps_all_its_rows() -> None:
    fit = ladder.fit(rows=6_000, allowance=limits.ALLOWANCE_FLOPS, **PLAN)
    assert (fit.rows, fit.width, fit.extend_to) == (6_000, 64, 32)
    assert fit.flops <= limits.ALLOWANCE_FLOPS


def test_the_allowance_caps_rows_first_then_the_ladder_then_the_width() -> None:
    allowance = ladder.fit(rows=40_000, allowance=math.inf, **PLAN).flops
    seen = []
    while allowance > 1e10:
        seen.append(ladder.fit(rows=40_000, allowance=allowance, **PLAN))
        assert seen[-1].flops <= allowance or seen[-1].width <= 8
        allowance /= 3
    assert seen[0].rows == 40_000
    least = [fit for fit in seen if fit.rows == limits.MIN_CAPPED_ROWS]
    assert all(fit.rows >= limits.MIN_CAPPED_ROWS for fit in seen)
    assert all(fit.depths == PLAN["depths"] for fit in seen if fit not in least)
    assert any(len(fit.depths) < 6 for fit in least)
    assert all(len(fit.depths) == 2 for fit in seen if fit.width < 64)


def test_rows_in_folds_are_never_capped() -> None:
    plan = {**PLAN, "folds": 5}
    assert ladder.fit(rows=2_000, allowance=1e12, **plan).rows == 2_000
