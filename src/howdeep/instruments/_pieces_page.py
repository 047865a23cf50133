"""The section of `pieces`: linear pieces by depth, trained and untrained."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.parts import Picture, Prose, Section
from howdeep.report.words import clean

TITLE = "How often does the net bend?"
KINDS = (("pairs", "between rows"), ("directions", "in random directions"), ("start", "untrained"))


def section(found: tuple[Measurement, ...]) -> Section:
    """A chart over nets where there are two or more, and what the last says."""
    bent = [one for one in found if one.values["units"]]
    if not bent:
        return Section(TITLE, ())
    last = bent[-1].values
    text = (
        f"On the way from one row to another {clean(bent[-1].net)} bends into "
        f"{_told(last['pairs'])} straight pieces, with {last['units']:,} units that switch"
    )
    if last["start"]:
        text += f"; before training it was {_told(last['start'])}"
    note = (
        "More pieces are a more folded function, not a better one: a net at its start has about as "
        "many pieces as units, whatever its depth (Hanin & Rolnick 2019); depth can fold more, and "
        "training rarely does."
    )
    words = (Prose(f"{text}."), Prose(note, note=True))
    if len(bent) < 2:
        return Section(TITLE, words)
    return Section(TITLE, (Picture(_chart(bent), "pieces-chart"), *words))


def _chart(bent: Sequence[Measurement]) -> Chart:
    series = tuple(
        Series(name, marks, colour, dash=key == "start")
        for colour, (key, name) in enumerate(KINDS)
        if (marks := tuple(
            _mark(i, one, one.values[key]) for i, one in enumerate(bent) if one.values[key]
        ))
    )  # fmt: skip
    ticks = tuple((float(i), clean(one.net)) for i, one in enumerate(bent))
    first, last = bent[0], bent[-1]
    summary = (
        f"Mean number of straight pieces along a path, with 95 % intervals: "
        f"{_told(first.values['pairs'])} in {clean(first.net)}, "
        f"{_told(last.values['pairs'])} in {clean(last.net)}."
    )
    return Chart("Linear pieces along a path", summary, "net", "pieces", series, x_ticks=ticks,
                 log_y=True, width=620)  # fmt: skip


def _mark(i: int, one: Measurement, told: dict[str, float]) -> Mark:
    tip = f"{clean(one.net)}: {_told(told)}"
    return Mark(float(i), told["mean"], told["low"], told["high"], tip=tip)


def _told(told: dict[str, float]) -> str:
    return f"{told['mean']:.0f} ({told['low']:.0f} to {told['high']:.0f})"
