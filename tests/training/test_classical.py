"""The plain linear model beside the ladder: scikit-learn, on select rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler
from tests import toys

from howdeep.data import encode
from howdeep.training import plain


def test_it_is_logistic_regression_on_standardised_columns() -> None:
    toy = toys.task()
    fold = toy.folds[0]
    x = StandardScaler().fit(toy.numbers[fold.train]).transform(toy.numbers)
    model = LogisticRegression(max_iter=1_000).fit(x[fold.train], toy.target[fold.train])
    rows = fold.views[0].score
    right = model.score(x[rows], toy.target[rows])
    assert plain.plain_score(toy) == pytest.approx(right, abs=1.01 / len(rows))


def test_it_is_least_squares_in_regression() -> None:
    toy = toys.task(kind="regression")
    fold = toy.folds[0]
    model = LinearRegression().fit(toy.numbers[fold.train], toy.target[fold.train])
    rows = fold.views[0].score
    error = np.mean((toy.target[rows] - model.predict(toy.numbers[rows])) ** 2)
    assert plain.plain_score(toy) == pytest.approx(
        -error / toy.target[fold.train].var(), rel=0.01
    )  # howdeep clips


def test_every_fold_is_fitted_on_its_own_training_rows() -> None:
    """A column that gives the target away on held-out rows alone helps nobody."""
    toy = toys.task(folds=5)
    told = toy.numbers.copy()
    told[toy.test, 0] = toy.target[toy.test] * 1e6
    assert plain.plain_score(replace(toy, numbers=told)) == plain.plain_score(toy)


def test_a_class_that_training_rows_lack_is_never_foretold() -> None:
    toy = toys.task()
    few = toy.target.copy()
    few[toy.folds[0].train] %= 2
    for metric in ("accuracy", "balanced_accuracy", "log_loss"):
        score = plain.plain_score(
            replace(toy, target=few, info=replace(toy.info, metric=metric))  # type: ignore[arg-type]
        )
        assert score is not None
        assert np.isfinite(score)


def test_there_is_none_where_zero_blocks_is_one_or_fitting_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    toy = toys.task()
    assert plain.plain_score(replace(toy, encoding="standard")) is None
    assert encode.fit(toy, toy.folds[0].train, "linear").inputs.columns == 5
    monkeypatch.setattr(plain, "MOST_WORK", 10)
    assert plain.plain_score(toy) is None


def test_a_fold_whose_training_rows_hold_one_class_says_that_class() -> None:
    toy = toys.task(folds=5)
    one = np.zeros_like(toy.target)
    one[toy.folds[0].views[0].score[:2]] = 1  # in the held-out fold alone
    score = plain.plain_score(replace(toy, target=one))
    assert score == pytest.approx(1 - 2 / len(toy.select), abs=1e-6)
