"""What a small chart is, and where good ticks lie; `draw` turns it into SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A point; `low`/`high` draw a whisker, `hollow` an open circle, `tip` its tooltip."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    hollow: bool = False
    ring: bool = False  # the point that the reader should find
    off: str = ""  # its value in words, where it lies below the axis and is drawn at its foot
    faint: bool = False
    tip: str = ""


@dataclass(frozen=True)
class Series:
    """One line with its marks; `colour` is a class number; `dash` for a second kind of line."""

    name: str
    marks: tuple[Mark, ...]
    colour: int = 0
    line: bool = True
    dots: bool = True
    dash: bool = False


@dataclass(frozen=True)
class Level:
    """A horizontal reference line, or a band where `top` is given."""

    name: str
    y: float
    top: float | None = None
    kind: str = ""  # of line: "sparse", "strong" or neither


@dataclass(frozen=True)
class Chart:
    """What to draw. `x_ticks` are (value, label) pairs; `under` are further rows of tick labels."""

    title: str
    summary: str  # the text alternative
    x_title: str
    y_title: str
    series: tuple[Series, ...]
    x_ticks: tuple[tuple[float, str], ...] = ()
    y_ticks: tuple[tuple[float, str], ...] = ()  # round numbers where empty
    under: tuple[tuple[str, tuple[tuple[float, str], ...]], ...] = ()
    levels: tuple[Level, ...] = ()
    log_y: bool = False
    width: int = 410
    height: int = 280


# ---- ticks --------------------------------------------------------------------------------------
def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers (1, 2, 2.5 or 5 times a power of ten) that lie within low..high.

    >>> ticks(0.0, 1.0), ticks(84.2, 86.1)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [84.5, 85.0, 85.5, 86.0])
    """
    raw = (high - low) / about
    size = 10.0 ** math.floor(math.log10(raw))
    step = min((m * size for m in (1, 2, 2.5, 5, 10)), key=lambda s: abs(math.log(s / raw)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten within low..high, with 2 and 5 times them where there are few.

    >>> log_ticks(900, 2e6)
    [1000.0, 10000.0, 100000.0, 1000000.0]
    """
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        out = [f * 10.0**e for e in exponents for f in factors if low <= f * 10.0**e <= high]
        if len(out) >= 3:
            break
    return out


def label(value: float, step: float) -> str:
    """A tick's text, with as many decimals as the step between ticks needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(round(step, digits) - step) > 1e-9 * step:
        digits += 1
    return f"{value:,.{digits}f}".replace("-", "\u2212")


def si(value: float) -> str:
    """
    >>> si(20000.0), si(3e12)
    ('20 k', '3 T')
    """
    for size, letter in ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {letter}"
    return f"{value:g}"
