"""Images of noise, and images and arrays as the bytes of a file."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).integers(0, 256, shape, dtype=np.uint8)


def coded(image: Any, kind: str = "PNG", **options: Any) -> bytes:
    """An array or PIL image as the bytes of a file."""
    out = io.BytesIO()
    made = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    made.save(out, kind, **options)
    return out.getvalue()


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in MNIST's format."""
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


def npy(array: np.ndarray) -> bytes:
    """An array as the bytes of an .npy file."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()
