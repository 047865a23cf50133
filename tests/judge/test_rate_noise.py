"""The noise of the learning rate that was found: told by the nets that tried rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from howdeep.base.nouns import Cell, Model
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Interval
from howdeep.judge import race as racing
from howdeep.judge import rate_noise
from howdeep.judge.conclude import conclude
from howdeep.judge.rates import merits
from howdeep.judge.widened import rivals, widen
from planted import ladder, plan, trial

RATES = list(range(-9, -2))


def searches(noise: float, units: int, bend: float = 0.4, draws: int = 400) -> tuple[float, float]:
    """The deviation of the score at the rate chosen over searches, and what is told of it."""
    rng = np.random.default_rng(0)
    curve = -bend * np.square(np.asarray(RATES) + 6.3)
    true, told = [], []
    for _ in range(draws):
        scores = curve[:, None] + rng.normal(0, noise, (len(RATES), units))
        best = RATES[int(merits(RATES, scores.mean(1), 1).argmax())]
        true.append(curve[RATES.index(best)])
        told.append(rate_noise.noise(RATES, scores, best, 1, rng).variance)
    return float(np.std(true)), float(np.sqrt(np.mean(told)))


@pytest.mark.parametrize(("noise", "units"), [(1.0, 5), (1.0, 20), (0.5, 3), (2.0, 20)])
def test_what_is_told_is_about_what_another_search_moves(noise: float, units: int) -> None:
    true, told = searches(noise, units)
    assert 0.6 * true < told < 2.5 * true + 0.02


def test_nets_that_agree_leave_no_noise() -> None:
    scores = np.repeat(np.array([0.1, 0.5, 0.9, 0.6])[:, None], 4, axis=1)
    found = rate_noise.noise([-8, -7, -6, -5], scores, -6, 1, np.random.default_rng(0))
    assert (found.variance, found.df) == (pytest.approx(0.0), 3)


def test_a_cliff_is_no_noise() -> None:
    """Rates that all solve a task, and one next to them at which nothing is learnt."""
    scores = np.array([[0.6], [1.0], [1.0], [1.0], [1.0], [0.9], [0.6]])
    found = rate_noise.noise(RATES, scores, -8, 1, np.random.default_rng(0))
    assert found.variance < 1e-4


def test_rates_whose_nets_were_lost_are_left_out() -> None:
    p = plan((0, 1))
    cell = p.cells[1]
    tried = [
        replace(trial(cell, -1 - s, stage="rate", val=v + 0.1 * s), rates=(rate,), key=f"{rate}{s}")
        for rate, v in ((-8, 40.0), (-7, 50.0), (-6, 45.0))
        for s in range(3)
    ]
    whole = rate_noise.by_cell(p, tried)
    lost = [replace(t, failed="killed") if t.rates == (-8,) else t for t in tried]
    assert set(whole) == set(rate_noise.by_cell(p, lost)) == {cell.name}


def test_it_widens_every_comparison_of_the_cell() -> None:
    p = plan((0, 1, 2))
    memory = ladder(p, {"linear": 40.0, "resmlp-1": 50.0, "resmlp-2": 50.0})
    quiet = racing.replay(p, memory.trials, memory)
    rng = np.random.default_rng(2)
    tried = [
        replace(
            trial(p.cells[1], -1 - s, stage="rate", val=50.0 - r + float(rng.normal(0, 5))),
            rates=(-7 + r,),
            key=f"rate {r} {s}",
        )
        for r in (-1, 0, 1)
        for s in range(5)
    ]
    noisy = racing.replay(p, [*memory.trials, *tried], memory)
    assert noisy.noise["resmlp-1"].variance > 0
    assert noisy.look >= quiet.look
    first = racing.replay(replace(p, looks=(3,), spending=(1.0,)), memory.trials, memory)
    other = racing.replay(replace(p, looks=(3,), spending=(1.0,)), [*memory.trials, *tried], memory)
    assert other.width[1, 2] > first.width[1, 2]
    assert other.width[0, 2] == first.width[0, 2]


def searched(at: Cell, mean: float, sd: float, **changes: object) -> list[Trial]:
    """Five nets at each of three rates."""
    rng = np.random.default_rng(4)
    return [
        replace(
            trial(at, -1 - s, val=mean - abs(r) + float(rng.normal(0, sd)), **changes),  # type: ignore[arg-type]
            rates=(-7 + r,),
            key=f"{changes} {at.name} {r} {s}",
        )
        for r in (-1, 0, 1)
        for s in range(5)
    ]


def wide(bounds: Interval | None) -> float:
    assert bounds is not None
    assert bounds.low is not None
    assert bounds.high is not None
    return bounds.high - bounds.low


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_it_widens_the_comparison_with_a_widened_net(side: str) -> None:
    p = plan((0, 1, 2, 4), max_seeds=12)
    means = {"linear": 40.0, "resmlp-1": 45.0, "resmlp-2": 50.0, "resmlp-4": 50.0}
    memory = ladder(p, means, seeds=12)
    at = p.cells[2]
    found = widen(p, rivals(p, {cell.name for cell in p.cells}, at)["control"], at)
    assert not isinstance(found, str)
    for seed in range(12):
        made = trial(at, seed, stage="control", rung=found.rung, key=f"control {seed}")
        memory.put(made, memory.rows[f"main/resmlp-2/{seed}", "select"] - 1.0 + 0.05 * seed)
    stage, rung = ("rate", at.rung) if side == "ours" else ("control_rate", found.rung)
    quiet, noisy = (
        conclude(p, [*memory.trials, *searched(at, 50.0, sd, stage=stage, rung=rung)], memory)
        for sd in (0.0, 1.0)
    )
    assert quiet.control is not None
    assert noisy.control is not None
    assert wide(noisy.control.gain) > wide(quiet.control.gain)
    assert noisy.control.gain.value == quiet.control.gain.value


def test_it_widens_the_comparison_with_a_classical_model() -> None:
    p = replace(plan((0, 1, 2), max_seeds=3), rivals=(Model("boosting", 1, 200, 8, 2, 50, 1e9),))
    memory = ladder(p, {"linear": 40.0, "resmlp-1": 45.0, "resmlp-2": 50.0}, seeds=3)
    fit = replace(
        trial(p.cells[0], 0, stage="rival"),
        key="rival",
        cell="boosting",
        rung=p.rivals[0],
    )
    memory.put(fit, memory.rows["main/resmlp-2/0", "select"] + np.linspace(-1, 1, 40))
    quiet, noisy = (
        conclude(p, [*memory.trials, *searched(p.cells[2], 50.0, sd, stage="rate")], memory)
        for sd in (0.0, 3.0)
    )
    assert wide(noisy.rivals[0].difference) > wide(quiet.rivals[0].difference)
