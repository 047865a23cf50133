"""Row scores seed by seed: what is kept in memory depends on the rows, not on how many seeds.

Scores come as iterables of seeds, each (N,); an array (n, N) is one. Sums of squares of the blocks
are put together after T. F. Chan, G. H. Golub and R. J. LeVeque (1983), "Algorithms for computing
the sample variance", American Statistician 37, 242-247, which loses no digits by cancellation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Stream = Iterable[Floats]  # row scores (N,) of one seed after another
BLOCK = 32  # seeds in memory at a time; studies of so many are summed in one piece


def blocks(cells: Sequence[Stream]) -> Iterator[Floats]:
    """The seeds of C cells side by side, as arrays (C, up to BLOCK, N); each overwrites the last.

    Raises:
        ValueError: the cells have unequal numbers of seeds.
    """
    room, filled = np.empty((len(cells), 0, 0)), 0
    for every in zip(*cells, strict=True):
        if not room.shape[1]:
            room = np.empty((len(cells), BLOCK, len(every[0])))
        for c, z in enumerate(every):
            room[c, filled] = z
        filled += 1
        if filled == BLOCK:
            yield room
            filled = 0
    if filled:
        yield room[:, :filled]


@dataclass(frozen=True, eq=False)
class Summary:
    """What intervals need of row scores z (n, N): means, and the mean square of the rest.

    `by_seed` (n,) and `by_row` (N,) are means over rows and over seeds; `rest`: the sum of
    (z - by_seed - by_row + mean)^2 / ((n-1)(N-1)), what neither seed nor row explains; 0 for one
    seed or one row.
    """

    mean: float
    by_seed: Floats
    by_row: Floats
    rest: float


def summary(z: Stream) -> Summary:
    """Summarise row scores, seed after seed.

    >>> found = summary(np.array([[1.0, 0.0], [1.0, 1.0]]))
    >>> found.mean, found.by_seed.tolist(), found.by_row.tolist(), found.rest
    (0.75, [0.5, 1.0], [1.0, 0.5], 0.25)
    """
    n, mean, rest = 0, 0.0, 0.0
    by_seed, sums = np.zeros(0), np.zeros(0)
    for (block,) in blocks([z]):
        b, own, whole = len(block), block.mean(1), float(block.mean())
        by_row = block.mean(0)
        if n:
            gap = (by_row - whole) - (sums / n - mean)
            rest += float(np.einsum("i,i->", gap, gap)) * n * b / (n + b)
        sums = sums + block.sum(0) if n else block.sum(0)
        mean = (mean * n + whole * b) / (n + b) if n else whole
        by_seed, n = np.append(by_seed, own), n + b
        block -= own[:, None]
        block -= by_row
        block += whole
        rest += float(np.einsum("ni,ni->", block, block))
    freedom = (n - 1) * (len(sums) - 1)
    return Summary(mean, by_seed, sums / n, rest / freedom if freedom > 0 else 0.0)
