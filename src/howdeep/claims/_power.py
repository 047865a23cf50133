"""Power laws that have a floor: y = floor + size (x / x0)^-power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import curve_fit


@dataclass(frozen=True)
class Law:
    """floor + size (x / start)^-power (Hestness et al. 2017, arXiv 1712.00409, eq. 1)."""

    floor: float
    size: float
    power: float
    start: float

    def at(self, x: float) -> float:
        """What the law foretells at x.

        >>> Law(0.1, 0.4, 1.0, 100.0).at(400.0)
        0.2
        """
        return self.floor + self.size * (x / self.start) ** -self.power


def law(x: Sequence[float], y: Sequence[float], most: float = 4.0) -> Law:
    """The law with a floor from 0 to the lowest y and a power to `most`, by least squares.

    >>> found = law((1, 2, 4, 8), (1.1, 0.6, 0.35, 0.225))
    >>> round(found.floor, 3), round(found.power, 3)
    (0.1, 1.0)
    """
    at, seen = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    start, low = float(at[0]), max(float(seen.min()), 1e-9)
    bounds = ([0.0, 0.0, 0.01], [low, 10 * max(float(seen.max()), 1e-9), most])

    def curve(n: np.ndarray, floor: float, size: float, power: float) -> np.ndarray:
        return np.asarray(Law(floor, size, power, start).at(n))  # type: ignore[arg-type]

    guess = (low / 2, max(float(seen[0]) - low / 2, 1e-9), min(0.5, most))
    found, _ = curve_fit(curve, at, seen, p0=guess, bounds=bounds, maxfev=20_000)
    floor, size, power = (float(value) for value in found)
    return Law(floor, size, power, start)
