"""What a small chart is, and where good ticks lie; `draw` turns it into SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["foot", "top"]


@dataclass(frozen=True)
class Mark:
    """A point; `low`/`high` draw a whisker, `hollow` an open circle, `tip` its tooltip."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    hollow: bool = False
    ring: bool = False  # the point that the reader should find
    off: str = ""  # its value in words, where it lies off the axis and is drawn at its foot
    above: bool = False  # off the axis at its top
    colour: int | None = None  # of its own, None: the line's
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
    shade: int = 0  # of lines of one colour: 0 the strongest


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
    broken: tuple[Side, ...] = ()  # where the axis ends before all that there is
    width: int = 410
    height: int = 280


# ---- what an axis holds -------------------------------------------------------------------------
APART = 2.5  # times: what would stretch the axis so much is drawn at its edge, with its value
FEW = 5  # one value in so many may stand apart, and one in any case


def together(values: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis on which a few values that lie far off do not squeeze the others.

    >>> together([0.75, 0.83, 0.84, 0.838, 0.835]), together([1.0, 2.0, 3.0, 4.0])
    ((0.83, 0.84), (1.0, 4.0))
    >>> together([0.1, 0.1, 0.1, 9.0])
    (0.1, 9.0)
    """
    kept = sorted(values)
    for _ in range(max(1, len(kept) // FEW) if len(kept) > 3 else 0):
        rest = min(kept[1:], kept[:-1], key=lambda some: some[-1] - some[0])
        if not 0 < APART * (rest[-1] - rest[0]) < kept[-1] - kept[0]:
            break
        kept = rest
    return kept[0], kept[-1]


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
