"""How the nets learned and what they cost: the smaller charts."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.chart import Chart
from howdeep.report.curves import curve_chart
from howdeep.report.figures import cost_charts, gap_chart, rate_chart
from howdeep.report.parts import Gallery, Picture, Place, Section

TITLE = "How the nets learned, and what they cost"


def _section(dossier: Dossier) -> Section:
    if not dossier.verdict.cells:
        return Section(TITLE, ())
    curves = curve_chart(dossier)
    cut = " The axis leaves out their first steps." if curves and curves.broken else ""
    charts: list[tuple[Chart | None, str]] = [
        (curves, f"How the score grew while nets were trained; means over seeds.{cut}"),
        (
            rate_chart(dossier),
            "Each depth was given its own best learning rate, so none is judged at another's.",
        ),
        (
            gap_chart(dossier),
            "How much better nets score on rows they were trained on: a large gap is overfitting.",
        ),
    ]
    charts += [(chart, "") for chart in cost_charts(dossier)]
    drawn = [(chart, caption) for chart, caption in charts if chart is not None]
    pictures = (Picture(chart, f"figure-{i}", said) for i, (chart, said) in enumerate(drawn))
    return Section(TITLE, (Gallery(tuple(pictures)),))


PLACES = (Place("page", 40, _section),)
