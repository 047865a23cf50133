"""Inputs that fail for the same reasons as those that were mended, and that no scenario names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from howdeep.judge import rate_noise, rates
from howdeep.judge.look import look
from howdeep.stats import mcb
from howdeep.stats.layout import Layout
from planted import Memory, ladder, plan, trial


class Weighed(Memory):
    """Rows of which one of the rarest class counts as much as many."""

    def __init__(self, memory: Memory, unit: float) -> None:
        super().__init__()
        self.trials, self.rows, self.unit = memory.trials, memory.rows, unit

    def layout(self) -> Layout:
        return Layout(unit=self.unit)


@pytest.mark.parametrize(("rows", "unit", "named"), [(40, 1.0, False), (4_000, 1.0, True)])
def test_depths_that_agree_on_every_weighted_row(rows: int, unit: float, named: bool) -> None:
    """Agreement says as much as the rows do: three depths with the same scores, epsilon .01."""
    p = plan((0, 1, 2), epsilon=0.01)
    memory = ladder(p, dict.fromkeys((c.name for c in p.cells), 0.9), sd=0.0, rows=rows, row_sd=0)
    for key in memory.rows:
        memory.rows[key] = np.ones(rows) * (0.0 if key[0] == "" else 1.0)
    assert bool(look(p, memory.trials, Weighed(memory, unit)).enough) == named
    assert not look(p, memory.trials, Weighed(memory, 100 * unit)).enough


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999, 0.9999])
@pytest.mark.parametrize("cells", [2, 3, 13])
def test_one_net_of_one_fold_that_learnt_nothing(confidence: float, cells: int) -> None:
    """Little more than one degree of freedom, at any confidence that may be asked for."""
    rng = np.random.default_rng(0)
    layout = Layout((80, 100, 120), unit=1.0)
    z = 0.9 + rng.normal(0, 0.01, (cells, 2, 300))
    z[0, 1, :80] = 0.5
    pairs = mcb.pairwise(z, layout)
    assert pairs.seed_df[0] < 2
    found = mcb.half_widths(pairs, cells + 1, (1 - confidence) * 0.02)
    assert np.isfinite(found.width).all()
    assert (found.width[0, 1:] > abs(pairs.difference[0, 1:])).all() or confidence < 0.9


def test_a_rate_at_which_errors_explode_is_no_noise() -> None:
    """Squared errors of a net that ran off but stayed finite: minus a million next to minus .3."""
    rng = np.random.default_rng(1)
    tried = [-8, -7, -6, -5, -4]
    scores = np.repeat(np.array([-0.5, -0.31, -0.30, -0.32, -1e6])[:, None], 5, axis=1)
    scores[:4] += rng.normal(0, 0.001, (4, 5))
    best = tried[int(rates.merits(tried, scores.mean(1), 1).argmax())]
    found = rate_noise.noise(tried, scores, best, 1, rng)
    assert best in (-7, -6)
    assert np.sqrt(found.variance) < 0.05


@pytest.mark.parametrize("more", [1, 3, 7])
def test_an_encoding_is_not_chosen_by_seeds_that_came_later(more: int) -> None:
    p = plan((0, 1))
    ladders = [
        replace(o, search=replace(o.search, tuning_seeds=1, refined=1 + more)) for o in p.ladders
    ]
    p = replace(p, ladders=tuple(ladders))
    tried = [
        replace(
            trial(c, -1 - s, stage="rate", val=60.0 - 5 * s), rates=(r,), key=f"{c.name} {r} {s}"
        )
        for c in p.cells
        for r in (-8, -7, -6)
        for s in range(1 + more)
    ]
    found = rates.at_first(p, tried)
    assert {name: one.score for name, one in found.items()} == {c.name: 60.0 for c in p.cells}
    assert rates.searches(p, tried)["linear"].score < 60.0
