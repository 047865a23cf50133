"""What is told of a column or of rows at once is what telling it one by one says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from howdeep.data import units
from howdeep.data.column import Coded, Numerals
from howdeep.data.distinct import different, has_more, ranked
from howdeep.data.number import number
from howdeep.data.units import alike
from howdeep.modalities.table.groupings import grouping

VALUES = st.lists(st.sampled_from([0.0, -0.0, 1.0, 2.5, 7.0, -3.0, 1e9, 2.0**60]), min_size=1)


def by_bytes(samples: dict[str, NDArray[np.generic]]) -> list[int]:
    seen: dict[bytes, int] = {}
    n = len(next(iter(samples.values())))
    rows = (b"".join(a[i].tobytes() for a in samples.values()) for i in range(n))
    return [seen.setdefault(row, len(seen)) for row in rows]


@pytest.mark.parametrize("factor", [None, 0])
@pytest.mark.parametrize("shape", [(1,), (5,), (3, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float64, np.int64])
def test_rows_alike_are_those_of_equal_bytes(
    factor: int | None,
    shape: tuple[int, ...],
    dtype: type[np.generic],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where all rows were mixed to one number, and each has to be looked up."""
    if factor is not None:
        monkeypatch.setattr(units, "FACTOR", np.uint64(factor))
    rng = np.random.default_rng(0)
    for n, values in ((1, 2), (500, 2), (5_000, 2), (5_000, 200)):
        samples = {
            "a": rng.integers(0, values, (n, *shape)).astype(dtype),
            "b": rng.integers(0, 2, (n, 2)),
            "c": np.empty((n, 0)),
        }
        assert alike(samples).tolist() == by_bytes(samples)


@given(VALUES, st.booleans())
def test_different_values(values: list[float], gaps: bool) -> None:
    array = np.array(values)
    if gaps:
        array[::3] = np.nan
    assert different(array) == len(np.unique(array))
    for most in (0, 1, 2, 5):
        assert not has_more(array, most) or len(np.unique(array)) > most
    there = array[~np.isnan(array)]
    levels, where = ranked(there)
    assert levels.tolist() == np.unique(there).tolist()
    assert levels[where].tolist() == there.tolist()


CELL = st.sampled_from([*map(str, range(12)), "1.0", "+2", "NA", "", "?", "2.5", "-0"])


@given(st.lists(CELL, min_size=1, max_size=60), st.integers(1, 4))
def test_numerals_are_grouped_as_their_text_is(cells: list[str], times: int) -> None:
    cells = cells * times
    values = np.array([number(cell) for cell in cells], float)
    gone = {cell for cell, value in zip(cells, values, strict=True) if value != value}
    if len(gone) == len(set(cells)):
        return
    whole = all(str(int(float(cell))) == cell for cell in cells if cell not in gone)
    one = grouping(Numerals(values, tuple(sorted(gone)), whole, (lambda: cells,)))
    other = grouping(Coded.of(cells))
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.ordered
        assert other.ordered
        assert one.rows.tolist() == other.rows.tolist()
        assert one.of.tolist() == other.of.tolist()
