"""Images of noise, and images as the bytes of a file."""

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
