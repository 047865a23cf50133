"""A chart as one inline `<svg>`: axes, lines, marks, a legend; no script, no style attribute.

Colours are CSS classes (`s0` to `s5` for series), text takes the page's colour, and every chart
carries a title and a description for those who cannot see it. All text is escaped here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from howdeep.report.chart import Chart, Level, Mark, Series, label, log_ticks, si, ticks
from howdeep.report.svg import EM, element, esc, text_at

SERIES_COLOURS = 6


@dataclass(frozen=True)
class _Frame:
    """The plotting area in pixels and the data range on its sides."""

    left: float
    right: float
    top: float
    bottom: float
    x0: float
    x1: float
    y0: float
    y1: float
    log_y: bool

    def x(self, value: float) -> float:
        return self.left + (value - self.x0) / (self.x1 - self.x0) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high, at = (self._scale(v) for v in (self.y0, self.y1, value))
        at = self.bottom - (at - low) / (high - low) * (self.bottom - self.top)
        return min(max(at, self.top), self.bottom)

    def _scale(self, value: float) -> float:
        return math.log10(max(value, 1e-300)) if self.log_y else value


def svg(chart: Chart, ident: str) -> str:
    """The chart as one `<svg>` element; `ident` makes its ids unique on the page."""
    frame = _frame(chart)
    body = [
        *_levels(chart, frame),
        *_breaks(chart, frame),
        *_y_axis(chart, frame),
        *_x_axis(chart, frame),
        *(part for series in chart.series for part in _series(series, frame)),
        *_legend(chart),
        *_titles(chart, frame),
    ]
    return element("chart", chart.title, chart.summary, ident, (chart.width, chart.height), body)


# ---- elements -----------------------------------------------------------------------------------
def _line(kind: str, x1: float, x2: float, y1: float, y2: float, more: str = "") -> str:
    ends = f'x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends}{more}/>'


def _colour(series: Series) -> str:
    shade = f" shade{series.shade}" if series.shade else ""
    return f"s{series.colour % SERIES_COLOURS}{shade}"


def _dash(series: Series) -> str:
    return ' stroke-dasharray="5 3"' if series.dash else ""


# ---- axes ---------------------------------------------------------------------------------------
def _frame(chart: Chart) -> _Frame:
    marks = [m for s in chart.series for m in s.marks]
    xs = [m.x for m in marks] + [x for x, _ in chart.x_ticks]
    ys = [v for m in marks if not m.off for v in (m.y, m.low, m.high) if v is not None]
    ys += [v for lv in chart.levels for v in (lv.y, lv.top) if v is not None]
    x0, x1 = (min(xs), max(xs)) if xs else (0.0, 1.0)
    y0, y1 = (min(ys), max(ys)) if ys else (0.0, 1.0)
    if chart.log_y:
        y0, y1 = y0 / 1.6, y1 * 1.6
    else:
        pad = 0.08 * (y1 - y0) or abs(y0) * 0.05 or 1.0
        below, above = (
            2.2 if any(m.off and m.above == top for m in marks) else 1.0 for top in (False, True)
        )
        y0, y1 = y0 - below * pad, y1 + above * pad
    pad = 0.06 * (x1 - x0) or 0.5
    bottom = chart.height - 44.0 - 17 * len(chart.under)
    names = [len(name) for name, _ in (*chart.under, *_y_labels(chart, y0, y1))]
    left = max(52.0, 22 + EM * max(names, default=0))
    top = 30.0 + 18 * len(_legend_rows(chart))
    return _Frame(left, chart.width - 10.0, top, bottom, x0 - pad, x1 + pad, y0, y1, chart.log_y)


def _y_labels(chart: Chart, low: float, high: float) -> list[tuple[str, float]]:
    if chart.y_ticks:
        return [(text, value) for value, text in chart.y_ticks]
    values = log_ticks(low, high) if chart.log_y else ticks(low, high)
    step = values[1] - values[0] if len(values) > 1 else 1.0
    return [(si(v) if chart.log_y else label(v, step), v) for v in values]


def _y_axis(chart: Chart, f: _Frame) -> list[str]:
    out = []
    for text, value in _y_labels(chart, f.y0, f.y1):
        y = f.y(value)
        out.append(_line("grid", f.left, f.right, y, y))
        out.append(text_at("tick", f.left - 7, y + 4, text, "end"))
    return out


def _x_axis(chart: Chart, f: _Frame) -> list[str]:
    values = [v for v in ticks(f.x0, f.x1) if v >= 0]
    step = values[1] - values[0] if len(values) > 1 else 1.0
    marks = chart.x_ticks or tuple((v, label(v, step)) for v in values)
    out = [_line("axis", f.left, f.right, f.bottom, f.bottom)]
    out += _tick_row(marks, f, f.bottom + 17)
    for i, (name, row) in enumerate(chart.under):
        y = f.bottom + 17 * (i + 2)
        out.append(text_at("tick faint", f.left - 7, y, name, "end"))
        out += _tick_row(row, f, y, "tick faint")
    return out


def _tick_row(
    marks: Sequence[tuple[float, str]], f: _Frame, y: float, kind: str = "tick"
) -> list[str]:
    """Tick labels, leaving out those that would touch the one before."""
    out, free = [], -math.inf
    for value, text in marks:
        x, half = f.x(value), EM * len(text) / 2
        if x - half >= free and x + half <= f.right + 10:
            free = x + half + 4
            out.append(text_at(kind, x, y, text, "middle"))
    return out


def _breaks(chart: Chart, f: _Frame) -> list[str]:
    """Two strokes through the side of an axis beyond which something lies."""
    off = [m for s in chart.series for m in s.marks if m.off]
    foot = "foot" in chart.broken or any(not m.above for m in off)
    top = "top" in chart.broken or any(m.above for m in off)
    ends = [f.bottom - 3] * foot + [f.top + 9] * top
    return [f'<path class="break" d="M{f.left - 5:.1f} {y:.1f}l10 -5m-10 10l10 -5"/>' for y in ends]


def _levels(chart: Chart, f: _Frame) -> list[str]:
    out = []
    for level in chart.levels:
        y = f.y(level.y)
        if level.top is None:
            out.append(_line(_level(level), f.left, f.right, y, y))
            continue
        above, below = sorted((y, f.y(level.top)))
        size = f'width="{f.right - f.left:.1f}" height="{max(below - above, 0.5):.1f}"'
        out.append(f'<rect class="band" x="{f.left:.1f}" y="{above:.1f}" {size}/>')
    return out


# ---- data ---------------------------------------------------------------------------------------
def _series(series: Series, f: _Frame) -> list[str]:
    kind, out = _colour(series), []
    if series.line and len(series.marks) > 1:
        points = " ".join(f"{f.x(m.x):.1f},{_y(m, f):.1f}" for m in series.marks)
        out.append(f'<polyline class="line {kind}" points="{points}"{_dash(series)}/>')
    if series.dots:
        out += [_mark(mark, kind, f) for mark in series.marks]
    return out


def _y(mark: Mark, f: _Frame) -> float:
    if not mark.off:
        return f.y(mark.y)
    return f.top + 12 if mark.above else f.bottom - 12


def _mark(mark: Mark, kind: str, f: _Frame) -> str:
    x, y = f.x(mark.x), _y(mark, f)
    kind = kind if mark.colour is None else f"s{mark.colour % SERIES_COLOURS}"
    parts = [f"<title>{esc(mark.tip)}</title>"] if mark.tip else []
    if mark.off:
        point = -8 if mark.above else 8
        parts.append(f'<path class="dot" d="M{x - 5:.1f} {y:.1f}h10l-5 {point}z"/>')
        parts.append(text_at("note", x + 10, y + 7, mark.off))
    else:
        parts += _whisker(mark, x, f)
        if mark.ring:
            parts.append(f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="9"/>')
        shape = "dot hollow" if mark.hollow else "dot"
        radius = 2.5 if mark.faint else 4
        parts.append(f'<circle class="{shape}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>')
    return f'<g class="mark {kind}{" faint" if mark.faint else ""}">{"".join(parts)}</g>'


def _whisker(mark: Mark, x: float, f: _Frame) -> list[str]:
    if mark.low is None or mark.high is None:
        return []
    low, high = f.y(mark.low), f.y(mark.high)
    ends = [_line("whisker", x - 3, x + 3, y, y) for y in (low, high)]
    return [_line("whisker", x, x, low, high), *ends]


def _level(level: Level) -> str:
    return f"level {level.kind}".strip()


def _legend_rows(chart: Chart) -> list[list[tuple[float, Series | Level]]]:
    """Legend items with their x, as many in a row as fit; a single line needs no name."""
    named = [s for s in chart.series if s.name]
    items: list[Series | Level] = [*(named if len(named) > 1 else ()), *chart.levels]
    rows: list[list[tuple[float, Series | Level]]] = []
    x = math.inf
    for item in items:
        size = 23 + EM * len(item.name) + 14
        if x + size > chart.width:
            rows.append([])
            x = 10.0
        rows[-1].append((x, item))
        x += size
    return rows


def _legend(chart: Chart) -> list[str]:
    out = []
    for i, row in enumerate(_legend_rows(chart)):
        y = 32.0 + 18 * i
        for x, item in row:
            out.append(_swatch(item, x, y))
            out.append(text_at("tick", x + 23, y + 4, item.name))
    return out


def _swatch(item: Series | Level, x: float, y: float) -> str:
    if isinstance(item, Series):
        return _line(f"line {_colour(item)}", x, x + 18, y, y, _dash(item))
    if item.top is None:
        return _line(_level(item), x, x + 18, y, y)
    return f'<rect class="band" x="{x:.1f}" y="{y - 6:.1f}" width="18" height="12"/>'


def _titles(chart: Chart, f: _Frame) -> list[str]:
    middle = (f.left + f.right) / 2
    return [
        text_at("name", 10, 14, chart.y_title),
        text_at("name", middle, chart.height - 6, chart.x_title, "middle"),
    ]
