"""Classical models next to the nets: who is better, by how much, and with which settings."""

from __future__ import annotations

from dataclasses import dataclass

from howdeep.base.verdicts import Dossier, Rival
from howdeep.metrics import MINUS, Unit
from howdeep.report.depths import short
from howdeep.report.net_words import opposite
from howdeep.report.parts import Place, Prose, Section
from howdeep.report.rivals import against_words, rival_name, signed
from howdeep.report.table import Column, Group, Table, row, titled
from howdeep.report.words import clean, duration, unit

TITLE = "Next to classical models"
SAYS = {
    "better": "better",
    "as good": "as good",
    "worse": "worse",
    "unclear": "unclear",
    "failed": "not fitted",
}


@dataclass(frozen=True)
class Compared:
    """A classical model and the study it stands in: the subject of this table."""

    dossier: Dossier
    rival: Rival

    @property
    def metric(self) -> Unit:
        return unit(self.dossier.verdict.metric)


def _score(model: Compared) -> str:
    score = model.rival.score
    return MINUS if score is None else model.metric.score(score, fine=True)


def _shown(model: Compared, score: float | None) -> float | None:
    """The number that stands for a score, to sort by."""
    return None if score is None else model.metric.shown(score)


def _against(model: Compared) -> str:
    """Its difference to the net, with its bounds."""
    found = model.rival.difference
    return "" if found is None else signed(model.dossier, found)


def _says(model: Compared) -> str:
    """What its interval shows: one without 0 in it tells which is better, if not by how much."""
    rival, gap = model.rival, model.rival.difference
    if rival.says == "unclear" and gap is not None:
        if gap.low is not None and gap.low > 0:
            return "better, maybe by little"
        if gap.high is not None and gap.high < 0:
            return "worse, maybe by little"
    return SAYS[rival.says] if gap is not None or rival.says == "failed" else ""


def _test(model: Compared) -> str:
    return "" if model.rival.test is None else model.metric.interval(model.rival.test)


def _seconds(model: Compared) -> str:
    seconds = dict(model.dossier.seconds).get(model.rival.name)
    return "" if seconds is None else duration(seconds)


COLUMNS = (
    Column(
        "name",
        "model",
        lambda model: rival_name(model.dossier.plan, model.rival.name),
        short="classical model",
    ),
    Column(
        "score",
        "{metric}",
        _score,
        "right",
        short="{metric_lines}",
        group=Group.SCORE,
        value=lambda model: _shown(model, model.rival.score),
    ),
    Column(
        "against",
        "{beaten}",
        _against,
        "right",
        short="{beaten_lines}",
        group=Group.SCORE,
        drop=2,
        value=lambda model: model.rival.difference and model.rival.difference.value,
    ),
    Column("says", "verdict", _says, short="", group=Group.ANSWER),
    Column(
        "test",
        "on test rows",
        _test,
        "right",
        group=Group.SCORE,
        on=("page",),
        value=lambda model: _shown(model, model.rival.test and model.rival.test.value),
    ),
    Column(
        "seconds",
        "time",
        _seconds,
        "right",
        group=Group.COST,
        drop=1,
        value=lambda model: dict(model.dossier.seconds).get(model.rival.name),
    ),
    Column(
        "settings",
        "settings, chosen on validation rows",
        lambda model: clean(model.rival.settings, 200),
        group=Group.COST,
        on=("page",),
    ),
)


def table(dossier: Dossier) -> Table:
    """The models, best first; those that could not be fitted last."""
    metric, ref = unit(dossier.verdict.metric), dossier.verdict.rivals_against
    gap, guessing = metric.gap.removeprefix("of "), opposite(dossier) == "guessing"
    beaten = beaten_lines = ""
    if against_words(dossier):
        beaten = f"against {'guessing' if guessing else 'the net'}, in {gap}"
        beaten_lines = f"against {short(dossier, ref) if ref else opposite(dossier)},\nin {gap}"
    columns = titled(
        COLUMNS,
        metric=metric.name,
        metric_lines=metric.name.replace(" ", "\n"),
        beaten=beaten,
        beaten_lines=beaten_lines,
    )
    found = sorted(dossier.verdict.rivals, key=lambda r: (r.score is None, -(r.score or 0.0)))
    rows = (row(columns, Compared(dossier, r), r.says.replace(" ", "-")) for r in found)
    return Table(columns, tuple(rows), region=TITLE, kind="rival")


def _note(dossier: Dossier) -> str:
    against = against_words(dossier)
    bounds = (
        f" Against {against}, in brackets intervals that hold for all of these models at once."
        if against
        else ""
    )
    return (
        "Fitted on the nets' training rows, chosen on their validation rows, scored on the same "
        f"rows.{bounds} Time is that of all settings and seeds together."
    )


def _on_page(dossier: Dossier) -> Section:
    if not dossier.verdict.rivals:
        return Section(TITLE, ())
    return Section(TITLE, (table(dossier), Prose(_note(dossier), note=True)))


def _in_terminal(dossier: Dossier) -> Section:
    return Section("", (table(dossier),) if dossier.verdict.rivals else ())


PLACES = (Place("page", 60, _on_page), Place("terminal", 30, _in_terminal))
