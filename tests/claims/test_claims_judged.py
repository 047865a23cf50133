"""Effects become verdicts by intervals that hold with 99 %."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from howdeep import claims
from howdeep.claims import Effect, Expect, Measured, adjusted, criterion, judge
from howdeep.claims._judge import interval

TENT = claims.get("tent_maps")
TWO = replace(
    TENT,
    expects=(Expect("a", "a is so"), Expect("b", "b is so", 0.1)),
    controls=(Expect("c", "c is so"),),
    also=(),
)
YES, NO, NOISE = Effect((1.0, 1.1, 0.9)), Effect((-1.0, -1.1, -0.9)), Effect((9.0, -9.0, 1.0))


def verdict(a: Effect, b: Effect, c: Effect = YES) -> str:
    return judge(TWO, Measured({"a": a, "b": b, "c": c})).verdict


@pytest.mark.parametrize(
    ("a", "b", "c", "said"),
    [
        (YES, YES, YES, "supported"),
        (NO, NO, YES, "refuted"),
        (YES, NO, YES, "depends"),
        (YES, NOISE, YES, "undecided"),
        (NOISE, NOISE, YES, "undecided"),
        (YES, YES, NO, "undecided"),
        (NO, NO, NO, "undecided"),
        (YES, YES, NOISE, "supported"),
        (Effect((0.5,), exact=True), Effect((0.1,), exact=True), YES, "depends"),
        (Effect((1.0,)), YES, YES, "undecided"),
        (Effect((float("nan"), 1.0, 1.0)), YES, YES, "undecided"),
        (Effect(()), YES, YES, "undecided"),
    ],
)
def test_effects_give_the_verdict(a: Effect, b: Effect, c: Effect, said: str) -> None:
    assert verdict(a, b, c) == said


def test_intervals_are_students() -> None:
    values = (0.3, 0.1, 0.45, 0.2)
    _, _, low, high = interval(Effect(values))
    known = stats.ttest_1samp(values, 0.0).confidence_interval(0.99)
    assert (low, high) == pytest.approx((known.low, known.high))


@pytest.mark.parametrize(("seeds", "row_error"), [(3, 0.0), (5, 0.5), (10, 1.0), (4, 2.0)])
def test_intervals_hold_as_often_as_they_say(seeds: int, row_error: float) -> None:
    """The truth is 0; one row error is shared by all seeds of a draw."""
    rng, draws = np.random.default_rng(7), 1_500
    held = 0
    for _ in range(draws):
        shared = row_error * rng.standard_normal()
        _, _, low, high = interval(Effect(tuple(shared + rng.standard_normal(seeds)), row_error))
        held += low <= 0 <= high
    assert held / draws > 0.985


def test_adjusted_values_are_those_of_benjamini_and_hochberg() -> None:
    """Table 1 of the paper, 15 p-values: four are rejected at .05."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
         0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert sum(q <= 0.05 for q in adjusted(p)) == 4


def test_another_criterion_has_another_hash() -> None:
    hashes = {
        criterion(TENT),
        criterion(replace(TENT, statement="Another.")),
        criterion(replace(TENT, expects=TENT.expects[:1])),
        criterion(replace(TENT, controls=())),
        criterion(replace(TENT, expects=(replace(TENT.expects[0], over=0.5), *TENT.expects[1:]))),
    }
    assert len(hashes) == 5
    assert criterion(replace(TENT, change="Other words.")) == criterion(TENT)
