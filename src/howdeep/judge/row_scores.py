"""From trials to row scores: which seeds a cell has, which of them diverged, and their rows.

A net that diverged, or that was lost for good, is scored as the constant predictor and stays in
its cell's mean: leaving it out would reward a depth for failing often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from howdeep.base.trials import Trial
from howdeep.stats.layout import Layout

Floats = NDArray[np.float64]
RowPart = Literal["select", "test", "net.test"]  # the last: of the one net that is handed over


class RowScores(Protocol):
    """Row scores of a study, wherever they lie; every array is (rows of the part,)."""

    def trial(self, trial: Trial, part: RowPart, /) -> NDArray[np.floating]:
        """Scores of one net, as stored with its trial."""

    def constant(self, part: RowPart, /) -> NDArray[np.floating]:
        """Scores of the constant predictor."""

    def layout(self) -> Layout:
        """How the rows that are compared lie in folds, and what one of them counts."""


@dataclass(frozen=True)
class Seeds:
    """The first n seeds of a cell and which of them count as the constant predictor.

    In folds a seed is one net a fold; a fold that ended non-finite counts by itself.
    """

    trials: tuple[Trial, ...]
    diverged: tuple[bool, ...]

    @property
    def count(self) -> int:
        """Nets that are scored as the constant predictor."""
        pairs = zip(self.trials, self.diverged, strict=True)
        return sum(nets(t) if bad else t.val.count(None) for t, bad in pairs)

    @property
    def unreliable(self) -> bool:
        """Over 20 % of the nets diverged, of two seeds at least: one in three says little."""
        pairs = zip(self.trials, self.diverged, strict=True)
        seeds = sum(bad or None in trial.val for trial, bad in pairs)
        return seeds > 1 and self.count > sum(map(nets, self.trials)) / 5


def nets(trial: Trial) -> int:
    """Nets of a trial, one a fold; of one that was never trained, too."""
    return max(len(trial.val), 1)


def by_cell(trials: Iterable[Trial], stage: str) -> dict[str, tuple[Trial, ...]]:
    """Trials of one stage by cell, each cell's in order of seed: arrival order changes nothing."""
    out: dict[str, list[Trial]] = {}
    for trial in trials:
        if trial.stage == stage:
            out.setdefault(trial.cell, []).append(trial)
    return {cell: tuple(sorted(mine, key=lambda t: (t.seed, t.key))) for cell, mine in out.items()}


def lead(trial: Trial) -> float | None:
    """Mean validation score minus the constant predictor's; `None` where no fold has one.

    A fold that ended non-finite is the constant predictor, and leads by nothing.
    """
    if trial.failed or trial.nonfinite >= len(trial.val) or set(trial.val) == {None}:
        return None
    pairs = zip(trial.val, trial.floor, strict=True)
    return sum(val - floor for val, floor in pairs if val is not None) / len(trial.val)


def first_seeds(trials: Sequence[Trial], n: int, epsilon: float) -> Seeds:
    """The first `n` trials of a cell, judged by the diverged rule among themselves.

    Diverged: lost, non-finite in every fold, or validating no better than the constant predictor
    while another of these seeds beats it by more than `epsilon` (by less, nothing was there to
    be learnt and nothing went wrong).
    """
    mine = tuple(trials[:n])
    leads = [lead(trial) for trial in mine]
    learnable = any(value is not None and value > epsilon for value in leads)
    return Seeds(mine, tuple(v is None or (learnable and v <= 0) for v in leads))


class CachedScores:
    """Row scores for the length of one decision: one seed's at a time, and every mean only once.

    What is kept between seeds is left to `rows`, which knows where they lie.
    """

    def __init__(self, rows: RowScores) -> None:
        self._rows, self._constant = rows, dict[RowPart, Floats]()
        self._mean = dict[tuple[str, RowPart], float]()
        self.layout = rows.layout()

    def constant(self, part: RowPart) -> Floats:
        """The constant predictor's rows (N,), float64."""
        if part not in self._constant:
            self._constant[part] = np.asarray(self._rows.constant(part), dtype=np.float64)
        return self._constant[part]

    def trial(self, trial: Trial, part: RowPart) -> Floats:
        """One net's rows (N,), float64; the constant predictor's where any is not finite."""
        found = np.asarray(self._rows.trial(trial, part), dtype=np.float64)
        good = bool(np.isfinite(found).all())
        return found if good else self.constant(part)

    def seeds(self, seeds: Seeds, part: RowPart) -> Iterator[Floats]:
        """Rows (N,) of each of a cell's seeds, diverged ones as the constant predictor."""
        return (self.seed(seeds, index, part) for index in range(len(seeds.trials)))

    def seed(self, seeds: Seeds, index: int, part: RowPart) -> Floats:
        """Rows (N,) of one of them."""
        if seeds.diverged[index]:
            return self.constant(part)
        return self.trial(seeds.trials[index], part)

    def means(self, seeds: Seeds, part: RowPart) -> Floats:
        """Means over rows (n,)."""
        every = range(len(seeds.trials))
        return np.asarray([self._mean_of(seeds, index, part) for index in every])

    def _mean_of(self, seeds: Seeds, index: int, part: RowPart) -> float:
        key = "" if seeds.diverged[index] else seeds.trials[index].key
        if (key, part) not in self._mean:
            self._mean[key, part] = float(self.seed(seeds, index, part).mean())
        return self._mean[key, part]
