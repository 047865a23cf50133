"""From scores by seed and row to what they say of a reason: arrays in, intervals out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from howdeep.base.verdicts import Interval
from howdeep.reasons.nouns import Says
from howdeep.stats.intervals import paired

Rows = Sequence[NDArray[np.float64]]  # of each seed the row scores (N,)


def by_rows(first: Rows, second: Rows, confidence: float) -> Interval:
    """Mean of `first` - `second` at the same seeds and rows, with both as samples."""
    return Interval(*paired(iter(first), iter(second), confidence))


def by_seeds(differences: Sequence[float], confidence: float) -> Interval:
    """Mean difference over seeds, t interval: of rows that are no sample, as training rows are.

    >>> by_seeds([0.25, 0.5, 0.75], 0.95).value
    0.5
    """
    n, value = len(differences), float(np.mean(differences))
    if n < 2:
        return Interval(value, None, None)
    half = -float(special.stdtrit(n - 1, (1 - confidence) / 2))
    half *= float(np.std(differences, ddof=1)) / n**0.5
    return Interval(value, value - half, value + half)


def says(effect: Interval, epsilon: float) -> Says:
    """Is there an effect above 0, none that matters, or can it not be told?

    >>> says(Interval(0.02, 0.01, 0.03), 0.005), says(Interval(0.0, -0.004, 0.004), 0.005)
    ('yes', 'no')
    """
    if effect.low is None or effect.high is None:
        return "unclear"
    if effect.low > 0:
        return "yes"
    return "no" if effect.high < epsilon else "unclear"
