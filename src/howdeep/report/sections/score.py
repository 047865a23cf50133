"""The picture that answers: score against depth, with what can be told apart."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.figures import beyond_words, score_chart
from howdeep.report.parts import Picture, Place, Section

COMPARED = (
    "Each point is the mean over seeds; each bar is the confidence interval of the distance to the "
    "best depth, drawn from the best score, for all depths at once. A depth is shown to be enough "
    "when its whole bar lies inside the shaded band or better. Hollow: shown to lie below the band "
    "and trained no further, or unreliable. Circled: the depth named above. The numbers under the "
    "axis are blocks, then the weight layers of each kind of net."
)
OFF = " A triangle stands for a score beyond the axis, which is written next to it."
GUESSED = (
    "Each point is the mean over seeds; each bar is the confidence interval of its distance from "
    "guessing, for all depths at once. A net is shown to beat guessing when its whole bar lies "
    "above that line. The numbers under the axis are blocks, then the weight layers of each kind "
    "of net."
)


def _section(dossier: Dossier) -> Section:
    if not dossier.verdict.cells:
        return Section("", ())
    chart = score_chart(dossier, wide=True)
    caption = GUESSED if dossier.verdict.status == "nothing_learnt" else COMPARED
    if any(mark.off for series in chart.series for mark in series.marks):
        caption += OFF
    caption += beyond_words(dossier)
    narrow = score_chart(dossier, wide=False)
    return Section(chart.title, (Picture(chart, "score", caption, narrow),))


PLACES = (Place("page", 20, _section),)
