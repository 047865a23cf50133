"""Debiased linear CKA of many representations at once, over minibatches.

Linear CKA: Kornblith et al. 2019, arXiv 1905.00414, eq. 1; its unbiased HSIC: Song et al. 2012,
JMLR 13, eq. 5, here as the inner product of U-centred Gram matrices (Szekely & Rizzo 2014, Ann.
Statist. 42, eq. 2.1), which equals it; averaged over minibatches: Nguyen et al. 2021, arXiv
2010.15327, eq. 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from scipy import special
from torch import Tensor

BATCH = 64  # rows of a minibatch; the estimate is unbiased at any size above 3
WIDE = 65_536  # columns that are held in double precision at a time
CONFIDENCE = 0.95


def centred(x: Tensor) -> Tensor:
    """The U-centred Gram matrix of rows (n, D), (n, n), with a diagonal of zeros; n > 3."""
    n = len(x)
    gram = x.new_zeros(n, n, dtype=torch.float64)
    for part in torch.split(x, WIDE, dim=1):
        own = part.double()
        own = own - own.mean(0)  # changes nothing but the rounding
        gram += own @ own.T
    gram.fill_diagonal_(0)
    sums = gram.sum(0) / (n - 2)
    found = gram - sums[:, None] - sums[None, :] + sums.sum() / (n - 1)
    return found.fill_diagonal_(0)


def centred_all(values: Sequence[Tensor]) -> Tensor:
    """Of several representations of the same rows, (layers, n, n)."""
    return torch.stack([centred(value) for value in values])


def products(mine: Tensor, theirs: Tensor) -> Tensor:
    """Unbiased HSIC of every pair of U-centred Gram matrices (layers, n, n), (layers, others)."""
    n = mine.shape[-1]
    return mine.flatten(1) @ theirs.flatten(1).T / (n * (n - 3))


def batches(n: int, size: int = BATCH) -> list[slice]:
    """Minibatches of rows that are in no order; a rest of fewer than 8 joins the last.

    >>> [(b.start, b.stop) for b in batches(132, 64)]
    [(0, 64), (64, 132)]
    """
    starts = list(range(0, n, size))
    if len(starts) > 1 and n - starts[-1] < 8:
        starts.pop()
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], n], strict=True)]


def cka(values: Sequence[Tensor], others: Sequence[Tensor] | None = None) -> Tensor:
    """Debiased CKA between representations (n, D) each, (layers, others); 0 where one is constant.

    It is 1 for what differs by rotation and scale, about 0 for what is unrelated, and may be
    slightly below, as it is unbiased in each HSIC.

    >>> x = torch.randn(40, 5, generator=torch.Generator().manual_seed(0))
    >>> [[round(v, 3) for v in line] for line in cka([x, 2 * x.flip(1)]).tolist()]
    [[1.0, 1.0], [1.0, 1.0]]
    """
    return ratio(*summed(values, others))


Sums = tuple[Tensor, Tensor, Tensor]


def summed(values: Sequence[Tensor], others: Sequence[Tensor] | None = None) -> Sums:
    """The same of representations (N, D) each, in minibatches."""
    parts = batches(len(values[0]))
    mine = [centred_all([value[part] for value in values]) for part in parts]
    if others is None:
        return sums(mine, mine)
    return sums(mine, [centred_all([other[part] for other in others]) for part in parts])


def sums(mine: Sequence[Tensor], theirs: Sequence[Tensor]) -> Sums:
    """What CKA is the ratio of, by minibatch: (batches, layers, others), and both diagonals.

    Of U-centred Gram matrices (layers, n, n) of each minibatch.
    """
    return (
        torch.stack([products(a, b) for a, b in zip(mine, theirs, strict=True)]),
        torch.stack([products(a, a).diagonal() for a in mine]),
        torch.stack([products(b, b).diagonal() for b in theirs]),
    )


def ratio(cross: Tensor, mine: Tensor, theirs: Tensor) -> Tensor:
    """CKA of the means over minibatches."""
    scale = mine.mean(0).clamp_min(0)[:, None] * theirs.mean(0).clamp_min(0)[None, :]
    found = cross.mean(0) / scale.sqrt().clamp_min(1e-300)
    return torch.where(scale > 1e-24, found, torch.zeros_like(found)).clamp(-1, 1)


def half_width(cross: Tensor, mine: Tensor, theirs: Tensor) -> Tensor | None:
    """Half of the 95 % interval of each value, by the jackknife over minibatches (Tukey 1958) with
    Student's t; `None` with fewer than 4 of them.
    """
    n = len(cross)
    if n < 4:
        return None
    left = [[i for i in range(n) if i != out] for out in range(n)]
    found = torch.stack([ratio(cross[at], mine[at], theirs[at]) for at in left])
    error = ((n - 1) / n * (found - found.mean(0)).square().sum(0)).sqrt()
    return error * -float(special.stdtrit(n - 1, (1 - CONFIDENCE) / 2))


def runs(near: Iterable[float], cut: float) -> list[tuple[int, int]]:
    """Runs of layers, first and last, in which each is alike its next one by at least `cut`.

    >>> runs([0.5, 0.99, 0.98, 0.3], 0.95)
    [(1, 3)]
    """
    found, start = [], None
    for i, value in enumerate([*near, -math.inf]):
        if value >= cut and start is None:
            start = i
        elif value < cut and start is not None:
            found.append((start, i))
            start = None
    return found
