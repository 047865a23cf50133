"""The tolerance follows from the error that is left, and is fixed before any comparison."""

from __future__ import annotations

from dataclasses import replace

import pytest

import fake
from howdeep.base.nouns import Tolerance
from howdeep.base.trials import Trial
from howdeep.judge import tolerance
from howdeep.judge.fixed import fixed
from planted import trial


def tried(plan: object, best: float) -> list[Trial]:
    """Every first cell has tried one rate; the best depth scores `best`."""
    out = []
    for i, cell in enumerate(plan.cells):  # type: ignore[attr-defined]
        score = best - 0.05 * i
        for seed in (-1, -2):
            made = trial(cell, seed, stage="rate", val=score)
            out.append(replace(made, key=f"{cell.name} {seed}", rates=(-6,)))
    return out


@pytest.mark.parametrize(
    ("metric", "best", "rule", "epsilon"),
    [
        ("accuracy", 0.70, Tolerance(0.05, 0.004), 0.015),
        ("accuracy", 0.98, Tolerance(0.05, 0.004), 0.004),
        ("accuracy", 0.64, Tolerance(0.05, 0.004, 0.05), 0.030),  # many wrong: rows tell less apart
        ("accuracy", 0.99, Tolerance(0.05, 0.004, 0.01), 0.004),
        ("mse", -0.30, Tolerance(0.10, 0.0), 0.030),
        ("mse", -0.011, Tolerance(0.10, 0.0), 0.0011),  # R2 .989: a quarter of it would be much
    ],
)
def test_a_share_of_the_error_that_is_left(
    metric: str, best: float, rule: Tolerance, epsilon: float
) -> None:
    plan = fake.plan()
    plan = replace(plan, task=replace(plan.task, metric=metric), tolerance=rule, epsilon=0.2)
    assert fixed(plan, tried(plan, best)).epsilon == pytest.approx(epsilon)


def test_what_is_compared_cannot_move_it() -> None:
    plan = replace(fake.plan(), tolerance=Tolerance(0.05, 0.001))
    trials = tried(plan, 0.8)
    main = [trial(cell, 0, val=0.99) for cell in plan.cells]
    assert fixed(plan, [*trials, *main]).epsilon == fixed(plan, trials).epsilon


def test_the_users_own_stays() -> None:
    plan = replace(fake.plan(), epsilon=0.07)
    assert fixed(plan, tried(plan, 0.8)).epsilon == 0.07


def test_rows_of_a_rare_class_tell_less_apart() -> None:
    usual, rare = (tolerance.usual(m, 900) for m in ("accuracy", "balanced_accuracy"))
    assert usual.least == rare.least == pytest.approx(0.01)
    assert usual.by_error < rare.by_error == pytest.approx(2.0 / 30)


def test_it_is_smooth_in_the_rows_and_never_below_what_they_resolve() -> None:
    floors = [tolerance.usual("accuracy", n).least for n in (100, 1_999, 2_000, 40_000)]
    assert floors == pytest.approx([0.03, 0.00671, 0.00671, 0.0015], rel=1e-3)
    assert tolerance.usual("mse", 100).share == pytest.approx(0.3)
    assert tolerance.usual("log_loss", 10_000) == Tolerance(0.10, 0.0)
    assert tolerance.usual("balanced_accuracy", 0.1).least == tolerance.MOST
