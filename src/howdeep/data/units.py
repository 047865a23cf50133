"""Units: rows that stay in one part because they are alike or of one group."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

AT_ONCE = 2_048  # rows, which stay in the cache
SEED, FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
SHIFT = np.uint64(32)
GIANT = 0.05  # of the rows: a unit that holds more would be a part by itself
COPIED = 0.01  # of the rows: a row that occurs more often would rule the part that it falls into
OUTSIZE = 3  # times the mean unit: where all units are large (a dozen groups) none is a giant

Ints = NDArray[np.int64]


def alike(samples: Mapping[str, NDArray[Any]]) -> Ints:
    """A number for each different row of samples (N, ...): rows of equal bytes have equal numbers.

    >>> alike({"a": np.array([1, 2, 1]), "b": np.zeros((3, 2, 2))}).tolist()
    [0, 1, 0]
    """
    arrays = [np.ascontiguousarray(array).reshape(len(array), -1) for array in samples.values()]
    arrays = [array for array in arrays if array.shape[1]]
    n = len(next(iter(samples.values())))
    if not arrays:
        return np.zeros(n, np.int64)
    words = [_words(array) for array in arrays]
    mixed = _mixed(words, n)
    order = np.argsort(mixed)
    begins = np.flatnonzero(np.append(True, mixed[order][1:] != mixed[order][:-1]))
    if len(begins) == n:
        return np.arange(n)
    first = np.minimum.reduceat(order, begins)  # rows, one a unit
    unit = np.empty(n, np.int64)
    unit[order] = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, n)))
    later = np.flatnonzero(first[unit] != np.arange(n))
    if not all(_are_equal(part, later, first[unit[later]]) for part in words):
        return _looked_up(arrays, n)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return number[unit]


def _words(array: NDArray[Any]) -> NDArray[np.uint64]:
    """Rows (n, p) of any type as words of 64 bits, filled up with zeros."""
    raw = array.view(np.uint8).reshape(len(array), -1)
    lacking = -raw.shape[1] % 8
    if lacking:
        raw = np.pad(raw, ((0, 0), (0, lacking)))
    return raw.view(np.uint64)


def _mixed(words: Sequence[NDArray[np.uint64]], n: int) -> NDArray[np.uint64]:
    """A number for each row (n,) by which equal rows are equal, and hardly any others."""
    out = np.full(n, SEED, np.uint64)
    for at in range(0, n, AT_ONCE):
        here = out[at : at + AT_ONCE]
        for part in words:
            for column in part[at : at + AT_ONCE].T:
                here ^= column
                here *= FACTOR
                here ^= here >> SHIFT
    return out


def _are_equal(words: NDArray[np.uint64], one: Ints, other: Ints) -> bool:
    parts = (slice(at, at + AT_ONCE) for at in range(0, len(one), AT_ONCE))
    return all(np.array_equal(words[one[p]], words[other[p]]) for p in parts)


def _looked_up(arrays: Sequence[NDArray[Any]], n: int) -> Ints:
    """As `alike`, row by row: where two different rows were mixed to one number."""
    seen: dict[bytes, int] = {}
    rows = (b"".join(array[i].tobytes() for array in arrays) for i in range(n))
    digests = (hashlib.blake2b(row, digest_size=16).digest() for row in rows)
    ids = (seen.setdefault(digest, len(seen)) for digest in digests)
    return np.fromiter(ids, np.int64, n)


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

    `strata` (N,): the units are copies of one row, and large next to the others of their stratum.
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
