"""New images for a trained net, and the code that is handed over with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base.errors import ImageError
from howdeep.base.nouns import PixelScale
from howdeep.data import tensors
from howdeep.data.task import Task
from howdeep.modalities import New
from howdeep.modalities.image import runtime, scaling
from howdeep.modalities.image.frames import new_images
from howdeep.modalities.image.read import read_unlabelled
from howdeep.modalities.image.samples import IMAGES

FILES = (scaling, tensors, runtime)
USAGE = "net.predict(images)    # (N, H, W, C), as the study had them: labels"
FIX = "give images as the study had them: a folder, an IDX file or an array of bytes"


@dataclass(frozen=True)
class Reading:
    """How new images are read: what their numbers mean; None in studies that recorded nothing."""

    scale: PixelScale | None = None


def reading(task: Task, known: Mapping[str, str]) -> Reading:
    """By the scale of the images that were learnt from."""
    return Reading(task.info.scale)


def new(path: str, options: Any, task: Task, known: Mapping[str, str]) -> New:
    """Images at a path, scaled to the trained size.

    Raises:
        InputError: what is wrong with them.
    """
    names, images, notes = read_unlabelled(
        path, _shape(task), options.skip_unreadable, task.info.scale
    )
    return New(images, names, notes)


def new_of(data: Any, task: Task, known: Mapping[str, str]) -> New:
    """Images from Python, on the study's scale: an array (N, H, W[, C]), or a list of images."""
    if hasattr(data, "__len__") and not len(data):
        return New(np.empty((0, *_shape(task)), np.uint8))
    return New(new_images(data, _shape(task), task.info.scale))


def samples(
    rows: Any, task: Task, reading: Reading
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Images (N, H, W, C), bytes of the trained shape.

    Raises:
        ImageError: another shape, or no images.
    """
    if not isinstance(rows, np.ndarray):
        raise ImageError(f"{rows.name} is a table: the net was trained on images", FIX)
    if rows.dtype != np.uint8 or rows.shape[1:] != task.info.shape:
        what = f"images of shape {rows.shape[1:]} ({rows.dtype})"
        raise ImageError(f"{what}: the net takes bytes of shape {task.info.shape}", FIX)
    return {IMAGES: rows}, ()


def _shape(task: Task) -> tuple[int, int, int]:
    height, width, channels = task.info.shape
    return height, width, channels
