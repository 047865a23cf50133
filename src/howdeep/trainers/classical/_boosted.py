"""What gradient boosting is whoever grows the trees: settings, their halving, when growing ends.

Settings are halved on the rows that choose. They are held against each other after equal learning
(rate x iterations), as a slow one is not a bad one. The last are grown until none of a stretch of
learning was better, each view of a fold for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import NamedTuple, Protocol

from howdeep.trainers.classical._data import NO, Choice, Data, Floats, Mark, Matrix
from howdeep.trainers.classical._halve import halved, schedule


class Setting(NamedTuple):
    """Learning rate, leaves of a tree, rows of a leaf at least, its penalty, columns tried."""

    rate: float
    leaves: int
    leaf: int
    penalty: float  # L2, of a leaf's value
    share: float  # of the columns, drawn again for every split


SEEDS = 3  # where columns are drawn; otherwise one fit stands for all
FEATURES = ("cells", "hog_axes")
UNIT = "iterations"
SETTINGS = (  # broad and quick at first, so that the first eight or four are a search too
    Setting(0.1, 31, 20, 0.0, 1.0),
    Setting(0.05, 63, 10, 1.0, 0.5),
    Setting(0.1, 8, 20, 0.0, 1.0),
    Setting(0.1, 31, 20, 0.0, 0.5),
    Setting(0.05, 31, 20, 10.0, 1.0),
    Setting(0.03, 15, 20, 0.0, 0.5),
    Setting(0.1, 15, 20, 1.0, 1.0),
    Setting(0.03, 127, 20, 5.0, 1.0),
    Setting(0.03, 31, 60, 1.0, 0.5),
    Setting(0.1, 63, 5, 10.0, 1.0),
    Setting(0.05, 8, 20, 0.0, 0.5),
    Setting(0.03, 31, 5, 1.0, 1.0),
    Setting(0.1, 4, 20, 0.0, 1.0),
    Setting(0.03, 63, 20, 1.0, 1.0),
    Setting(0.05, 200, 50, 1.0, 0.5),
    Setting(0.05, 15, 60, 10.0, 0.5),
)
LEVELS = (
    (16, 4_000),
    (8, 4_000),
    (8, 1_000),
    (4, 1_000),
    (4, 400),
    (2, 400),
    (1, 400),
    (1, 200),
    (1, 100),
)
RUNGS = (3.0, 8.0, 20.0)  # learning after which half of the settings go
LAST = 2  # settings that are grown to the end
PATIENCE = 6.0  # learning without a better mark that ends growing, and
LEAST = 50  # iterations of it
FIRST_LOOK, LOOKS = 5.0, 1.5  # learning before the first look for that; each look so much later
USUAL = {"classes": 22.0, "numbers": 40.0}  # learning after which growing ends, as a rule


def pace(setting: int) -> float:
    """How much one iteration learns: its rate, times more where a tree has more leaves.

    The iterations that are best on validation rows fall with the leaves like this power of them.

    >>> round(pace(0), 3)
    0.1
    """
    own = SETTINGS[setting]
    return float(own.rate * (own.leaves / 31) ** 0.75)


def reach(setting: int, learning: float, size: int) -> int:
    """Iterations that it takes to learn so much, of at most `size`."""
    return min(max(math.ceil(learning / pace(setting)), 1), size)


def work(rows: int, columns: int, outputs: int, queries: int, settings: int, size: int) -> float:
    """Nanoseconds: a tree costs a pass over rows x columns and, more, what each leaf costs."""

    def grown(learning: float) -> float:
        """What a setting takes to learn so much, in the mean."""
        trees = [reach(setting, learning, size) for setting in range(settings)]
        leaves = [min(own.leaves, rows / own.leaf) for own in SETTINGS[:settings]]
        a_row = 7.0 * rows * columns + 10.0 * queries
        each = [n * (3e5 + 2.7e4 * m + a_row) for n, m in zip(trees, leaves, strict=True)]
        return sum(each) / settings

    total, before = 0.0, 0.0
    for many, to, _ in schedule(settings, RUNGS, LAST):
        total += many * (grown(to) - before)
        before = grown(to)
    end = grown(USUAL["numbers" if outputs == 1 else "classes"])
    total += min(settings, LAST) * (end - before) + (SEEDS - 1) * end
    return total * (outputs if outputs > 2 else 1)


def describe(setting: int, size: int) -> str:
    """
    >>> describe(0, 212)
    'learning rate 0.1, 31 leaves of 20 rows or more, 212 iterations'
    >>> describe(1, 90)
    'learning rate 0.05, 63 leaves of 10 rows or more, penalty 1, half of the columns at a split, \
90 iterations'
    """
    own = SETTINGS[setting]
    penalty = f", penalty {own.penalty:g}" if own.penalty else ""
    tried = ", half of the columns at a split" if own.share < 1 else ""
    tree = f"{own.leaves} leaves of {own.leaf} rows or more"
    return f"learning rate {own.rate:g}, {tree}{penalty}{tried}, {size} iterations"


class Trees(Protocol):
    """One setting of one library, grown iteration by iteration on a fold's training rows."""

    def grow(self, end: int) -> Iterator[Floats]:
        """Grow to `end` iterations in all; the outputs on the held rows after each new one."""
        ...

    def outputs(self, iterations: int, x: Matrix, /) -> Floats:
        """Outputs on any rows after so many iterations."""
        ...


