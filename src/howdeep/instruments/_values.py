"""Numbers as measurements hold them: finite, of six digits, and `None` for what is no number."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


def number(value: Any) -> float | None:
    """A number of six significant digits; `None` where it is not finite.

    >>> number(0.123456789), number(float("nan"))
    (0.123457, None)
    """
    found = float(value)
    return float(f"{found:.6g}") if math.isfinite(found) else None


def numbers(values: Iterable[Any]) -> list[float | None]:
    """The same of many.

    >>> numbers([1, 2 / 3])
    [1.0, 0.666667]
    """
    return [number(value) for value in values]
