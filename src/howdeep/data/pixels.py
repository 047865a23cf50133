"""The encoding of images: each channel standardised by its mean and spread on the training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Inputs
from howdeep.data.scaling import every_pixel, standardised
from howdeep.data.task import Rows

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Pixels:
    """What standardises images of `shape` (H, W, C): a mean and a spread for each channel."""

    shape: tuple[int, int, int]
    means: tuple[float, ...]
    spreads: tuple[float, ...]

    @property
    def inputs(self) -> Inputs:
        """The flattened image as a net sees it: every pixel of every channel is a column."""
        columns = int(np.prod(self.shape))
        return Inputs(columns, columns, columns, self.shape)

    @property
    def flat(self) -> tuple[Floats, Floats]:
        """Mean and spread of every column (D,), in the order (H, W, C) of a flattened image."""
        return every_pixel(self.means, self.shape), every_pixel(self.spreads, self.shape)


def fit(images: NDArray[np.uint8], train: Rows) -> Pixels:
    """Fitted on the rows `train` of `images` (N, H, W, C); a constant channel has spread 1."""
    means, squares = [], []
    for c in range(images.shape[3]):
        counts = np.zeros(256)
        for part in np.array_split(train, max(1, len(train) // 1_000)):  # no copy of all of them
            counts += np.bincount(images[part, :, :, c].ravel(), minlength=256)
        shares, values = counts / counts.sum(), np.arange(256)
        means.append(float(shares @ values))
        squares.append(float(shares @ (values - means[-1]) ** 2))
    spreads = tuple(float(np.sqrt(s)) or 1.0 for s in squares)
    height, width, channels = images.shape[1:]
    return Pixels((height, width, channels), tuple(means), spreads)


def transform(encoder: Pixels, images: NDArray[np.uint8]) -> Floats:
    """Flattened, standardised images (N, D) float32."""
    return standardised(images, encoder.means, encoder.spreads)
