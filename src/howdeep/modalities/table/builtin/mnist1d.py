"""MNIST-1D: ten digit-like signals of 40 points, shifted, stretched, sheared and noisy.

Written after Greydanus and Kobak, "Scaling down deep learning with MNIST-1D" (arXiv 2011.14597):
their templates and their constants, our own generator. Rows are
independent draws and are not standardised here: that is fitted on training rows, like for any
other set.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from howdeep.modalities.table.builtin._set import BuiltIn, Settings, generator, rows_of, table_of

SPLIT = (4_000, 1_000, 2_000, 2_000)

TEMPLATES = (  # heights of the digits' pen strokes, 12 points each
    (5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5),
    (5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5),
    (5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5),
    (5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5),
    (5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5),
    (5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5),
    (5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5),
    (5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5),
    (5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5),
)
STROKE = 12  # points of a template
PADDING = (36, 60)  # zeros put behind it, fewest and most
CANVAS = STROKE + PADDING[1]  # points before the last step
POINTS = 40  # of the finished signal
SCALE = 0.4  # amplitude between 1 - .2 and 1 + .2
SHIFT = 48  # circular, 0 to 47 canvas points
SMOOTH_NOISE, SMOOTH = 0.25, 2.0  # where there is no stroke: deviation, Gaussian filter
NOISE = 0.02  # everywhere
SHEAR = 0.75  # slope between -.375 and +.375 across the canvas


def load(seed: int = 0, rows: int | None = None) -> BuiltIn:
    """`rows` signals (9,000 unless told) of the ten classes, drawn independently."""
    count = rows_of("mnist1d", rows, sum(SPLIT))
    rng = generator("mnist1d", seed)
    digits = rng.integers(0, 10, count)
    x = signals(digits, rng)
    features = {f"t{j:02d}": x[:, j] for j in range(POINTS)}
    return BuiltIn(
        name="mnist1d",
        table=table_of("mnist1d", features, ("digit", digits)),
        target="digit",
        kind="classification",
        encoding="standard",
        description="Ten digit-like signals of 40 points; a linear model gets about 32 % right.",
        citation="S. Greydanus and D. Kobak, Scaling down deep learning with MNIST-1D, "
        "ICML 2024, arXiv 2011.14597",
        split=SPLIT if rows is None else None,
        settings=Settings((0, 1, 2, 4, 8, 16, 32, 64), 32, 1_200, 0.01, 16, 2e10),
    )


def strokes() -> NDArray[np.float64]:
    """The templates (10, 13): unit variance, starting at 0, a sixth as high, a zero behind."""
    x = np.array(TEMPLATES, dtype=np.float64)
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    x = (x - x[:, :1]) / 6.0
    return np.pad(x, ((0, 0), (0, 1)))


def signals(digits: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """One signal (n, 40) per digit number (n,)."""
    n = len(digits)
    x, stroke = dilated(digits, rng.integers(PADDING[0], PADDING[1] + 1, n))
    x *= 1.0 + SCALE * (rng.random((n, 1)) - 0.5)
    source = (np.arange(CANVAS) - rng.integers(0, SHIFT, (n, 1))) % CANVAS
    x, stroke = np.take_along_axis(x, source, 1), np.take_along_axis(stroke, source, 1)
    smooth = gaussian_filter1d(SMOOTH_NOISE * rng.standard_normal((n, CANVAS)), SMOOTH, axis=1)
    x = np.where(stroke, x, smooth) + NOISE * rng.standard_normal((n, CANVAS))
    x -= SHEAR * (rng.random((n, 1)) - 0.5) * np.linspace(-0.5, 0.5, CANVAS)
    return between(x, np.broadcast_to(np.linspace(0, CANVAS - 1, POINTS), (n, POINTS)))


def dilated(
    digits: NDArray[np.int64], padding: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Stroke and `padding` zeros stretched to the canvas (n, 72), and where the stroke is."""
    place = np.linspace(0.0, 1.0, CANVAS) * (STROKE + padding - 1)[:, None]
    return between(strokes()[digits], np.minimum(place, STROKE)), place < STROKE


def between(x: NDArray[np.float64], place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear interpolation of rows `x` (n, w) at `place` (n, m) in [0, w - 1]."""
    left = np.minimum(place.astype(np.int64), x.shape[1] - 2)
    share = place - left
    low, high = np.take_along_axis(x, left, 1), np.take_along_axis(x, left + 1, 1)
    out: NDArray[np.float64] = low + share * (high - low)
    return out
