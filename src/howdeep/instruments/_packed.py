"""Numbers of rows as a short text, so that nets measured apart can be compared row by row."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray


def pack(values: NDArray[np.float64]) -> str:
    """(N,) numbers to three digits, exact for 0, 1 and halves of them.

    >>> pack(np.array([0.0, 1.0]))
    'AAAAPA=='
    """
    held = np.clip(values, -6e4, 6e4).astype("<f2")
    return base64.b64encode(held.tobytes()).decode()


def unpack(text: str) -> NDArray[np.float64]:
    """What was packed.

    >>> unpack('AAAAPA==').tolist()
    [0.0, 1.0]
    """
    return np.frombuffer(base64.b64decode(text), "<f2").astype(np.float64)
