"""What a handed-over net needs of pairs."""

from __future__ import annotations

import numpy as np
import torch


def columns(left, right) -> np.ndarray:
    """Left, right and their differences, as far as both go."""
    both = min(left.shape[1], right.shape[1])
    return np.hstack([left, right, left[:, :both] - right[:, :both]])


def encode(about, pair) -> torch.Tensor:
    """Two arrays (N, p) to encoded rows."""
    x = columns(*(np.asarray(side, np.float64) for side in pair))
    means, spreads = (np.array(about["encoder"][name]) for name in ("means", "spreads"))
    return torch.from_numpy(((x - means) / spreads).astype(np.float32))
