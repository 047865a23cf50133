"""What a net gets wrong on test rows: counts that add up, and intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from howdeep.base.verdicts import Interval
from howdeep.judge.ends import within
from howdeep.judge.tested import FARTHEST, POINTS, of_classes, of_numbers


@pytest.mark.parametrize(("classes", "rows"), [(2, 50), (5, 333), (26, 4000)])
def test_counts_are_those_of_the_confusion_matrix(classes: int, rows: int) -> None:
    rng = np.random.default_rng(classes)
    true = rng.integers(0, classes, rows)
    said = np.where(rng.random(rows) < 0.7, true, rng.integers(0, classes, rows))
    found = of_classes(true, said, classes, 0.95)
    counts = confusion_matrix(true, said, labels=range(classes))
    assert found.rows == rows == sum(one.rows for one in found.classes)
    assert [one.right for one in found.classes] == counts.diagonal().tolist()
    assert {(a, b): n for a, b, n in found.mistakes} == {
        (a, b): n for (a, b), n in np.ndenumerate(counts) if n and a != b
    }
    assert [n for *_, n in found.mistakes] == sorted((n for *_, n in found.mistakes), reverse=True)
    for each, score in (("recall", recall_score), ("precision", precision_score)):
        ours = [getattr(one, each).value for one in found.classes]
        assert ours == pytest.approx(score(true, said, average=None, labels=range(classes)))
    for one in found.classes:
        for share in (one.recall, one.precision):
            assert share is not None
            assert 0 <= share.low <= share.value <= share.high <= 1  # type: ignore[operator]


def test_a_class_without_rows_or_never_called_has_no_share() -> None:
    found = of_classes(np.array([0, 0, 1]), np.array([0, 0, 0]), 3, 0.95)
    assert [one.recall is None for one in found.classes] == [False, False, True]
    assert [one.precision is None for one in found.classes] == [False, True, True]


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "exponential"])
def test_sizes_of_errors_are_bounded_as_often_as_is_said(draw: str) -> None:
    """Without an assumption about how errors are distributed: order statistics."""
    rng = np.random.default_rng(4)
    every = np.abs(getattr(rng, draw)(size=400_000))
    wanted = {"half": np.quantile(every, 0.5), "ninety": np.quantile(every, 0.9)}
    held = dict.fromkeys(wanted, 0)
    for _ in range(400):
        error = getattr(rng, draw)(size=120)
        found = of_numbers(error, np.zeros(120), 0.95).errors
        assert found is not None
        for name, value in wanted.items():
            size: Interval = getattr(found, name)
            held[name] += size.low <= value <= size.high  # type: ignore[operator]
    assert all(0.93 <= times / 400 <= 0.99 for times in held.values()), held


def test_few_rows_bound_nothing_and_a_picture_has_the_largest_errors() -> None:
    few = of_numbers(np.arange(5.0), np.zeros(5), 0.95).errors
    assert few is not None
    assert few.ninety.high is None
    rng = np.random.default_rng(0)
    said = rng.normal(size=9_000)
    true = said + rng.standard_t(2, 9_000)
    found = of_numbers(true, said, 0.95).errors
    assert found is not None
    assert POINTS <= len(found.points) <= POINTS + FARTHEST
    shown = {residual for _, residual in found.points}
    assert set(sorted((true - said).tolist(), key=abs)[-FARTHEST:]) <= shown
    assert found.bias.value == pytest.approx((true - said).mean(), rel=1e-4)
    assert [x for x, _ in found.points] == sorted(x for x, _ in found.points)


@pytest.mark.parametrize("beyond", [1.0000000002, 1.0000005])
def test_no_value_is_rounded_beyond_the_ends_of_a_metric(beyond: float) -> None:
    assert within(Interval(beyond, 0.9, beyond), (0.0, 1.0)) == Interval(1.0, 0.9, 1.0)
    assert within(Interval(1 - beyond, None, 0.1), (0.0, 1.0)) == Interval(0.0, None, 0.1)
    assert within(Interval(beyond, None, None), (None, None)).value == beyond
