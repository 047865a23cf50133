"""Ladders: cells in order, widths that match parameters."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from howdeep.base.nouns import Inputs, Rung
from howdeep.nets import families, ladder
from howdeep.nets.families import family
from howdeep.route.fit import Asked, climbed

INPUTS = Inputs(40, 10, 20)
IMAGES = Inputs(784, 784, 784, (28, 28, 1))
DENSE = [name for name in families.names() if family(name).kind.name == "dense"]
CONV = [name for name in families.names() if family(name).kind.name == "conv"]


def test_zero_blocks_is_one_cell_that_all_families_share() -> None:
    ladders = climbed([Asked(("resmlp", "mlp"), (0, 1, 2), 0, width=32)], 1_000, 1)
    cells = ladder.cells(ladders, INPUTS, 3)
    assert [c.name for c in cells] == ["linear", "mlp-1", "mlp-2", "resmlp-1", "resmlp-2"]
    assert [c.cost.weight_layers for c in cells] == [1, 2, 3, 4, 6]


@pytest.mark.parametrize("name", DENSE)
@given(blocks=st.integers(1, 6), wanted=st.integers(2_000, 500_000))
def test_a_matched_width_is_within_two_percent(name: str, blocks: int, wanted: int) -> None:
    found = ladder.cost(ladder.matched(Rung(name, blocks, 8, INPUTS, 3), wanted)).parameters
    widest_step = 2 * math.sqrt(3 * blocks * wanted) + 60  # what one more column costs at most
    assert abs(found - wanted) <= max(0.02 * wanted, widest_step)


def test_control_and_twin_of_the_default_ladder_match_within_two_percent() -> None:
    for name in families.names():
        for blocks, rival in ((2, 1), (4, 2), (8, 4), (16, 8), (4, 1), (8, 1), (16, 1)):
            for width in (64, 128) if name in CONV else (32, 64, 128):
                deep = Rung(name, blocks, width, IMAGES if name in CONV else INPUTS, 3)
                wide = ladder.matched(replace(deep, blocks=rival), ladder.cost(deep).parameters)
                ratio = ladder.cost(wide).parameters / ladder.cost(deep).parameters
                assert abs(ratio - 1) <= 0.02, (name, blocks, width, ratio)
