"""What a task of images holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from howdeep.data.task import Task

IMAGES = "images"  # of `Task.samples`
STANDARD = "image"  # their one encoding: each channel standardised


def images_of(task: Task) -> NDArray[np.uint8]:
    """Images (N, H, W, C) of bytes, C 1 or 3."""
    return task.samples[IMAGES]
