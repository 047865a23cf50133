"""Rows that are images, whichever way a net takes them: flat (H, W, C) of studies, or (N, C, H, W).

Pictures are (N, C, H, W) with black at 0 and white at 1; `Pixels` turns inputs into them and back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from howdeep.instruments._subject import Subject


@dataclass(frozen=True, eq=False)
class Pixels:
    """How inputs become pictures. `low`, `high` (C,): the inputs that stand for black and white."""

    height: int
    width: int
    channels: int
    flat: bool
    low: Tensor
    high: Tensor

    @property
    def size(self) -> int:
        """Numbers in one picture."""
        return self.height * self.width * self.channels

    def pictures(self, inputs: Tensor) -> Tensor:
        """Inputs (N, ...) as pictures (N, C, H, W)."""
        if self.flat:
            shape = (-1, self.height, self.width, self.channels)
            inputs = inputs.reshape(shape).permute(0, 3, 1, 2)
        return (inputs - _wide(self.low)) / _wide(self.high - self.low)

    def inputs(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, H, W) as the net takes them."""
        found = pictures * _wide(self.high - self.low) + _wide(self.low)
        return found.permute(0, 2, 3, 1).flatten(1) if self.flat else found


def pixels(subject: Subject) -> Pixels | None:
    """How the subject's rows are pictures; `None` where they are none.

    Black and white are those of the study's bytes; of anyone's net, the least and the largest
    value of a channel in the training rows.
    """
    if subject.image:
        height, width, channels = subject.image
        if subject.encode is not None:
            ends = np.zeros((2, *subject.image), np.uint8)
            ends[1] = 255
            known = subject.encode({"images": ends}).reshape(2, -1, channels)[:, 0]
            return Pixels(height, width, channels, True, known[0], known[1])
        return _seen(subject, subject.image, flat=True)
    inputs = subject.train.inputs
    if len(inputs) != 1 or inputs[0].ndim != 4 or not inputs[0].is_floating_point():
        return None
    channels, height, width = inputs[0].shape[1:]
    return _seen(subject, (height, width, channels), flat=False)


def _seen(subject: Subject, shape: tuple[int, ...], flat: bool) -> Pixels:
    x, (height, width, channels) = subject.train.inputs[0], shape
    by_channel = x.reshape(-1, channels) if flat else x.transpose(0, 1).flatten(1).T
    low, high = by_channel.amin(0), by_channel.amax(0)
    return Pixels(height, width, channels, flat, low, torch.where(high > low, high, low + 1))


def shifted(pictures: Tensor, down: int, right: int) -> Tensor:
    """Pictures moved by whole pixels; what comes in repeats the edge.

    >>> shifted(torch.arange(3.0).reshape(1, 1, 1, 3), 0, 1).flatten().tolist()
    [0.0, 0.0, 1.0]
    """
    height, width = pictures.shape[-2:]
    rows = (torch.arange(height) - down).clamp(0, height - 1)
    columns = (torch.arange(width) - right).clamp(0, width - 1)
    return pictures[..., rows, :][..., columns]


def _wide(values: Tensor) -> Tensor:
    return values.reshape(1, -1, 1, 1)
