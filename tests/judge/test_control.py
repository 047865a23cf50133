"""Depth, or parameters? The recommended cell against its widened shallower rival."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_look import FLAT, RISING

from howdeep.base.nouns import Cost
from howdeep.base.verdicts import Verdict
from howdeep.judge import control
from howdeep.judge.conclude import conclude
from planted import ladder, plan, trial


def judged(monkeypatch: pytest.MonkeyPatch, rival: float, sd: float = 0.05, n: int = 20) -> Verdict:
    """RISING with a control for 2 blocks whose mean is `rival`."""
    p = plan()
    memory = ladder(p, RISING, sd=0.05)
    shallower, enough = p.cells[1], p.cells[2]
    wide = dataclasses.replace(shallower.rung, width=44)
    cost = Cost(3, round(enough.cost.parameters * 1.01), 1e5)
    monkeypatch.setattr(control, "control_of", lambda *_: (enough, shallower, wide, cost))
    rng = np.random.default_rng(0)
    for seed in range(n):
        made = trial(enough, seed, stage="control", rung=wide)
        rows = memory.trial(next(t for t in memory.trials if t.seed == seed), "select")
        memory.put(made, rows - rows.mean() + rival + rng.normal(0, sd))
    return conclude(p, memory.trials, memory)


@pytest.mark.parametrize(
    ("rival", "sd", "says"),
    [(50.0, 0.05, "depth"), (55.0, 0.05, "parameters"), (54.5, 4.0, "unclear")],
)
def test_what_the_interval_says(
    monkeypatch: pytest.MonkeyPatch, rival: float, sd: float, says: str
) -> None:
    v = judged(monkeypatch, rival, sd)
    assert v.control is not None
    assert v.control.says == says
    assert v.control.rival.width == 44
    assert v.control.parameters_ratio == pytest.approx(1.01, abs=1e-3)
    assert v.control.gain.value == pytest.approx(55 - rival, abs=3)
    assert v.control.seeds == v.seeds


def test_the_control_leaves_the_status_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for rival in (50.0, 80.0):
        v = judged(monkeypatch, rival)
        assert (v.status, v.blocks) == ("recommended", 2)


def test_one_common_seed_is_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    v = judged(monkeypatch, 50.0, n=1)
    assert v.control is None
    assert "two seeds" in v.control_why


def test_why_there_is_none() -> None:
    p = plan()
    reasons = {}
    for name, means in {"flat": FLAT, "rising": RISING}.items():
        memory = ladder(p, means)
        reasons[name] = conclude(p, memory.trials, memory).control_why
    hopeless = plan(max_seeds=3)
    memory = ladder(hopeless, FLAT, sd=5.0)
    reasons["open"] = conclude(hopeless, memory.trials, memory).control_why
    assert reasons["flat"] == control.MEANINGLESS
    assert "was trained" in reasons["rising"]
    assert "no cell is recommended" in reasons["open"]
