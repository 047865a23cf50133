"""A cell that decides the squared error is named; a long tail is none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from howdeep.data.ruling import ruling_notes
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task

Draw = Callable[[np.random.Generator, int], np.ndarray]
HONEST: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(50, 9, n),
    "uniform": lambda rng, n: rng.uniform(0, 1, n),
    "exponential": lambda rng, n: rng.exponential(3, n),
    "lognormal": lambda rng, n: rng.lognormal(3, 0.5, n),
    "t with five degrees": lambda rng, n: rng.standard_t(5, n),
    "half of it zero": lambda rng, n: rng.exponential(1, n) * (rng.random(n) < 0.5),
    "counts": lambda rng, n: rng.poisson(2, n).astype(float),
}


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("n", [50, 200, 5_000])
def test_honest_targets_are_left_alone(name: str, n: int) -> None:
    draws = (HONEST[name](np.random.default_rng(seed), n) for seed in range(300))
    assert sum(bool(ruling_notes("y", y, "t.csv", "mae")) for y in draws) <= 1


def test_a_slip_of_the_decimal_point_is_named_with_its_row() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 2))
    price = rng.uniform(100, 2_000, 500)
    price[321] = 90_000
    table = to_table(np.column_stack([x, price]))
    made = make_task(table, -1, kind="regression")
    [note] = [note for note in made.info.notes if "90000" in note]
    assert "'column_3' is 90000 in row 322 of" in note
    assert "97." in note
    assert "--metric mae" in note
    assert "90000" not in "".join(make_task(table, -1, kind="regression", metric="mae").info.notes)


@pytest.mark.parametrize("many", [1, 2, 3])
def test_up_to_three_cells_together(many: int) -> None:
    y = np.random.default_rng(0).normal(size=400)
    y[[7, 30, 99][:many]] = [-900, 1_000, 1_100][:many]
    [note] = ruling_notes("y", y, "t.csv", "mae")
    assert "-900 in row 8" in note
    assert note.count("in row") == many


def test_rows_of_a_test_file_are_named_by_that_file() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 1)), rng.normal(size=300)
    y[250] = 5_000
    main = to_table({"x": x[:200, 0], "y": y[:200]})
    test = to_table({"x": x[200:, 0], "y": y[200:]})
    made = make_task(main, "y", test=test)
    assert sum("5000 in row 51 of" in note for note in made.info.notes) == 1


@pytest.mark.parametrize("scale", [1e-140, 1e140])
def test_any_units_will_do(scale: float) -> None:
    y = np.random.default_rng(0).normal(size=100)
    y[5] = 1e4
    assert len(ruling_notes("y", y * scale, "t.csv", "mae")) == 1
