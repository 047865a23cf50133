"""What was guessed, dropped or grouped while the data was read."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.parts import Bullets, Place, Prose, Section
from howdeep.report.words import clean


def _section(dossier: Dossier) -> Section:
    notes = (*dossier.plan.task.notes, *dossier.verdict.notes)
    said = Bullets(tuple(clean(note, 400) for note in notes))
    nothing = Prose("Nothing was guessed, dropped or grouped.")
    return Section("Notes on the data", (said if notes else nothing,))


PLACES = (Place("page", 100, _section),)
