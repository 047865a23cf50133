"""Formulas of fairness: what is right and chosen by group, and how far groups are apart.

Demographic parity and equalised odds as differences (Hardt, Price and Srebro 2016; the measures of
fairlearn), here of any number of classes: the largest over classes, each against the rest, which
for two classes is the usual one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from howdeep.instruments._design import PLAIN, Design, variance
from howdeep.instruments._intervals import LEVEL, Three, apart, difference, normal

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of some rows (n,), and what each counts."""

    values: Floats
    by: Design = PLAIN


def selected(
    predicted: Integers, group: Integers, classes: int, by: Design = PLAIN
) -> list[dict[int, Sample]]:
    """For each class of its own, by group: who was given it (n,) of 0 and 1."""
    own = range(classes) if classes > 2 else range(1, 2)
    return [_by(group, predicted == c, by) for c in own]


def rates(
    predicted: Integers, truth: Integers, group: Integers, classes: int, by: Design = PLAIN
) -> list[dict[int, Sample]]:
    """For each class, by group: who was given it among those it is true of, and among the others.

    A group in which nobody is of that kind has no such rate and is left out of it.
    """
    own = range(classes) if classes > 2 else range(1, 2)
    found = []
    for c in own:
        for kind in (truth == c, truth != c):
            found.append(_by(group[kind], predicted[kind] == c, by.take(kind)))
    return found


def _by(group: Integers, hit: NDArray[np.bool_], by: Design) -> dict[int, Sample]:
    return {
        int(g): Sample(hit[group == g].astype(np.float64), by.take(group == g))
        for g in np.unique(group)
        if g >= 0
    }


def gap(by_rate: list[dict[int, Sample]], level: float = LEVEL) -> Three | None:
    """The largest difference of any rate between two groups, with bounds that hold at once.

    Each pair has Newcombe's interval at a level that all pairs share (Bonferroni).

    >>> some = {0: Sample(np.ones(50)), 1: Sample(np.repeat([0.0, 1.0], 25))}
    >>> [round(v, 2) for v in gap([some])]
    [0.5, 0.35, 0.63]
    """
    pairs = [(rate[a], rate[b]) for rate in by_rate for a, b in combinations(sorted(rate), 2)]
    if not pairs:
        return None
    each = 1 - (1 - level) / len(pairs)
    return apart([difference(a.values, b.values, each, (a.by, b.by)) for a, b in pairs])


def mean_gap(by_group: Mapping[int, Sample], level: float = LEVEL) -> Three | None:
    """The largest difference of means between two groups, by Welch's normal interval."""
    pairs = list(combinations([v for v in by_group.values() if len(v.values) > 1], 2))
    if not pairs:
        return None
    z, found = normal(1 - (1 - level) / len(pairs)), []
    for a, b in pairs:
        value = a.by.mean(a.values) - b.by.mean(b.values)
        half = z * math.sqrt(variance(a.values, a.by)[0] + variance(b.values, b.by)[0])
        found.append((value, value - half, value + half))
    return apart(found)
