"""Data on which boosting must win, and data on which it must not: the first words say which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import toys
from howdeep.data.task import Task
from howdeep.executors.here import Here
from howdeep.judge.conclude import conclude
from howdeep.judge.look import look
from howdeep.modalities.table.samples import NUMBERS, Names
from howdeep.report.sentence import headline
from howdeep.route.dossier import dossier
from howdeep.route.drive import drive
from howdeep.store.study import Study


def steps(x: np.ndarray) -> np.ndarray:
    """A random tree of thresholds on six of the columns, sixteen leaves: a house of corners."""
    rng = np.random.default_rng(1)
    out = np.zeros(len(x))

    def split(mask: np.ndarray, depth: int) -> None:
        if not depth:
            out[mask] = rng.normal()
            return
        right = x[:, rng.integers(0, 6)] > 0.6 * rng.normal()
        split(mask & ~right, depth - 1)
        split(mask & right, depth - 1)

    split(np.ones(len(x), dtype=bool), 4)
    return out


def turned(x: np.ndarray) -> np.ndarray:
    """A wave and a product along turned axes: smooth, and no column matters alone."""
    columns = x.shape[1]
    axes, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(columns, columns)))
    z = x @ axes
    return np.sin(1.5 * z[:, 0]) + 0.5 * z[:, 1] * z[:, 2]


def task(truth: Callable[[np.ndarray], np.ndarray], rows: int, columns: int) -> Task:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, columns))
    names = tuple(f"x{i}" for i in range(columns))
    toy = toys.task(rows=rows, kind="regression")
    return replace(
        toy,
        samples={**toy.samples, NUMBERS: x},
        names=Names(names, (), ()),
        target=truth(x) + 0.1 * rng.normal(size=rows),
        info=replace(toy.info, features=tuple((name, "number") for name in names)),
    )


def first_words(made: Task, path: Path, **options: object) -> str:
    plan, made = toys.begin(made, max_seeds=3, **options)  # type: ignore[arg-type]
    with Study.create(path, plan, made) as study:
        *_, last = drive(study, Here(), look, conclude)
        said = headline(dossier(study, last.verdict))  # type: ignore[union-attr]
    print(f"\n{said}")
    return said


QUICK = {"depths": (0, 1), "max_steps": 500, "rivals": ("boosting", "plain")}
WHOLE = {"depths": (0, 1, 2, 4), "rivals": None}


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (2_000, QUICK),
        pytest.param(4_000, WHOLE, marks=pytest.mark.campaign("planted truths")),
    ],
)
def test_where_boosting_wins_it_is_said_first(
    rows: int, options: dict[str, object], tmp_path: Path
) -> None:
    said = first_words(task(steps, rows, 20), tmp_path / "steps.study", **options)
    first = ("Use gradient boosting rather than a net: ", "So far gradient boosting is better ")
    assert said.startswith(first)


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (2_000, QUICK),
        pytest.param(4_000, WHOLE, marks=pytest.mark.campaign("planted truths")),
    ],
)
def test_where_it_does_not_it_is_not(rows: int, options: dict[str, object], tmp_path: Path) -> None:
    said = first_words(task(turned, rows, 6), tmp_path / "turned.study", **options)
    assert "boosting" not in said
