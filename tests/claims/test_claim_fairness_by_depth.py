"""Gaps between groups are those of fairlearn; the census table is read as it is published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from howdeep.claims import Lab, _tables
from howdeep.claims._run import Asked, there
from howdeep.claims.fairness_by_depth import gaps

ROW = (
    "{}, Private, 226802, 11th, 7, Never-married, Sales, Own-child, Black, {}, {}, 0, 40, Cuba, {}"
)


def test_gaps_are_those_of_fairlearn() -> None:
    theirs = pytest.importorskip("fairlearn.metrics")
    draws = np.random.default_rng(3)
    truth, said, group = (draws.integers(0, 2, 500) for _ in range(3))
    ours = gaps(said, truth, group)
    names = {"parity": "demographic_parity_difference", "chance": "equal_opportunity_difference"}
    for kind, name in names.items():
        expected = getattr(theirs, name)(truth, said, sensitive_features=group)
        assert ours[kind] == pytest.approx(expected, abs=1e-6)


def _write(folder: Path) -> None:
    folder.mkdir()
    for name, end in (("train.csv", ""), ("test.csv", ".")):
        rows = [
            ROW.format(20 + i % 40, ("Male", "Female")[i % 2], 1_000 * (i % 3),
                       ("<=50K", ">50K")[i % 4 == 0] + end)
            for i in range(240)
        ]  # fmt: skip
        (folder / name).write_text("\n".join(rows) + "\n\n", encoding="utf-8")


def test_the_census_table_is_read(tmp_path: Path) -> None:
    _write(tmp_path / "adult")
    found = _tables.adult(Lab("any", data_dir=str(tmp_path)), (160, 60, 100))
    assert found.data.test.y.tolist() == [int(i % 4 == 0) for i in range(100)]
    assert found.group.tolist() == [1 - i % 2 for i in range(100)]
    numbers = found.data.train.x[:, [0, 2]]
    assert torch.allclose(numbers.mean(0), torch.zeros(2), atol=1e-5)
    assert torch.allclose(numbers.std(0, correction=0), torch.ones(2), atol=1e-5)


def test_a_table_is_there_where_all_its_files_are(tmp_path: Path) -> None:
    asked = Asked(("fairness_by_depth",), tmp_path / "out", data_dir=str(tmp_path))
    assert not there("adult", asked)
    _write(tmp_path / "adult")
    assert there("adult", asked)
    (tmp_path / "adult" / "test.csv").unlink()
    assert not there("adult", asked)
    assert not there("adult", Asked((), tmp_path / "out"))
