"""Looks and what they spend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from howdeep.base.errors import ConfigError
from howdeep.stats.looks import FIRST_OF_TWO, PLANNED, SHARES, schedule


def test_twenty_seeds_are_the_plan() -> None:
    looks, spending = schedule(20)
    assert looks == (3, 5, 8, 12, 20)
    assert spending == pytest.approx((0.02, 0.04, 0.08, 0.12, 0.74))


def test_fifty_seeds_are_the_most_that_are_planned() -> None:
    looks, spending = schedule(50)
    assert looks == PLANNED
    assert spending == pytest.approx(SHARES)
    looks, spending = schedule(50, folds=5)
    assert looks == (2, *PLANNED)
    assert sum(spending) == pytest.approx(1)


@pytest.mark.parametrize(
    ("most", "looks", "last"),
    [
        (2, (2,), 1.0),
        (3, (3,), 1.0),
        (4, (3, 4), 0.90),
        (5, (3, 5), 0.90),
        (12, (3, 5, 8, 12), 0.86),
        (15, (3, 5, 8, 12, 15), 0.74),
        (30, (3, 5, 8, 12, 20, 30), 0.54),
        (80, (3, 5, 8, 12, 20, 32, 50, 80), 0.15),
    ],
)
def test_the_last_look_gets_what_is_left(most: int, looks: tuple[int, ...], last: float) -> None:
    found, spending = schedule(most)
    assert found == looks
    assert spending[-1] == pytest.approx(last)


@given(st.integers(2, 500))
def test_all_of_alpha_is_spent_and_no_look_more_than_planned(most: int) -> None:
    looks, spending = schedule(most)
    assert looks[-1] == most
    assert list(looks) == sorted(set(looks))
    assert sum(spending) == pytest.approx(1)
    assert min(spending) > 0
    planned = dict(zip(PLANNED, SHARES, strict=True))
    if len(looks) == 2:
        planned[PLANNED[0]] = FIRST_OF_TWO
    before_last = zip(looks[:-1], spending[:-1], strict=True)
    assert all(share <= planned[n] + 1e-12 for n, share in before_last)


def test_one_seed_has_no_variance() -> None:
    with pytest.raises(ConfigError, match="at least 2 seeds"):
        schedule(1)
