"""What the study found, in words; a terminal has the tables after the first of it."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.evidence import labelled
from howdeep.report.parts import Pairs, Place, Section

FIRST = 4  # findings above the tables


def _on_page(dossier: Dossier) -> Section:
    return Section("What the study found", (Pairs(labelled(dossier)),))


def _first(dossier: Dossier) -> Section:
    return _untitled(labelled(dossier)[:FIRST])


def _rest(dossier: Dossier) -> Section:
    return _untitled(labelled(dossier)[FIRST:])


def _untitled(found: tuple[tuple[str, str], ...]) -> Section:
    return Section("", (Pairs(found),) if found else ())


PLACES = (Place("page", 30, _on_page), Place("terminal", 10, _first), Place("terminal", 40, _rest))
