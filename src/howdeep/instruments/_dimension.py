"""How many dimensions rows fill in a layer: by the spectrum of variances, and by neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

EXPLAINED = 0.99  # of the variance, as delve has it
DISCARDED = 0.1  # of the ratios, the largest: Facco 2017
CONFIDENCE = 0.95
SHARED = 1.5  # variance over that of ratios that are independent: rows share their neighbours


@dataclass(frozen=True)
class Spread:
    """`effective_rank`: exp of the entropy of the singular values (Roy & Vetterli 2007, eq. 3).
    `participation`: (sum of variances)^2 / sum of their squares. `saturation`: the share of
    directions that explain 99 % of the variance (Richter et al. 2020).
    """

    effective_rank: float
    participation: float
    saturation: float


def spread(samples: Tensor) -> Spread:
    """Of samples (N, units), whose means are taken off; all 0 where they do not vary."""
    centred = samples.double() - samples.double().mean(0)
    found = torch.linalg.svdvals(centred)
    # what float32 leaves of a constant is no direction
    floor = found.max() * max(centred.shape) * torch.finfo(torch.float32).eps * 0.1
    known = found[found > floor]
    if not len(known) or float(known.max()) < 1e-12 * max(float(samples.abs().max()), 1e-30):
        return Spread(0.0, 0.0, 0.0)
    shares = known / known.sum()
    variances = known.square()
    explained = variances.cumsum(0) / variances.sum()
    needed = int((explained < EXPLAINED).sum()) + 1
    return Spread(
        float(torch.exp(-(shares * shares.log()).sum())),
        float(variances.sum().square() / variances.square().sum()),
        needed / samples.shape[1],
    )


@dataclass(frozen=True)
class Dimension:
    """An intrinsic dimension with its 95 % interval, of `rows` rows that differ."""

    value: float
    low: float
    high: float
    rows: int


def two_nn(points: Tensor) -> Dimension | None:
    """The intrinsic dimension of points (N, values) from the distances to two neighbours, TwoNN of
    Facco et al. 2017 (doi 10.1038/s41598-017-11873-y, eq. 5): the slope of -log(1 - F) over log(mu)
    through the origin, the largest tenth of the ratios mu left out.

    The interval is that of the maximum-likelihood estimate, of chi-squared, with 1.5 times its
    variance, which simulations showed (tests/instruments/test_rank.py). `None` where fewer than 20
    rows have two neighbours at different distances.
    """
    points = torch.unique(points, dim=0)
    if len(points) < 20:
        return None
    squares = _distances(points)
    near = squares.topk(2, largest=False).values.sqrt()
    first, second = near[:, 0].numpy(), near[:, 1].numpy()
    kept = first > 0
    ratios = np.sort(second[kept] / first[kept])
    count = len(ratios)
    if count < 20 or ratios[-1] <= 1.0:
        return None
    most = int(count * (1 - DISCARDED))
    share: NDArray[np.float64] = np.arange(1, most + 1) / count
    x, y = np.log(ratios[:most]), -np.log(1 - share)
    value = float(x @ y / (x @ x))
    freedom = 2 * most / SHARED
    ends = stats.chi2.ppf([(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], freedom) / freedom
    return Dimension(value, value * float(ends[0]), value * float(ends[1]), count)


def _distances(points: Tensor) -> Tensor:
    """Squared distances (N, N) between rows, infinite from a row to itself."""
    centred = points.double() - points.double().mean(0)
    found = torch.cdist(centred, centred, compute_mode="donot_use_mm_for_euclid_dist").square()
    found.fill_diagonal_(torch.inf)
    return found
