"""Each kind of net by itself: the depth that is enough within it."""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.base.verdicts import Dossier, FamilyRange
from howdeep.metrics import Unit
from howdeep.report.by_family import range_words
from howdeep.report.colours import NEUTRAL, colours
from howdeep.report.parts import Place, Section
from howdeep.report.table import Column, Group, Name, Table, row, titled
from howdeep.report.words import clean, gloss, unit

TITLE = "Each kind of net by itself"


@dataclass(frozen=True)
class FamilyRow:
    """A family's own range, the metric it is told in, and what it is: the subject of this table."""

    metric: Unit
    range: FamilyRange
    gloss: str
    colour: int


def _name(kind: FamilyRow) -> Name:
    return Name(clean(kind.range.family), kind.gloss, kind.colour)


COLUMNS = (
    Column("family", "net", _name),
    Column("enough", "enough", lambda kind: range_words(kind.range), group=Group.ANSWER),
    Column(
        "best",
        "best {metric}",
        lambda kind: kind.metric.score(kind.range.best),
        "right",
        group=Group.SCORE,
        value=lambda kind: kind.metric.shown(kind.range.best),
    ),
)


def _section(dossier: Dossier) -> Section:
    metric = unit(dossier.verdict.metric)
    columns = titled(COLUMNS, metric=metric.name)
    plan, hues = dossier.plan, colours(dossier.plan)
    kinds = (
        FamilyRow(metric, own, gloss(plan, own.family), hues.get(own.family, NEUTRAL))
        for own in dossier.verdict.families
    )
    rows = tuple(row(columns, kind) for kind in kinds)
    return Section(TITLE, (Table(columns, rows),) if rows else (), layout="column")


PLACES = (Place("page", 80, _section),)
