"""Small pictures that claims share: curves and bars of scores with their intervals."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from howdeep.claims._claim import Effect
from howdeep.claims._judge import interval
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.parts import Picture

ROOM = 52  # letters of tick labels that fit next to one another
Points = Sequence[tuple[float, Sequence[float]]]  # (x, one value a seed)


def curves(
    ident: str,
    title: str,
    lines: Mapping[str, Points],
    x_title: str,
    y_title: str,
    *,
    ticks: Sequence[tuple[float, str]] = (),
    levels: Mapping[str, float] | None = None,
    times: float = 1.0,
    log_y: bool = False,
    caption: str = "",
) -> Picture:
    """Lines with a whisker at each point: the mean over seeds and its interval at 99 %.

    `times`: what values are multiplied by to be shown, 100 for points.
    """
    series = tuple(
        Series(name, tuple(_mark(x, values, times, name) for x, values in points), colour=i)
        for i, (name, points) in enumerate(lines.items())
    )
    told = "; ".join(
        f"{name}: " + ", ".join(f"{mark.y:.3g} at {mark.x:g}" for mark in one.marks)
        for name, one in zip(lines, series, strict=True)
    )
    drawn = Chart(
        title,
        f"{title}. {told}.",
        x_title,
        y_title,
        series,
        x_ticks=tuple(ticks),
        levels=tuple(Level(name, times * y) for name, y in (levels or {}).items()),
        log_y=log_y,
    )
    return Picture(drawn, ident, caption)


def bars(
    ident: str,
    title: str,
    values: Mapping[str, Sequence[float]],
    y_title: str,
    *,
    times: float = 1.0,
    caption: str = "",
) -> Picture:
    """One point with its whisker for each name; long names are broken at their blanks."""
    marks = [_mark(i, own, times, name) for i, (name, own) in enumerate(values.items())]
    told = ", ".join(f"{name} {mark.y:.3g}" for name, mark in zip(values, marks, strict=True))
    first, *rest = _lines(list(values))
    ends = (-0.5, ""), (len(values) - 0.5, "")  # room for the first name and the last
    drawn = Chart(
        title,
        f"{title}: {told}.",
        "",
        y_title,
        (Series("", tuple(marks), line=False),),
        x_ticks=(ends[0], *first, ends[1]),
        under=tuple(("", row) for row in rest),
    )
    return Picture(drawn, ident, caption)


def _lines(names: Sequence[str]) -> list[tuple[tuple[float, str], ...]]:
    """Names as rows of tick labels, each as wide as there is room for next to the others."""
    room = max(4, int(ROOM / len(names)))
    broken = [textwrap.wrap(name, room, break_long_words=False) or [""] for name in names]
    rows = max(len(lines) for lines in broken)
    return [
        tuple((float(i), lines[row]) for i, lines in enumerate(broken) if row < len(lines))
        for row in range(rows)
    ]


def _mark(x: float, values: Sequence[float], times: float, name: str) -> Mark:
    if len(values) < 2:
        return Mark(x, times * values[0], tip=f"{name}: {times * values[0]:.3g}")
    mean, _, low, high = interval(Effect(tuple(values)))
    tip = f"{name}: {times * mean:.3g} ({times * low:.3g} to {times * high:.3g})"
    return Mark(x, times * mean, times * low, times * high, tip=tip)
