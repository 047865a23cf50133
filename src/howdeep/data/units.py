"""Units: rows that stay in one part because they are alike or of one group."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from howdeep.data.task import Task

RUN = 2**14  # rows copied at a time
GIANT = 0.05  # of the rows: a unit that holds more would be a part by itself
COPIED = 0.01  # of the rows: a row that occurs more often would rule the part that it falls into
OUTSIZE = 3  # times the mean unit: where all units are large (a dozen groups) none is a giant

Ints = NDArray[np.int64]


def duplicate_units(numbers: NDArray[np.float64], codes: Ints) -> Ints:
    """A number for each distinct row of cells (N,): rows with equal numbers are duplicates."""
    short = numbers.shape[1] + codes.shape[1] <= 8
    seen: dict[bytes, int] = {}
    ids = (
        seen.setdefault(
            row.tobytes() if short else hashlib.blake2b(row, digest_size=16).digest(), len(seen)
        )
        for start in range(0, len(numbers), RUN)
        for row in _cells(numbers[start : start + RUN], codes[start : start + RUN])
    )
    return np.fromiter(ids, np.int64, len(numbers))


def _cells(numbers: NDArray[np.float64], codes: Ints) -> NDArray[np.float64]:
    return np.ascontiguousarray(np.hstack([numbers, codes.astype(np.float64)]))


def equal_units(images: NDArray[np.uint8]) -> Ints:
    """A number for each different image (N,): images with equal numbers have equal pixels.

    >>> equal_units(np.array([[[[1]]], [[[2]]], [[[1]]]], np.uint8)).tolist()
    [0, 1, 0]
    """
    seen: dict[bytes, int] = {}
    hashes = (
        hashlib.blake2b(np.ascontiguousarray(x).data, digest_size=16).digest() for x in images
    )
    return np.fromiter((seen.setdefault(h, len(seen)) for h in hashes), np.int64, len(images))


def units_of(task: Task) -> Ints:
    """A number for each distinct row, or image, of a task (N,)."""
    if task.images is not None:
        return equal_units(task.images)
    return duplicate_units(task.numbers, task.codes)


def join_units(first: Ints, second: Ints) -> Ints:
    """Units that keep both whole: rows that share either number end in one unit (N,)."""
    from scipy.sparse import coo_matrix  # late: few tables need it
    from scipy.sparse.csgraph import connected_components

    size = int(first.max()) + 1
    node = np.unique(second, return_inverse=True)[1] + size
    total = int(node.max()) + 1
    graph = coo_matrix((np.ones(len(first)), (first, node)), shape=(total, total))
    labels: Ints = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels[first]


def pair_units(first: NDArray[np.generic], second: NDArray[np.generic]) -> Ints:
    """A number for each different pair (N,).

    >>> pair_units(np.array([5, 5, 7, 5]), np.array([0.5, 1.0, 1.0, 0.5])).tolist()
    [0, 1, 2, 0]
    """
    one = np.unique(first, return_inverse=True)[1].astype(np.int64)
    names, two = np.unique(second, return_inverse=True)
    both: Ints = np.unique(one * len(names) + two, return_inverse=True)[1].astype(np.int64)
    return both


def group_units(groups: Ints, copies: Ints) -> tuple[Ints, bool]:
    """Units that keep groups whole, and copies too where they can; and whether they do.

    Rows of few different cells occur in every group and would tie all of them into one unit, of
    which no part could be made: there the groups, which the user named, are kept whole alone.

    >>> group_units(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]))[0].tolist()
    [0, 0, 0, 0]
    """
    both = join_units(groups, copies)
    most = max(GIANT * len(groups), OUTSIZE * int(np.bincount(groups).max()))
    return (both, True) if np.bincount(both).max() <= most else (groups, False)


def in_giants(units: Ints, strata: Ints | None = None) -> NDArray[np.bool_]:
    """Is each row (N,) in a unit too large to be scored?

    `strata` (N,): the units are copies of one row, and large beside the others of their stratum.
    A class whose every row was copied ten times has no giants.

    >>> in_giants(np.array([0] * 10 + list(range(1, 91)))).sum(), in_giants(np.arange(10)).any()
    (np.int64(10), np.False_)
    >>> twenty = np.array([0] * 20 + list(range(1, 981)))
    >>> in_giants(twenty).any(), in_giants(twenty, np.zeros(1_000, int)).sum()
    (np.False_, np.int64(20))
    """
    _, first, unit, sizes = np.unique(
        units, return_index=True, return_inverse=True, return_counts=True
    )
    if not len(sizes):
        return np.zeros(0, bool)
    kind = np.zeros(len(sizes), np.int64) if strata is None else strata[first]
    mean = np.bincount(kind, sizes) / np.maximum(np.bincount(kind), 1)
    least = (GIANT if strata is None else COPIED) * len(units)
    giant = sizes > np.maximum(least, OUTSIZE * mean[kind])
    out: NDArray[np.bool_] = giant[unit]
    return out


def kinds_of(units: Ints, kinds: Ints) -> Ints:
    """How many units have a row of each kind (kinds.max() + 1,)."""
    pairs = np.unique(np.stack([units, kinds]), axis=1)
    return np.bincount(pairs[1]).astype(np.int64)
