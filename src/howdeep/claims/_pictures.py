"""Small pictures that claims share: curves and bars of scores with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from howdeep.claims._claim import Effect
from howdeep.claims._judge import interval
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.parts import Picture

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
    """One point with its whisker for each name."""
    marks = [_mark(i, own, times, name) for i, (name, own) in enumerate(values.items())]
    told = ", ".join(f"{name} {mark.y:.3g}" for name, mark in zip(values, marks, strict=True))
    ticks = tuple((float(i), name) for i, name in enumerate(values))
    one = Series("", tuple(marks), line=False)
    return Picture(
        Chart(title, f"{title}: {told}.", "", y_title, (one,), x_ticks=ticks), ident, caption
    )


def _mark(x: float, values: Sequence[float], times: float, name: str) -> Mark:
    if len(values) < 2:
        return Mark(x, times * values[0], tip=f"{name}: {times * values[0]:.3g}")
    mean, _, low, high = interval(Effect(tuple(values)))
    tip = f"{name}: {times * mean:.3g} ({times * low:.3g} to {times * high:.3g})"
    return Mark(x, times * mean, times * low, times * high, tip=tip)
