"""Which levels of a categorical column are learnt from: the frequent ones, and rare ones that tell.

Every level of a column with few is a column of a net's inputs. Of one with many (users, shops, post
codes) the rare levels together hold many rows, and each is seen a few times: where they tell the
target apart they are kept, else they would only be learnt by heart. Whether they do is asked of the
training rows alone, each told from the others of its level (leave one out).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MANY = 24  # levels that are kept in any case, the most frequent
MOST = 1_000  # of one column
LEAST = 2  # training rows of a rare level that is kept
PRIOR = 4.0  # rows that the mean of all rare rows counts as, in the mean of one level
SURE = 3.0  # standard errors of the gain
ROWS = 50  # of rare levels, below which nothing can be told

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def kept(codes: Ints, target: Floats | None) -> tuple[int, ...]:
    """The codes of the levels that are learnt from, most frequent first; of equal ones the lower.

    `codes` (n,): of the training rows, -1 where missing; `target` (n, k): numbers, or one column a
    class; None: rare levels are not asked about.
    """
    counts = np.bincount(codes[codes >= 0], minlength=1)
    order = np.argsort(-counts, kind="stable")
    first = order[:MANY]
    if target is not None and rare_tell(codes, target):
        first = order[:MOST]
        first = first[(counts[first] >= LEAST) | (np.arange(len(first)) < MANY)]
    return tuple(int(code) for code in first if counts[code])


def rare_tell(codes: Ints, target: Floats) -> bool:
    """`tells`, of the levels that are not among the most frequent."""
    counts = np.bincount(codes[codes >= 0], minlength=1)
    return tells(codes, np.argsort(-counts, kind="stable")[:MANY], target)


def tells(codes: Ints, frequent: Ints, target: Floats) -> bool:
    """Do rare levels tell the target apart, better than the mean of all rare rows does?

    The squared error of each rare row's target is compared with and without the other rows of its
    level; the gain has to be `SURE` standard errors above nothing.

    >>> rng = np.random.default_rng(0)
    >>> codes = np.repeat(np.arange(100), 6)
    >>> means = rng.normal(size=100)[codes]
    >>> rare = np.arange(24)
    >>> tells(codes, rare, (means + rng.normal(size=600))[:, None])
    True
    >>> tells(codes, rare, rng.normal(size=(600, 1)))
    False
    """
    rare = np.flatnonzero((codes >= 0) & ~np.isin(codes, frequent))
    if len(rare) < ROWS:
        return False
    y = target[rare]
    _, level, sizes = np.unique(codes[rare], return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(level, column, len(sizes)) for column in y.T], axis=1)
    n, total = len(rare), y.sum(0)
    without = (total - y) / (n - 1)
    others = (sums[level] - y + PRIOR * without) / (sizes[level, None] - 1 + PRIOR)
    gain = ((y - without) ** 2 - (y - others) ** 2).sum(1)
    spread = float(gain.std())
    return bool(spread > 0 and float(gain.mean()) > SURE * spread / np.sqrt(n))
