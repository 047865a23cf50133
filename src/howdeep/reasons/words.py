"""Reasons in words, and their section of the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from howdeep.base.verdicts import Interval
from howdeep.metrics import Unit
from howdeep.reasons.nouns import CAUSES, Name, Reason
from howdeep.report.parts import Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "Why are deeper nets worse?"
SAYS: dict[Name, str] = {
    "optimisation": "it is trained less well: it is worse on its own training rows",
    "generalisation": "it overfits more: it loses more between training rows and new ones",
    "budget": "it was given too few steps: twice as many make it better",
    "learning_rate": "its learning rate was not the best: at another it is better",
}
HEADS: dict[Name, str] = {
    "optimisation": "trained less well",
    "generalisation": "overfits more",
    "budget": "too few steps",
    "learning_rate": "rate not the best",
}


def sentence(reason: Reason, unit: Unit) -> str:
    """Why one rung is worse, in a sentence or two."""
    lost = unit.difference(reason.loss.value)
    if reason.loss.low is None or reason.loss.low <= 0:
        start = f"{reason.cell} scores {lost} below {reason.best}, which may be chance"
    else:
        start = f"{reason.cell} is worse than {reason.best}, by {lost}"
    yes = [cause for cause in reason.causes if cause.says == "yes"]
    if yes:
        found = [f"{SAYS[c.name]} ({_effect(reason, c.name, unit)})" for c in yes]
        end = f": {'; '.join(found)}."
    else:
        end = "; none of the reasons tested is shown."
    no = [HEADS[c.name] for c in reason.causes if c.says == "no"]
    if no:
        end += f" Ruled out: {', '.join(no)}."
    return start + end


def section(found: Sequence[Reason], unit: Unit) -> Section:
    """A table of rungs by reasons, and a sentence for each."""
    if not found:
        return Section(TITLE, ())
    columns = (
        Column("cell", "Net", lambda r: r.cell),
        Column("loss", "worse by", lambda r: _bounds(r.loss, unit), align="right"),
        *(Column(n, HEADS[n], _cell_of(n, unit), align="right", drop=1) for n in CAUSES),
    )
    table = Table(columns, tuple(row(columns, one) for one in found), region=TITLE)
    note = (
        "Each reason was tested: scores on training rows, the gap to new rows, twice the steps and "
        "patience, and other learning rates, with the study's own seeds. Numbers are differences "
        f"of scores with bounds that hold together ({found[0].confidence:.0%}) for each net."
    )
    return Section(
        TITLE,
        (*(Prose(sentence(reason, unit)) for reason in found), table, Prose(note, note=True)),
    )


def _cell_of(name: Name, unit: Unit) -> Callable[[Reason], str]:
    return lambda reason: _effect(reason, name, unit)


def _effect(reason: Reason, name: Name, unit: Unit) -> str:
    cause = reason.cause(name)
    return "not tested" if cause.effect is None else _bounds(cause.effect, unit)


def _bounds(interval: Interval, unit: Unit) -> str:
    value = unit.number(interval.value, sign=True)
    if interval.low is None or interval.high is None:
        return value
    return f"{value} ({unit.number(interval.low, True)} to {unit.number(interval.high, True)})"
