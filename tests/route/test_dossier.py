"""What a report is told of a study: scores that can be, and what it all took."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import howdeep
from howdeep.report.page import page


@pytest.mark.parametrize("rare", [4, 6, 9])
def test_no_score_of_a_study_with_a_rare_class_is_more_than_all(rare: int, tmp_path: Path) -> None:
    """Half a fold without the class would score more than 100 % where all of it is right."""
    n = 120
    y = np.array(["often"] * (n - rare) + ["rare"] * rare)
    x = np.random.default_rng(rare).normal(size=(n, 2)) + 6 * (y == "rare")[:, None]
    found = howdeep.run(
        pd.DataFrame(x, columns=["a", "b"]),
        y=y,
        out=str(tmp_path / "s.study"),
        metric="balanced_accuracy",
        epsilon=0.2,
        depths="0,1",
        max_seeds=2,
        max_steps=200,
        jobs=1,
        rivals="none",
        allow_leak=True,
    ).dossier
    scores = [point.score for point in found.rates if point.score is not None]
    assert max(scores) == pytest.approx(1)
    # what is trained is scored by weights of the whole part, and stays as it is
    assert max(c.val for c in found.verdict.cells) > 0.9
    text = page(found)
    percents = [float(one) for one in re.findall(r"(\d+(?:\.\d+)?) %", text)]
    assert max(percents) <= 100


def test_what_a_study_took_counts_every_net_and_fit(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(150, 2))
    found = howdeep.run(
        pd.DataFrame(x, columns=["a", "b"]),
        y=(x[:, 0] > 0).astype(int),
        out=str(tmp_path / "s.study"),
        epsilon=0.2,
        depths="0,1",
        max_seeds=2,
        max_steps=100,
        jobs=1,
        rivals="plain",
        allow_leak=True,
    ).dossier
    spent = found.spent
    assert spent is not None
    assert spent.fits == 1
    main = sum(c.nets for c in found.verdict.cells)
    assert spent.nets > main > 0  # those that try learning rates are counted too
    assert spent.operations > sum(c.flops * c.standing.seeds for c in found.verdict.cells)
    assert spent.seconds > 0
