"""What was understood of the data stands in the plan, in the result and on the page alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fabricate import make
from tests import toys

from howdeep.base.nouns import Plan
from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task
from howdeep.report.page import page
from howdeep.report.understood import understood


def plan_of(classes: int = 2, columns: int = 3) -> Plan:
    rng = np.random.default_rng(0)
    n = 400
    cells = {f"x{i}": rng.normal(size=n) for i in range(columns)}
    cells |= {"colour": rng.choice(["red", "green", "blue"], n).astype(object)}
    cells |= {"row": np.arange(n, dtype=float), "same": np.ones(n)}
    y = np.array([f"c{i % classes:02}" for i in range(n)], dtype=object)
    task = make_task(to_table(cells, y=y), "target")
    return toys.begin(task, max_seeds=2, depths=(0, 1))[0]


def test_target_columns_and_measure_are_told() -> None:
    told = dict(understood(plan_of()))
    assert told["Predict"] == "target, one of 2 classes (with rows): c00 (200), c01 (200)"
    assert told["From"] == "3 numbers (x0, x1, x2); 1 category (colour (3 levels))"
    assert "all cells are equal: 'same'" in told["Left out"]
    assert told["Measured by"] == "accuracy"
    assert told["Same if within"].startswith("5 % of the error that remains")


def test_many_classes_and_columns_are_cut() -> None:
    told = dict(understood(plan_of(classes=30, columns=20)))
    assert told["Predict"].endswith("18 more")
    assert "and 12 more" in told["From"]


def test_a_number_is_told_as_one() -> None:
    plan = plan_of()
    task = replace(plan.task, classes=(), class_rows=(), metric="mse")
    assert dict(understood(replace(plan, task=task)))["Predict"] == "target, a number"


def test_images_are_told_by_their_size() -> None:
    plan, _ = toys.begin(toys.image_task(200, side=8, channels=3), max_seeds=2, depths=(0, 1))
    assert dict(understood(plan))["From"] == "images of 8 x 8 pixels, in colour"


@pytest.mark.parametrize("heading", ["Predict", "From", "Measured by", "Same if within"])
def test_the_page_tells_it_too(heading: str) -> None:
    dossier = make()
    told = dict(understood(dossier.plan))
    text = page(dossier)
    assert heading in text
    assert told[heading].split(" (")[0].split(",")[0] in text
