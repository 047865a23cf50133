"""Rows in folds, and the rows that are added to those that were seen."""

from __future__ import annotations

import numpy as np
import pytest

from howdeep.stats.layout import Layout, means, row_part, seed_part


def test_means_are_taken_fold_by_fold() -> None:
    z = np.arange(10.0).reshape(2, 5)
    assert means(z, Layout((2, 3))).tolist() == [[0.5, 3.0], [5.5, 8.0]]
    assert means(z, Layout()).tolist() == [[2.0], [7.0]]
    assert Layout((2, 3)).shares(5).tolist() == [0.4, 0.6]


def test_each_fold_tells_of_its_own_degrees_of_freedom() -> None:
    by_fold = np.array([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]])  # variance 4 in either fold
    s2, df = seed_part(by_fold, np.array([0.5, 0.5]))
    assert (float(s2), float(df)) == (2.0, 4.0)  # a quarter of each; 2 (3 - 1)
    s2, df = seed_part(np.ones((3, 2)), np.array([0.5, 0.5]))
    assert (float(s2), float(df)) == (0.0, 2.0)


def test_normal_rows_have_as_many_degrees_of_freedom_as_rows() -> None:
    k = np.random.default_rng(0).normal(size=(40, 2_000))
    added, df = row_part(k, Layout())
    assert np.median(df) == pytest.approx(2_000, rel=0.1)
    assert added == 0.0


def test_few_rows_that_differ_count_for_few() -> None:
    k = np.zeros(1_000)
    k[:10] = 1.0
    added, df = row_part(k, Layout(unit=1.0))
    assert added == 2.0
    assert df == pytest.approx(2 * (10 + 2), rel=0.05)  # twice the discordant rows


def test_rows_that_all_agree_have_the_freedom_of_the_rows_added() -> None:
    added, df = row_part(np.zeros(600), Layout(unit=25.0))
    assert (float(added), float(df)) == (2 * 625, pytest.approx(4, rel=0.01))
    added, df = row_part(np.zeros(600), Layout())  # nothing is known of other metrics
    assert (float(added), float(df)) == (0.0, 1.0)


def test_neither_tiny_nor_huge_differences_are_lost() -> None:
    k = np.random.default_rng(1).normal(size=100)
    _, df = row_part(k, Layout())
    for scale in (1e-100, 1e100):
        assert row_part(scale * k, Layout())[1] == pytest.approx(float(df))