@dataclass(eq=False)
class Run:
    """One setting as it grows, with its marks after every iteration."""

    data: Data
    setting: int
    size: int
    trees: Trees
    marks: list[tuple[Mark, ...]] = field(default_factory=list)

    def grow(self, to: float) -> tuple[Mark, ...]:
        """Grow until so much is learnt; the best keys so far, one a view."""
        self.until(reach(self.setting, to, self.size))
        return tuple(max(map(self.key, own)) for own in zip(*self.marks, strict=True))

    def key(self, mark: Mark) -> Mark:
        """A mark as it is chosen by: of accuracies, which are coarse, the log loss comes first."""
        return mark[::-1] if self.data.metric.hits else mark  # few rows tell little

    def until(self, end: int) -> None:
        """Grow to `end` iterations and mark the new ones."""
        if end > len(self.marks):
            self.marks += map(self.data.judge, self.trees.grow(end))

    def finish(self, view: int) -> tuple[Mark, Choice]:
        """Grow until this view has seen nothing better for a while: its best iteration.

        Before it the mark that it is chosen by.
        """
        patience = max(math.ceil(PATIENCE / pace(self.setting)), LEAST)
        best = at = 0
        while at < self.size and at - best < patience:
            if at == len(self.marks):
                more = max(int(at * LOOKS), reach(self.setting, FIRST_LOOK, self.size), at + 1)
                self.until(min(more, self.size))
            if self.key(self.marks[at][view]) > self.key(self.marks[best][view]):
                best = at
            at += 1
        marks = tuple(mark if v == view else NO for v, mark in enumerate(self.marks[best]))
        predict = partial(self.trees.outputs, best + 1)
        fixed = SETTINGS[self.setting].share == 1
        found = Choice(self.setting, best + 1, marks, predict, fixed)
        return self.key(self.marks[best][view]), found


def choices(
    plant: Callable[[Data, Setting, int], Trees],
    data: Data,
    seed: int,
    settings: Sequence[int],
    size: int,
) -> Iterator[Choice]:
    """For each view the best iteration of the best setting; `plant` begins the trees of one."""
    runs = [Run(data, own, size, plant(data, SETTINGS[own], seed % 2**32)) for own in settings]
    for view, left in enumerate(halved(runs, data.views, RUNGS, LAST)):
        yield max((run.finish(view) for run in left), key=itemgetter(0))[1]
