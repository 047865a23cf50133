"""What each shallower net loses."""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.base.verdicts import Dossier, Price
from howdeep.report.depths import ref_words
from howdeep.report.parts import Place, Prose, Section
from howdeep.report.table import Column, Group, Table, row
from howdeep.report.words import unit

TITLE = "The price of going shallower"
NOTE = (
    "What each scores less than the net named. In brackets: intervals that hold for all of these "
    "at once; one that reaches below 0 leaves open whether anything is lost."
)


@dataclass(frozen=True)
class Instead:
    """A shallower net of a study and its price: the subject of this table."""

    dossier: Dossier
    price: Price


def _loses(instead: Instead) -> str:
    verdict = instead.dossier.verdict
    return unit(verdict.metric).gap_interval(instead.price.loss, near=verdict.epsilon)


COLUMNS = (
    Column("instead", "instead", lambda instead: ref_words(instead.dossier, instead.price.cell)),
    Column(
        "loses",
        "loses against the net named",
        _loses,
        "right",
        group=Group.SCORE,
        value=lambda instead: instead.price.loss.value,
    ),
)


def _section(dossier: Dossier) -> Section:
    rows = tuple(row(COLUMNS, Instead(dossier, price)) for price in dossier.verdict.price)
    parts = (Table(COLUMNS, rows), Prose(NOTE, note=True)) if rows else ()
    return Section(TITLE, parts, layout="column")


PLACES = (Place("page", 70, _section),)
