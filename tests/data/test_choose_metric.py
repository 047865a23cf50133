"""What the rarest class lets balanced accuracy tell is said before anything trains."""

from __future__ import annotations

import numpy as np
import pytest

from howdeep.modalities.table.frames import to_table
from howdeep.modalities.table.prepare import make_task


def notes(rows: dict[str, int], metric: str | None = None, copies: int = 1) -> str:
    y = np.repeat(list(rows), list(rows.values()))
    x = np.random.default_rng(0).normal(size=(len(y), 2)).repeat(copies, axis=0)
    table = to_table({"a": x[:, 0], "b": x[:, 1], "y": np.repeat(y, copies)})
    return " ".join(make_task(table, "y", metric=metric).info.notes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"ill": 5, "well": 495}, "'ill' 4 rows are compared on, each worth 12.5 points"),
        ({"a": 400, "b": 590, "c": 10}, "'c' 8 rows are compared on, each worth 4.2 points"),
        ({"a": 400, "b": 590, "c": 10}, "less than about 25 points apart"),
    ],
)
def test_a_class_of_few_rows_cannot_tell_depths_apart(rows: dict[str, int], said: str) -> None:
    assert said in notes(rows)


def test_what_would_help_fits_the_classes() -> None:
    assert "merge classes" not in notes({"ill": 5, "well": 495})
    assert "merge classes" in notes({"a": 400, "b": 590, "c": 10})


@pytest.mark.parametrize(
    ("rows", "metric"),
    [
        ({"ill": 80, "well": 920}, None),  # balanced accuracy, of rows enough
        ({"ill": 5, "well": 495}, "accuracy"),
        ({"ill": 5, "well": 495}, "log_loss"),
    ],
)
def test_it_is_not_said_where_it_is_not_so(rows: dict[str, int], metric: str | None) -> None:
    assert "hardly be told" not in notes(rows, metric)


@pytest.mark.parametrize(
    ("rows", "guessed"),
    [
        ({"a": 400, "b": 595, "c": 5}, "too few for balanced accuracy"),
        ({"a": 400, "b": 590, "c": 10}, "balanced accuracy (guessed"),
        (
            {"ill": 5, "well": 495},
            "balanced accuracy (guessed",
        ),  # of two classes one is the question
    ],
)
def test_a_class_that_no_fold_can_score_does_not_choose_the_metric(
    rows: dict[str, int], guessed: str
) -> None:
    assert guessed in notes(rows)


def test_it_is_said_of_a_metric_that_was_asked_for() -> None:
    assert "hardly be told" in notes({"a": 30, "b": 30, "c": 30}, "balanced_accuracy")
