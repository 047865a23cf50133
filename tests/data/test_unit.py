"""How much one row that is compared can differ by."""

from __future__ import annotations

import numpy as np
import pytest

from howdeep.data.scoring import row_weights, unit
from howdeep.data.task import Task
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task


def task(metric: str, rare: float, weights: bool = False, n: int = 800) -> Task:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3))
    y = np.where(rng.random(n) < rare, "rare", "usual")
    given = rng.random(n) + 0.5 if weights else None
    return make_task(to_table(x, y), "target", metric=metric, weights=given)  # type: ignore[arg-type]


def test_a_row_of_the_rarest_class_counts_most() -> None:
    made = task("balanced_accuracy", 0.1)
    share = float((made.target[made.select] == 0).mean())
    assert unit(made) == pytest.approx(1 / (2 * share))
    assert unit(task("accuracy", 0.1)) == 1.0


def test_weighted_rows_count_by_the_mean_of_their_class() -> None:
    made = task("accuracy", 0.5, weights=True)
    heaviest = row_weights(made, made.select).max()
    assert 1.0 < unit(made) < heaviest


def test_errors_have_no_bound() -> None:
    assert unit(task("log_loss", 0.5)) == 0.0
