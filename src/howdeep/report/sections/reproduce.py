"""How to get the same study again: the command, the data, and what both were made with."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.parts import Pairs, Place, Section, Step, Steps
from howdeep.report.table import Name
from howdeep.report.words import clean


def _section(dossier: Dossier) -> Section:
    task = dossier.plan.task
    pairs = (
        ("Study", clean(dossier.study, 200)),
        ("Data", clean(task.source or "given from Python", 200)),
        ("SHA-256 of the data", clean(task.source_sha256, 64)),
        ("Task fingerprint", clean(task.fingerprint, 64)),
        ("Verdict digest", clean(dossier.verdict.digest, 64)),
        ("howdeep", clean(dossier.plan.version)),
        *(
            (clean(name), clean(value, 200))
            for name, value in dossier.platform
            if name != "howdeep"
        ),
    )
    named = Pairs(tuple((label, Name(value)) for label, value in pairs), mono=True)
    command = Step(clean(dossier.command, 2000))
    return Section("How to reproduce this", (Steps((command,)), named))


PLACES = (Place("page", 130, _section),)
