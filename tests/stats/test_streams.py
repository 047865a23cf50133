"""Statistics over many seeds: the sums written out, in memory that does not grow with them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from test_mcb import by_hand, scores

from howdeep.stats import mcb
from howdeep.stats.intervals import paired, two_way
from howdeep.stats.streams import BLOCK, summary

MANY = 2 * BLOCK + 5  # two whole blocks and a part


def test_blocks_put_together_are_the_sums_written_out() -> None:
    z = scores(3, MANY, 9)
    pairs = mcb.pairwise(z)
    for c, e in ((0, 1), (2, 0), (1, 2)):
        m, s2, row = by_hand(z[c], z[e])
        assert pairs.difference[c, e] == pytest.approx(m, abs=1e-12)
        assert pairs.seed_variance[c] + pairs.seed_variance[e] == pytest.approx(s2, abs=1e-12)
        assert pairs.row_variance[c, e] == pytest.approx(row, abs=1e-12)


def test_a_summary_of_many_seeds_is_the_sums_written_out() -> None:
    (z,) = scores(1, MANY, 9)
    found = summary(iter(z))
    rest = z - z.mean(1)[:, None] - z.mean(0) + z.mean()
    assert found.mean == pytest.approx(z.mean())
    np.testing.assert_allclose(found.by_seed, z.mean(1))
    np.testing.assert_allclose(found.by_row, z.mean(0))
    assert found.rest == pytest.approx((rest**2).sum() / ((MANY - 1) * 8))


def test_a_large_mean_costs_no_digits() -> None:
    """What textbook sums of squares lose: 1e8 next to differences of one."""
    (z,) = scores(1, MANY, 50)
    assert summary(z + 1e8).rest == pytest.approx(summary(z).rest, rel=1e-6)
    pairs, shifted = mcb.pairwise([z, z[::-1]]), mcb.pairwise([z + 1e8, z[::-1] + 1e8])
    np.testing.assert_allclose(shifted.rest_variance, pairs.rest_variance, rtol=1e-6)


def test_cells_of_unequal_seeds_are_no_pairs() -> None:
    z = scores(2, 3, 9)
    with pytest.raises(ValueError, match="shorter"):
        mcb.pairwise([z[0], z[1][:2]])


ROWS = 2_000


def seeds(n: int) -> Iterator[np.ndarray]:
    """Row scores made as they are asked for."""
    return (np.random.default_rng(s).normal(0, 1, ROWS) for s in range(n))


@pytest.mark.parametrize(
    "compute",
    [
        lambda n: mcb.pairwise([seeds(n), seeds(n), seeds(n)]),
        lambda n: two_way(seeds(n), 0.95),
        lambda n: paired(seeds(n), seeds(n), 0.95),
    ],
    ids=["pairwise", "two_way", "paired"],
)
def test_twenty_times_the_seeds_need_no_more_memory(compute: Callable[[int], object]) -> None:
    peaks = []
    for n in (BLOCK + 1, 20 * BLOCK + 1):
        tracemalloc.start()
        compute(n)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]
