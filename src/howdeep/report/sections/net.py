"""The net that is handed over, to build again: a drawing and its code."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.net_code import lines, rival_code, summary
from howdeep.report.parts import Code, Drawing, Element, Place, Prose, Section
from howdeep.report.words import to_build

DRAWN, WRITTEN = "The net, drawn", "The net, as code"
NOTE = (
    "A click on the code selects all of it. The trained net itself is in the study's folder net/."
)


def _drawn(dossier: Dossier) -> Section:
    found = dossier.build
    if found is None:
        return Section(DRAWN, (), layout="column")
    title = to_build(found.cell)
    drawing = Drawing(found.parts, "net", title[:1].upper() + title[1:], summary(dossier))
    return Section(DRAWN, (drawing,), layout="column")


def _written(dossier: Dossier) -> Section:
    found = lines(dossier)
    title = "The model and the net, as code" if rival_code(dossier) else WRITTEN
    if not found:
        return Section(title, (), layout="column")
    parts: tuple[Element, ...] = (Code(found),)
    if dossier.build is not None:
        parts = (*parts, Prose(NOTE, note=True))
    return Section(title, parts, layout="column")


PLACES = (Place("page", 32, _drawn), Place("page", 34, _written))
