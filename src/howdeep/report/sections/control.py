"""Depth, or parameters? What shallower nets as large as the one named say."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.control import control_words
from howdeep.report.parts import Place, Prose, Section

TITLE = "Depth, or parameters?"
NOTE = (
    "Deeper nets also have more parameters. Here shallower, wider nets are given the same number "
    "of them."
)


def _section(dossier: Dossier) -> Section:
    said = tuple(Prose(text) for text in control_words(dossier))
    return Section(TITLE, (*said, Prose(NOTE, note=True)) if said else (), layout="column")


PLACES = (Place("page", 90, _section),)
