"""Learning curves: how the score grew while nets were trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from howdeep.base.verdicts import CellCurve, Dossier
from howdeep.report.chart import APART, Chart, Mark, Series, Side
from howdeep.report.colours import SHADES, colours
from howdeep.report.words import clean, possible, unit

SETTLED = 0.2  # of its steps after which a net is no longer at its beginning
MARGIN = 0.1  # of what is shown of the others, below or above them

Ends = tuple[float, float]


def curve_chart(dossier: Dossier) -> Chart | None:
    """Learning curves of up to four telling cells: validation solid, training dashed.

    Of nets of one kind the deepest is drawn strongest. Where the first steps would take up most of
    the axis they are left out, and it is marked as broken.
    """
    metric = unit(dossier.verdict.metric)
    curves = [c for c in dossier.curves if c.cell in _telling(dossier) and c.steps]
    if not curves:
        return None
    low, high = _ends(dossier, curves)
    series = []
    for curve, colour, shade in _shaded(dossier, curves):
        for name, ys, dash in ((clean(curve.cell), curve.val, False), ("", curve.train, True)):
            points = zip(curve.steps, _shown(dossier, ys), strict=False)
            marks = tuple(Mark(float(x), y) for x, y in points if low <= y <= high)
            series.append(Series(name, marks, colour, dots=False, dash=dash, shade=shade))
    ends = ", ".join(
        f"{clean(c.cell)} ends at {metric.score(possible(dossier.verdict.metric, c.val[-1]))}"
        for c in curves
    )
    return Chart(
        title="Learning curves",
        summary=f"On validation rows {ends}.",
        x_title="training step",
        y_title=f"{metric.name}{metric.suffix.rstrip() and ', %'} (training rows dashed)",
        series=tuple(series),
        broken=tuple(_broken(low, high)),
    )


def _broken(low: float, high: float) -> Iterator[Side]:
    if math.isfinite(low):
        yield "foot"
    if math.isfinite(high):
        yield "top"


def _shown(dossier: Dossier, ys: Sequence[float]) -> list[float]:
    metric = dossier.verdict.metric
    return [unit(metric).shown(possible(metric, y)) for y in ys]


def _shaded(dossier: Dossier, curves: Sequence[CellCurve]) -> Iterator[tuple[CellCurve, int, int]]:
    """Curves with the colour of their family and, among those of one family, a shade."""
    refs = {c.standing.cell.name: c.standing.cell for c in dossier.verdict.cells}
    hues = colours(dossier.plan)
    families = [refs[curve.cell].family for curve in curves]
    for i, curve in enumerate(curves):
        deeper = families[i + 1 :].count(families[i])
        yield curve, hues.get(families[i], 0), min(deeper, SHADES - 1)


def _ends(dossier: Dossier, curves: Sequence[CellCurve]) -> Ends:
    """Where the axis ends on the side on which nets begin, if that would squeeze the rest."""
    early: list[float] = []
    late: list[float] = []
    for curve in curves:
        for ys in (curve.val, curve.train):
            for step, y in zip(curve.steps, _shown(dossier, ys), strict=False):
                if math.isfinite(y):
                    (late if step >= curve.steps[-1] * SETTLED else early).append(y)
    none = (-math.inf, math.inf)
    if not early or not late:
        return none
    rest = max(late) - min(late)
    if not 0 < APART * rest < max(*late, *early) - min(*late, *early):
        return none
    if unit(dossier.verdict.metric).better == "lower":
        return -math.inf, max(late) + MARGIN * rest
    return min(late) - MARGIN * rest, math.inf


def _telling(dossier: Dossier) -> list[str]:
    """The linear cell, the one named, the one before it and the deepest."""
    names = [c.standing.cell.name for c in dossier.verdict.cells]
    enough = dossier.verdict.enough
    at = names.index(enough.name) if enough and enough.name in names else len(names) // 2
    picked = [names[0], names[max(at - 1, 0)], names[at], names[-1]] if names else []
    return list(dict.fromkeys(picked))
