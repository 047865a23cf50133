"""The section of `pieces`: linear pieces by depth, trained and untrained."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.figures import place
from howdeep.report.parts import Gallery, Picture, Prose, Section
from howdeep.report.words import clean

TITLE = "How often does the net bend?"
BETWEEN = (("pairs", ""), ("start", ", untrained"))
AWAY = (("directions", ""),)


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
        "More pieces are a more folded function, not a better one. Depth could fold twice with "
        "every layer; in nets as they are drawn pieces grow with the units and no faster (Hanin & "
        "Rolnick 2019)."
    )
    words = (Prose(f"{text}."), Prose(note, note=True))
    ladder = [one for one in bent if one.depth > 0]
    if len(ladder) < 2:
        return Section(TITLE, words)
    pictures = (
        _picture(ladder, "pieces-between", "from one row to another", BETWEEN),
        _picture(ladder, "pieces-away", "in random directions", AWAY),
    )
    return Section(TITLE, (Gallery(pictures), *words))


def _picture(
    bent: Sequence[Measurement], ident: str, way: str, lines: Sequence[tuple[str, str]]
) -> Picture:
    """Pieces by depth on the `way`, a line a family; `lines`: values, and what is said of them."""
    families = list(dict.fromkeys(_family(one) for one in bent))
    series = tuple(
        Series(name + after, marks, families.index(name), dash=bool(after))
        for name in families
        for key, after in lines
        if (marks := tuple(
            _mark(one, one.values[key]) for one in bent if _family(one) == name and one.values[key]
        ))
    )  # fmt: skip
    depths = sorted({one.depth for one in bent})
    first, last, key = bent[0], bent[-1], lines[0][0]
    summary = (
        f"Mean number of straight pieces {way}, with 95 % intervals: "
        f"{_told(first.values[key])} in {clean(first.net)}, "
        f"{_told(last.values[key])} in {clean(last.net)}."
    )
    ticks = tuple((place(depth), str(depth)) for depth in depths)
    chart = Chart(f"Pieces {way}", summary, "blocks", "pieces", series, x_ticks=ticks, log_y=True)
    return Picture(chart, ident, summary)


def _family(one: Measurement) -> str:
    return clean(one.net.rpartition("-")[0] or one.net)


def _mark(one: Measurement, told: dict[str, float]) -> Mark:
    tip = f"{clean(one.net)}: {_told(told)}"
    return Mark(place(one.depth), told["mean"], told["low"], told["high"], tip=tip)


def _told(told: dict[str, float]) -> str:
    return f"{told['mean']:.0f} ({told['low']:.0f} to {told['high']:.0f})"
