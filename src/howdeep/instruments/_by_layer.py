"""Values by layer and depth as pictures: a heat map of several nets, a line for one."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.heat import Heat
from howdeep.report.parts import Picture
from howdeep.report.words import clean

Line = Sequence[float | None]
LAYER = "layer, from the input"


def picture(
    ident: str,
    title: str,
    summary: str,
    found: Sequence[Measurement],
    lines: Sequence[Line],
    names: Sequence[Sequence[str]],
    *,
    unit: str,
    log: bool = False,
    low: float | None = None,
    high: float | None = None,
    levels: tuple[Level, ...] = (),
) -> Picture:
    """`lines[i]`: a value for each layer of the net `found[i]`, and their `names`; with `log` what
    is not above 0 is left out. One net is a line, several are a heat map, shallow ones at the top.
    """
    if len(found) == 1:
        marks = tuple(
            Mark(float(i + 1), value, tip=f"{clean(name)}: {value:.3g}")
            for i, (value, name) in enumerate(zip(lines[0], names[0], strict=True))
            if value is not None and (value > 0 or not log)
        )
        series = (Series(clean(found[0].net), marks),)
        chart = Chart(title, summary, LAYER, unit, series, log_y=log, levels=levels)
        return Picture(chart, ident, summary)
    most = max(map(len, lines))
    rows = tuple(clean(one.net) for one in found)
    shown = tuple((*(_above(v, log) for v in line), *[None] * (most - len(line))) for line in lines)
    says = tuple(
        tuple(_says(one.net, own, line, i) for i in range(most))
        for one, own, line in zip(found, names, lines, strict=True)
    )
    columns = tuple(str(i + 1) for i in range(most))
    heat = Heat(title, summary, LAYER, "net", columns, rows, shown, low, high, log, says)
    return Picture(heat, ident, summary)


def _above(value: float | None, log: bool) -> float | None:
    return None if value is None or (log and value <= 0) else value


def _says(net: str, names: Sequence[str], line: Line, i: int) -> str:
    if i >= len(line):
        return ""
    value = line[i]
    return f"{clean(net)}, {clean(names[i])}: {'none' if value is None else f'{value:.3g}'}"
