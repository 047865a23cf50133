"""What is shown of fairness: how far groups are apart by depth, and each group of the last net."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from howdeep.instruments._classes import of_part
from howdeep.instruments._curves import between, by_depth, points
from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart
from howdeep.report.parts import Element, Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "Does it treat groups alike?"
CHARTS = 3  # columns that are drawn, where none was named


def section(found: tuple[Measurement, ...]) -> Section:
    """Named columns first and with words; of others the figures."""
    if not found:
        return Section(TITLE, ())
    names = list(dict.fromkeys(c["column"] for one in found for c in one.values["columns"]))
    named = {c["column"] for one in found for c in one.values["columns"] if c["named"]}
    pictures: list[Picture] = []
    parts: list[Element] = []
    for at, name in enumerate(names[: len(named) or CHARTS]):
        charts = [_chart(found, name), _flips(found, name)]
        pictures += [Picture(c, f"fairness-{at}-{i}") for i, c in enumerate(charts) if c]
    last = found[-1]
    for name in names:
        if name in named:
            parts.append(Prose(_meaning(found, name)))
        elif not named:
            parts.append(Prose(f"{last.net}, by {name}:"))
        own = _column(last, name)
        if own is not None and (name in named or not named):
            parts.append(_table(last, own))
    gallery: tuple[Element, ...] = (Gallery(tuple(pictures)),) if pictures else ()
    return Section(TITLE, (*gallery, *parts, Prose(_how(last, bool(named)), note=True)))


def _column(one: Measurement, name: str) -> dict[str, Any] | None:
    return next((c for c in one.values["columns"] if c["column"] == name), None)


def _chart(found: Sequence[Measurement], name: str) -> Chart | None:
    classes = found[0].values["kind"] == "classes"
    scale = 100 if classes else 1

    def pick(one: Measurement) -> list[float | None] | None:
        column = _column(one, name)
        got = column and column["odds"]
        return [None if v is None else scale * v for v in got] if got else None

    what = "equalised odds difference, points" if classes else "difference of mean absolute error"
    return by_depth(
        found,
        pick,
        f"Groups of {name}",
        f"How far error rates of the groups of {name} are apart at most, with intervals that hold "
        "for all pairs of groups at once.",
        what,
        say="{:.1f}" if classes else "{:.3g}",
    )


def _flips(found: Sequence[Measurement], name: str) -> Chart | None:
    """How many predictions the column alone changes."""
    classes = found[0].values["kind"] == "classes"
    scale = 100 if classes else 1

    def pick(one: Measurement) -> list[float | None] | None:
        column = _column(one, name)
        return [None if v is None else scale * v for v in column["flips"]] if column else None

    return by_depth(
        found,
        pick,
        f"With {name} changed",
        f"What changing {name} in a row, all else as it is, does to predictions.",
        "predictions changed, %" if classes else "mean change of a prediction",
        say="{:.1f}" if classes else "{:.3g}",
    )


def _meaning(found: Sequence[Measurement], name: str) -> str:
    """One sentence on the gap of the last net, one on flips, one on the other depths."""
    last = found[-1]
    own = _column(last, name)
    if own is None or own["odds"] is None:
        return f"By {name}: no two groups have rows enough to be compared."
    if last.values["kind"] != "classes":
        return (
            f"By {name}: the mean absolute error of {last.net} differs by up to "
            f"{own['odds'][0]:.3g} between groups ({_plain(own['odds'])}). With {name} set to "
            f"another value a prediction moves by {own['flips'][0]:.3g} on average at most."
        )
    chosen, odds = own["parity"], own["odds"]
    known = "apart" if odds[1] > 0 else "not shown to be apart"
    text = (
        f"By {name}: how often {last.net} says {last.values['positive'] or 'a class'} differs by "
        f"up to {points(chosen[0])} points between groups ({between(chosen)}); its error rates "
        f"are {known}, by up to {points(odds[0])} points ({between(odds)}). With {name} changed "
        f"and all else as it is, {points(own['flips'][0])} % of its predictions change "
        f"({between(own['flips'])})."
    )
    gaps = [(c["odds"], one) for one in found if (c := _column(one, name)) and c["odds"]]
    if len(gaps) > 1:
        low, high = (end(gaps, key=lambda g: g[0][0]) for end in (min, max))
        alone = high[0][1] > low[0][2]
        text += (
            f" Over depths the gap of error rates goes from {points(low[0][0])} ({low[1].net}) to "
            f"{points(high[0][0])} ({high[1].net}); "
            + ("that is more than its rows leave open." if alone else
               "so many rows cannot tell these apart.")
        )  # fmt: skip
    return text


def _plain(bounds: Sequence[float]) -> str:
    return f"{bounds[1]:.3g} to {bounds[2]:.3g}"


def _table(one: Measurement, own: dict[str, Any]) -> Table:
    classes = one.values["kind"] == "classes"
    columns = CLASSES if classes else NUMBERS
    return Table(
        columns,
        tuple(row(columns, level) for level in own["levels"]),
        region=f"groups of {own['column']}",
    )


def _how(one: Measurement, named: bool) -> str:
    text = (
        f"On {one.values['rows']} {of_part(one.values['part'])}. Equalised odds: the largest "
        "difference between groups in the share of a class that is found, or of the others that "
        "are taken for it. A group of few rows has a wide interval and stays in the table. "
        "Changing a column alone says whether the net reads it, not whether it reads its traces in "
        "other columns. "
    )
    return text if named else text + "Which columns matter: say --groups-by COLUMN."


def _share(key: str) -> Any:
    def cell(level: dict[str, Any]) -> str:
        got = level.get(key)
        return "" if not got else f"{points(got[0])} ({between(got)})"

    return cell


def _number(key: str) -> Any:
    def cell(level: dict[str, Any]) -> str:
        got = level.get(key)
        return "" if not got else f"{got[0]:.3g} ({got[1]:.3g} to {got[2]:.3g})"

    return cell


def _rows(level: dict[str, Any]) -> str:
    return f"{level['rows']:,}" + (" (few)" if level["few"] else "")


GROUP = Column("group", "group", lambda level: level["level"])
ROWS = Column("rows", "rows", _rows, "right")
CLASSES = (
    GROUP,
    ROWS,
    Column("score", "right, %", _share("score"), "right"),
    Column("selected", "chosen, %", _share("selected"), "right", drop=1, sparse=True),
    Column("tp", "found of the class, %", _share("true_positive"), "right", short="found, %",
           drop=2, sparse=True),
    Column("fp", "taken for it, %", _share("false_positive"), "right", drop=3, sparse=True),
)  # fmt: skip
NUMBERS = (
    GROUP,
    ROWS,
    Column("score", "mean absolute error", _number("score"), "right", short="error"),
    Column("bias", "mean error", _number("bias"), "right", drop=1),
)
