"""Successive halving on the rows that choose (Jamieson and Talwalkar 2016): grow all, keep half.

In folds each view of a fold halves by itself, on its own rows: a setting that only the other view
kept is no candidate, or the half that is scored would have a say in what is scored on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, TypeVar

from howdeep.trainers.classical._data import Mark


class Run(Protocol):
    """A setting that can be fitted further."""

    def grow(self, to: float) -> tuple[Mark, ...]:
        """Fit on up to `to`, and give the marks to halve by, one a view."""
        ...


R = TypeVar("R", bound=Run)


def widths(settings: int, last: int) -> list[int]:
    """Settings at each rung, then those that are fitted to the end.

    >>> widths(16, 2), widths(5, 1), widths(1, 2)
    ([16, 8, 4, 2], [5, 3, 2, 1], [1])
    """
    out = [settings]
    while out[-1] > last:
        out.append(max(-(-out[-1] // 2), last))
    return out


def schedule(settings: int, rungs: Sequence[float], last: int) -> list[tuple[int, float, int]]:
    """(settings, how far each is fitted, settings kept): as many of the last rungs as it takes.

    >>> schedule(16, (2.0, 8.0, 20.0), 2)
    [(16, 2.0, 8), (8, 8.0, 4), (4, 20.0, 2)]
    >>> schedule(4, (2.0, 8.0, 20.0), 2), schedule(1, (2.0, 8.0, 20.0), 2)
    ([(4, 20.0, 2)], [])
    """
    steps = list(pairwise(widths(settings, last)))
    own = rungs[len(rungs) - len(steps) :]
    return [(was, to, kept) for (was, kept), to in zip(steps, own, strict=True)]


def halved(runs: Sequence[R], views: int, rungs: Sequence[float], last: int) -> list[list[R]]:
    """For each view the runs that are left, the best first; of equal marks the earlier stays."""
    alive = [list(range(len(runs))) for _ in range(views)]
    for _, to, kept in schedule(len(runs), rungs, last):
        marks = {i: runs[i].grow(to) for i in sorted({i for own in alive for i in own})}
        for view, own in enumerate(alive):
            own.sort(key=lambda i: (marks[i][view], -i), reverse=True)
            del own[kept:]
    return [[runs[i] for i in own] for own in alive]
