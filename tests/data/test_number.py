"""Numbers in columns that are no features, and the quantiles by which features are encoded."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from howdeep.base.errors import TableError
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.normal import RUN, normal_quantiles
from howdeep.modalities.table.sides import sides
from howdeep.modalities.table.typed import as_numbers, typed


def test_normal_quantiles_have_the_bits_of_scipy() -> None:
    """Nets of older studies were trained with its: the same rows are to be encoded alike."""
    rng = np.random.default_rng(0)
    ranks = [np.arange(1, 2 * n) / (2 * n) for n in (1, 2, 10, 1_000, 7_000)]
    tails = 10 ** -rng.uniform(0.3, 13.6, 50_000)
    shares = np.concatenate([rng.random(3 * RUN + 5), *ranks, tails, 1 - tails])
    wanted, found = ndtri(shares), normal_quantiles(shares)
    near = np.abs(wanted) < 4  # what is farther out is clipped
    assert near.sum() > 3 * RUN
    assert np.array_equal(found[near], wanted[near])
    assert np.allclose(found, wanted, rtol=1e-12, atol=0)


@pytest.mark.parametrize("cell", ["1_000", "\u0663", "inf", "?", ""])
def test_weights_are_numbers_by_the_same_rule(cell: str) -> None:
    table = to_table({"a": [1.0, 2.0, 3.0], "w": ["1", cell, "2"]})
    with pytest.raises(TableError, match=r"column 'w' \(--weights\), row 2: "):
        sides(table, None, "a", {"weights": "w"})
    given = to_table({"a": [1.0, 2.0], "w": ["1e1", " 2 "]})
    found = sides(given, None, "a", {"weights": "w"})
    assert found.weights is not None
    assert found.weights.tolist() == [10.0, 2.0]


def test_times_may_be_of_any_type_that_has_an_order() -> None:
    table = to_table({"a": [1.0, 2.0]})
    days = np.array(["2024-01-02", "2024-01-01"], dtype="datetime64[D]")
    found = sides(table, None, "a", {"time": days})
    assert found.time is not None
    assert found.time[0] > found.time[1]


def test_a_column_of_numbers_is_read_alike_typed_and_as_text() -> None:
    """Except for what text cannot say: whether minus zero was meant."""
    values = [1.5, -0.0, None, 1e300, float("nan")]
    text = ["1.5", "-0.0", None, "1e300", "NaN"]
    for given in (values, text):
        found, odd = as_numbers(typed(given))
        assert not len(odd)
        assert np.array_equal(found, [1.5, 0.0, np.nan, 1e300, np.nan], equal_nan=True)
        assert not np.signbit(found[1])
