"""The encoding of images: each channel standardised by its mean and spread on the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.nouns import Inputs
from howdeep.data.task import RowIndex, Task
from howdeep.modalities.image.samples import IMAGES, images_of
from howdeep.modalities.image.scaling import every_pixel, standardised

Floats = NDArray[np.float32]
Samples = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Encoder:
    """What standardises images of `shape` (H, W, C): a mean and a spread for each channel."""

    shape: tuple[int, int, int]
    means: tuple[float, ...]
    spreads: tuple[float, ...]

    @property
    def inputs(self) -> Inputs:
        """The flattened image as a net sees it: every pixel of every channel is a column."""
        columns = int(np.prod(self.shape))
        return Inputs(columns, columns, columns, self.shape)


def others(task: Task) -> tuple[str, ...]:
    """None: an image is an image."""
    return ()


def fit(task: Task, train: RowIndex, encoding: str = "") -> Encoder:
    """Fitted on the rows `train` of the images (N, H, W, C); a constant channel has spread 1."""
    images = images_of(task)
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
    return Encoder((height, width, channels), tuple(means), spreads)


fit_earlier = fit  # nothing has changed


def left_out(task: Task, encoders: Sequence[Encoder]) -> tuple[tuple[str, str], ...]:
    """Nothing."""
    return ()


def align(encoders: Sequence[Encoder]) -> tuple[Encoder, ...]:
    """As they are: a pixel is a pixel."""
    return tuple(encoders)


def common(encoders: Sequence[Encoder], encoding: str = "") -> Inputs:
    """The inputs of any fold: all are alike."""
    return replace(encoders[0].inputs, encoding=encoding)


def blocks(encoders: Sequence[Encoder]) -> tuple[tuple[int, ...], ...]:
    """A pixel is a feature, its channels are the columns."""
    height, width, channels = encoders[0].shape
    return tuple(tuple(range(i * channels, (i + 1) * channels)) for i in range(height * width))


def transform(encoder: Encoder, samples: Samples, inputs: Inputs) -> Floats:
    """Flattened, standardised images (N, D) float32."""
    return standardised(samples[IMAGES], encoder.means, encoder.spreads)


def lying(samples: Samples) -> NDArray[np.uint8]:
    """The images, flattened (N, D): a quarter of what they would take as float32."""
    images = np.ascontiguousarray(samples[IMAGES])
    return images.reshape(len(images), -1)


def scaling(encoder: Encoder) -> tuple[Floats, Floats]:
    """Mean and spread of every column (D,), in the order (H, W, C) of a flattened image."""
    return every_pixel(encoder.means, encoder.shape), every_pixel(encoder.spreads, encoder.shape)
