"""Images as standardised, flat rows; a handed-over net carries this file whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def every_pixel(per_channel: Sequence[float], shape: Sequence[int]) -> NDArray[np.float32]:
    """A value of each channel for every column (D,) of flattened images of `shape` (H, W, C).

    >>> every_pixel((1.0, 2.0), (1, 2, 2)).tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    return np.tile(np.array(per_channel, np.float32), shape[0] * shape[1])


def standardised(
    images: NDArray[np.uint8], means: Sequence[float], spreads: Sequence[float]
) -> NDArray[np.float32]:
    """Bytes (N, H, W, C), less the mean and divided by the spread of their channel: (N, D)."""
    shape = images.shape[1:]
    flat = images.reshape(len(images), -1).astype(np.float32)
    return (flat - every_pixel(means, shape)) / every_pixel(spreads, shape)
