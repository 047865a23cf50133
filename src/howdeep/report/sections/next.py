"""What to do next: the commands, and in a terminal where the page is."""

from __future__ import annotations

from pathlib import PurePath

from howdeep.base.verdicts import Dossier
from howdeep.report.parts import Place, Section, Step, Steps
from howdeep.report.sentence import next_steps
from howdeep.report.words import clean

FEW = 2  # commands on the page, whose first screen is short


def _on_page(dossier: Dossier) -> Section:
    steps = tuple(Step(command, does) for command, does in next_steps(dossier)[:FEW])
    return Section("What next", (Steps(steps),), name="next")


def _in_terminal(dossier: Dossier) -> Section:
    path = clean(str(PurePath(dossier.study) / "report.html"), 400)
    steps = (
        Step(command, does, label="" if i else "Next")
        for i, (command, does) in enumerate(next_steps(dossier))
    )
    return Section("", (Steps((Step(path, label="Report", runs=False), *steps)),))


PLACES = (Place("page", 10, _on_page), Place("terminal", 50, _in_terminal))
