"""`ImageSet`: images as read, of one shape, each with its label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import PixelScale

BYTES = PixelScale()


@dataclass(frozen=True, eq=False)
class ImageSet:
    """N images, where each came from, and what was guessed or changed while reading.

    images (N, H, W, C) of bytes, C 1 (grey) or 3 (red, green, blue); labels (N,), as text;
    places (N,), the file of each, or empty where they came from one array.
    """

    name: str  # short, for titles: "flowers/train"
    path: str  # "" when it did not come from a file
    sha256: str  # of the names and bytes it was read from
    images: NDArray[np.uint8]
    labels: tuple[str, ...]
    places: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scale: PixelScale = BYTES  # what their numbers were before they became bytes
    target: str = "label"  # what the labels are called

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        _, height, width, channels = self.images.shape
        return height, width, channels

    def place(self, row: int) -> str:
        """What an image is called in messages: its file, or its number from 1."""
        return self.places[row] if self.places else f"image {row + 1:,}"
