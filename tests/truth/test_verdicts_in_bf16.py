"""Promise of `--precision bf16`: the same verdict as in fp32, on tasks with and without a depth.

The same verdict: the same status; the ranges from `at_least` to `enough` overlap; and the depth
that one of the two names is not excluded by the other. The seeds, batches and first weights of both
studies are the same, so that what differs is rounding alone.

The short one is in the default suite; whole studies are `pytest -m campaign -s tests/truth`, which
prints what both said.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import howdeep
from howdeep.base.verdicts import CellRef, Verdict
from howdeep.report.sentence import headline

DATA = Path(os.environ.get("HOWDEEP_TEST_DATA", "/nonexistent"))


def both(tmp_path: Path, data: Any, **options: Any) -> tuple[Verdict, Verdict]:
    """The verdicts in fp32 and in bf16, printed."""
    found = []
    for precision in ("fp32", "bf16"):
        out = tmp_path / f"{precision}.study"
        answer = howdeep.run(data, precision=precision, jobs=1, rivals="none", out=out, **options)
        verdict = answer.verdict
        print(f"\n{precision}: {headline(answer.dossier)}")
        print(f"  at least {named(verdict.at_least)}, enough {named(verdict.enough)}")
        for c in verdict.cells:
            s = c.standing
            bounds = f"{s.low:+.4f} to {s.high:+.4f}"
            print(f"  {s.cell.name}: {s.score:.4f} ({bounds}), {s.state}, {s.seeds} seeds")
        found.append(verdict)
    return found[0], found[1]


def named(ref: CellRef | None) -> str:
    return "none" if ref is None else ref.name


def span(verdict: Verdict) -> tuple[int, int]:
    """[at_least, enough] as places in the ladder; open where nothing is known."""
    names = [c.standing.cell.name for c in verdict.cells]
    low = 0 if verdict.at_least is None else names.index(verdict.at_least.name)
    return low, len(names) - 1 if verdict.enough is None else names.index(verdict.enough.name)


def excluded(verdict: Verdict) -> set[str]:
    return {c.standing.cell.name for c in verdict.cells if c.standing.state == "dropped"}


def assert_unchanged(fp32: Verdict, bf16: Verdict) -> None:
    assert any("bf16" in note for note in bf16.notes)
    assert not any("bf16" in note for note in fp32.notes)
    assert bf16.digest != fp32.digest
    assert bf16.status == fp32.status
    (low, high), (other_low, other_high) = span(fp32), span(bf16)
    assert max(low, other_low) <= min(high, other_high)
    assert named(fp32.enough) not in excluded(bf16)
    assert named(bf16.enough) not in excluded(fp32)


def test_on_a_product_of_columns(tmp_path: Path) -> None:
    """Linear models cannot tell its sign, one hidden layer can."""
    a, b = np.random.default_rng(0).normal(size=(2, 400))
    rows, y = {"a": a, "b": b}, np.where(a * b > 0, "yes", "no")
    fp32, bf16 = both(tmp_path, rows, y=y, depths=(0, 1), max_seeds=3, epsilon=0.1)
    assert_unchanged(fp32, bf16)
    assert fp32.status in ("recommended", "extend")


@pytest.mark.campaign("bf16")
def test_where_depth_matters(tmp_path: Path) -> None:
    fp32, bf16 = both(tmp_path, "mnist1d", depths=(0, 1, 2, 4), max_seeds=8)
    assert "linear" in excluded(fp32)
    assert_unchanged(fp32, bf16)


@pytest.mark.campaign("bf16")
def test_where_no_depth_is_needed(tmp_path: Path) -> None:
    fp32, bf16 = both(tmp_path, "linear", depths=(0, 1, 2), max_seeds=8)
    assert fp32.status == "no_depth_needed"
    assert_unchanged(fp32, bf16)


@pytest.mark.campaign("bf16")
def test_on_real_rows(tmp_path: Path) -> None:
    table = DATA / "california_housing" / "housing.csv"
    if not table.exists():
        pytest.skip("HOWDEEP_TEST_DATA names no folder with california_housing")
    small = {"depths": (0, 1, 2, 4), "rows": 5_000, "max_seeds": 8, "epsilon": 0.03}
    assert_unchanged(*both(tmp_path, table, target="median_house_value", **small))
