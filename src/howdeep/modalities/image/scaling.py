"""Images as bytes and as standardised, flat rows; a handed-over net carries this file whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FIXED = ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0))  # scales of floats on which a byte has its place
BEYOND = 0.25  # of the training images' range: so far may new numbers lie outside
BEYOND_FIXED = 0.05  # of their own range, on a fixed scale: as after enlarging a picture
AT_ONCE = 1 << 22  # numbers


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


def rescaled(array: NDArray[Any], scale: Mapping[str, Any]) -> NDArray[np.uint8]:
    """Numbers of any shape as bytes, by the scale of a study: `low` is 0 and `high` 255.

    Nothing is decided by the numbers at hand, so that one image and many agree.

    Raises:
        ValueError: they are not what the study's images were; says what they are and should be.

    >>> rescaled(np.array([0.0, 0.5, 1.0]), {"kind": "floats", "low": 0.0, "high": 1.0}).tolist()
    [0, 128, 255]
    """
    kind, low, high = scale["kind"], float(scale["low"]), float(scale["high"])
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{array.dtype}, not numbers")
    fixed = kind == "bytes" or (kind == "floats" and (low, high) in FIXED)
    if array.dtype in (np.uint8, np.bool_):
        if not fixed:
            raise ValueError(f"{array.dtype}; the study's images {_known(scale)}")
        return array.astype(np.uint8) * np.uint8(255) if array.dtype == np.bool_ else array
    if not array.size:
        return array.astype(np.uint8)
    least, most = float(array.min()), float(array.max())
    if not (np.isfinite(least) and np.isfinite(most)):
        raise ValueError("numbers that are missing or infinite")
    ends, dark = (low, high), least >= 0 and 0 < most <= 1
    if array.dtype.kind in "iu":
        dark = dark and fixed and high != 255.0
        ends = (0.0, 255.0) if fixed else ends
    else:
        dark = dark and fixed and high == 255.0
        dark = dark and (kind == "bytes" or bool((array != np.rint(array)).any()))
    first, last = ends if fixed else (float(scale["least"]), float(scale["most"]))
    room = BEYOND_FIXED * (most - least) if fixed else BEYOND * (last - first)
    # where 255 is white, numbers up to 1 are black, or of another scale
    if dark or least < first - room or most > last + room:
        raise ValueError(f"numbers from {least:g} to {most:g}; the study's images {_known(scale)}")
    return _linear(array, *ends)


def _known(scale: Mapping[str, Any]) -> str:
    """What the study's images hold, as a clause."""
    kind, low, high = scale["kind"], float(scale["low"]), float(scale["high"])
    if kind == "bytes":
        return "hold bytes from 0 to 255"
    if kind == "floats" and (low, high) in FIXED:
        return f"hold numbers on the scale from {low:g} to {high:g}"
    what = "numbers" if kind == "floats" else "whole numbers of more than 8 bits"
    return f"hold {what} from {float(scale['least']):g} to {float(scale['most']):g}"


def _linear(array: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Rounded, clipped bytes, made part by part: no copy of everything in larger numbers."""
    out = np.empty(array.shape, np.uint8)
    factor = 255.0 / (high - low)
    step = max(1, AT_ONCE // max(1, array[:1].size))
    exact = array.dtype if array.dtype in (np.float32, np.float64) else np.float64
    for i in range(0, len(array), step):
        part = (array[i : i + step].astype(exact) - low) * factor
        out[i : i + step] = np.rint(part).clip(0, 255).astype(np.uint8)
    return out
