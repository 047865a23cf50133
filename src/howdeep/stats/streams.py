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

from howdeep.stats.layout import Layout, means, seed_part

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

    `by_seed` (n,) and `by_row` (N,) are means over rows and over seeds, `by_fold` (n, F) over the
    rows of each fold; `rest`: the sum of (z - by_fold - by_row + the fold's mean)^2 / ((n-1)(N-F)),
    what neither seed nor row explains; 0 for one seed or no more rows than folds.
    """

    mean: float
    by_seed: Floats
    by_row: Floats
    by_fold: Floats
    rest: float
    layout: Layout

    @property
    def seed_part(self) -> tuple[float, float]:
        """The variance of a seed's mean with its degrees of freedom; 0 and 0 for one seed."""
        if len(self.by_seed) < 2:
            return 0.0, 0.0
        s2, df = seed_part(self.by_fold, self.layout.shares(len(self.by_row)))
        return float(s2), float(df)


def summary(z: Stream, layout: Layout | None = None) -> Summary:
    """Summarise row scores, seed after seed.

    >>> found = summary(np.array([[1.0, 0.0], [1.0, 1.0]]))
    >>> found.mean, found.by_seed.tolist(), found.by_row.tolist(), found.rest
    (0.75, [0.5, 1.0], [1.0, 0.5], 0.25)
    """
    layout = layout or Layout()
    n, mean, rest = 0, 0.0, 0.0
    by_fold, sums = np.zeros((0, 0)), np.zeros(0)
    for (block,) in blocks([z]):
        b, own, by_row = len(block), means(block, layout), block.mean(0)
        apart = _without_folds(by_row, own.mean(0), layout)
        if n:
            gap = apart - _without_folds(sums / n, by_fold.mean(0), layout)
            rest += float(np.einsum("i,i->", gap, gap)) * n * b / (n + b)
        whole = float(block.mean())
        sums = sums + block.sum(0) if n else block.sum(0)
        mean = (mean * n + whole * b) / (n + b) if n else whole
        by_fold, n = np.concatenate([by_fold, own]) if n else own, n + b
        for f, rows in enumerate(layout.slices(len(by_row))):
            block[:, rows] -= own[:, f, None]
        block -= apart
        rest += float(np.einsum("ni,ni->", block, block))
    count = len(sums)
    freedom = (n - 1) * (count - by_fold.shape[1])
    by_seed = (by_fold * layout.shares(count)).sum(1)
    rest = rest / freedom if freedom > 0 else 0.0
    return Summary(mean, by_seed, sums / n, by_fold, rest, layout)


def _without_folds(by_row: Floats, of_folds: Floats, layout: Layout) -> Floats:
    """Row means (N,) less those of their folds (F,)."""
    out = by_row.copy()
    for f, rows in enumerate(layout.slices(len(by_row))):
        out[rows] -= of_folds[f]
    return out
