"""A decision over many trials: its memory is that of the trials, never that of their rows."""

from __future__ import annotations

import tracemalloc

import numpy as np

from howdeep.base.trials import Trial
from howdeep.judge.conclude import conclude
from howdeep.stats.layout import Layout
from planted import plan, trial

ROWS = 4_000


class Made:
    """Row scores made from a trial's key whenever they are asked for, in float32 as on disk."""

    def trial(self, trial: Trial, part: str) -> np.ndarray:
        rng = np.random.default_rng(list(trial.key.encode()))
        gain = 3.0 * min(trial.rung.blocks, 2)
        return (20 + gain + rng.normal(0, 1, ROWS)).astype(np.float32)

    def constant(self, part: str) -> np.ndarray:
        return np.full(ROWS, 10.0)

    def layout(self) -> Layout:
        return Layout()


def peak(seeds: int) -> int:
    """Bytes at most during a decision over so many seeds a cell, next to the trials themselves."""
    p = plan((0, 1, 2, 4), max_seeds=seeds, looks=(seeds,), spending=(1.0,))
    trials = [trial(cell, s, val=20.0) for cell in p.cells for s in range(seeds)]
    tracemalloc.start()
    verdict = conclude(p, trials, Made())
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (verdict.status, verdict.seeds) == ("recommended", seeds)
    return found


def test_ten_times_the_trials_need_hardly_more_memory() -> None:
    few, many = peak(50), peak(500)
    rows = 4 * (500 - 50) * ROWS * 4  # bytes of the further scores, as they are stored
    assert many - few < rows / 20
    assert many < 1.25 * few
