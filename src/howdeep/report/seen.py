"""Whether test rows are new to a net: those of one group may stand on both sides."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier

GROUPS = " --groups "  # in a note that points to a column of groups which nobody named


def looks_grouped(dossier: Dossier) -> bool:
    """Do the rows look like several of one person, machine or place, kept apart by no option?"""
    return any(GROUPS in note for note in dossier.plan.task.notes)


def test_label(dossier: Dossier) -> str:
    """What the score on test rows is headed by: they are unseen unless rows look grouped."""
    return "On test rows" if looks_grouped(dossier) else "On unseen rows"


def of_groups(dossier: Dossier) -> str:
    """What there is to say of the test rows where rows look grouped, as a sentence; else empty."""
    if not looks_grouped(dossier):
        return ""
    return (
        " Other rows of what these test rows belong to may have been trained on: the score is not"
        " one of new groups (see the notes, --groups)."
    )
