"""Successive halving: the best stays, each view decides for itself, and little is wasted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from howdeep.trainers.classical import _boosted, forest
from howdeep.trainers.classical._data import Mark
from howdeep.trainers.classical._halve import halved, schedule, widths


@dataclass(eq=False)
class Planted:
    """A run whose marks are known: one a view, approached as it grows."""

    name: int
    ends: tuple[float, ...]
    grown: list[float] = field(default_factory=list)

    def grow(self, to: float) -> tuple[Mark, ...]:
        self.grown.append(to)
        return tuple((end - 1 / to, 0.0) for end in self.ends)


def left(runs: list[Planted], views: int, last: int = 2) -> list[list[int]]:
    return [[run.name for run in own] for own in halved(runs, views, (1.0, 2.0, 4.0, 8.0), last)]


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize("count", [1, 2, 3, 8, 16])
def test_the_best_are_left_whatever_the_order(order: int, count: int) -> None:
    names = np.random.default_rng(order).permutation(count).tolist()
    runs = [Planted(name, (float(name),)) for name in names]
    assert sorted(left(runs, 1)[0]) == sorted(names)[-2:]


def test_only_what_is_left_grows_and_a_pair_at_once_does_not() -> None:
    runs = [Planted(name, (float(name),)) for name in range(8)]
    halved(runs, 1, (1.0, 2.0, 4.0), 2)
    assert [len(run.grown) for run in runs] == [1] * 4 + [2] * 4
    assert [to for run in runs[4:] for to in run.grown] == [2.0, 4.0] * 4  # the last two rungs
    pair = [Planted(0, (0.0,)), Planted(1, (1.0,))]
    assert left(pair, 1) == [[0, 1]]
    assert not pair[0].grown


def test_of_equal_ones_the_earlier_stay() -> None:
    assert left([Planted(name, (0.5,)) for name in range(16)], 1) == [[0, 1]]


def test_what_one_view_sees_changes_nothing_for_the_other() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, other, changed = rng.normal(size=(3, 16))
        first = left([Planted(i, m) for i, m in enumerate(zip(one, other, strict=True))], 2)
        second = left([Planted(i, m) for i, m in enumerate(zip(one, changed, strict=True))], 2)
        assert first[0] == second[0]
        assert first[1] == np.argsort(-other)[:2].tolist()


@pytest.mark.parametrize("file", [_boosted, forest])
def test_there_are_rungs_for_every_number_of_settings(file: object) -> None:
    last = getattr(file, "LAST", 1)
    for settings, _ in file.LEVELS:  # type: ignore[attr-defined]
        steps = schedule(settings, file.RUNGS, last)  # type: ignore[attr-defined]
        assert [many for many, _, _ in steps] == widths(settings, last)[:-1]
        assert [to for _, to, _ in steps] == sorted(to for _, to, _ in steps)


def test_settings_learn_alike_at_a_rung() -> None:
    for to in _boosted.RUNGS:
        for setting in range(len(_boosted.SETTINGS)):
            learnt = _boosted.reach(setting, to, 10_000) * _boosted.pace(setting)
            assert to <= learnt < to + _boosted.pace(setting)
