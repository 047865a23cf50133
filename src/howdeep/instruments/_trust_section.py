"""One page of trust: accuracy, corruption, attack, calibration, groups and cost of every depth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from howdeep.instruments._apart import CLEAN, Against, against, measures, reference
from howdeep.instruments._classes import of_part
from howdeep.instruments._curves import by_depth, points
from howdeep.instruments._instrument import Measurement
from howdeep.report.parts import Element, Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row
from howdeep.report.words import compact, listed

TITLE = "As accurate, and as trustworthy?"
SIGNS = {"worse": " ↓", "better": " ↑", "": ""}


def section(found: tuple[Measurement, ...]) -> Section:
    """Curves of every measure over depth, what is shown apart, and a table; of one net nothing."""
    if len(found) < 2:
        return Section(TITLE, ())
    apart = against(found)
    pictures = Gallery(tuple(_pictures(found)))
    parts: tuple[Element, ...] = (
        pictures,
        Prose(_meaning(found, apart)),
        _table(found, apart),
        Prose(_how(found), note=True),
    )
    return Section(TITLE, parts)


def _pictures(found: Sequence[Measurement]) -> list[Picture]:
    scores, errors = measures(found)
    wanted: list[tuple[str, str, Any]] = [
        (_words(name), _unit(found[0]), _score(name)) for name in scores
    ]
    wanted += [(_words(name), "points", _error(name)) for name in errors]
    wanted.append(("Cost", "parameters", lambda one: [float(one.values["parameters"])]))
    out = []
    for i, (title, unit, pick) in enumerate(wanted):
        listing = ", ".join(f"{one.net} {_value(unit, pick(one)[0])}" for one in found)
        says = f"{unit} by depth: {listing}"
        chart = by_depth(found, pick, title, says, unit, log_y=unit == "parameters")
        if chart is not None:
            out.append(Picture(chart, f"trust-{i}"))
    return out


def _value(key: str, value: float) -> str:
    return compact(value) if key == "parameters" else f"{value:.1f}"


def _score(name: str) -> Any:
    return lambda one: [100 * (v or 0.0) for v in one.values["scores"][name]["value"]]


def _error(name: str) -> Any:
    return lambda one: [100 * (v or 0.0) for v in one.values["errors"][name]]


def _unit(one: Measurement) -> str:
    return "accuracy, %" if one.values["score"] != "R2" else "100 R2"


def _words(name: str) -> str:
    """A measure as a title."""
    known = {
        CLEAN: "Rows as they are",
        "attack": "Under attack (PGD)",
        "calibration": "Calibration error",
    }
    if name in known:
        return known[name]
    return f"Error rates apart, {name}" if name.startswith("groups of ") else f"Under {name}"


def _meaning(found: Sequence[Measurement], apart: tuple[Against, ...]) -> str:
    """Which nets are as accurate as far as rows tell, and which of them are not as trustworthy."""
    best = reference(found)
    less = {one.net for one in apart if one.measure == CLEAN and one.state == "worse"}
    same = [one.net for one in found if one.net not in less and one is not best]
    classes = _unit(best) == "accuracy, %"
    text = f"{best.net} {'is right most often' if classes else 'errs least'} on these rows"
    if not same:
        return f"{text}, and every other net is shown to be less accurate."
    which = "all others" if len(same) == len(found) - 1 else listed(same, 12)
    text += f"; of {which} the rows do not show that they are less accurate."
    told = [one for one in apart if one.net in same and one.measure != CLEAN and one.state]
    if not told:
        return f"{text} Nor are these told apart in anything else measured here."
    phrases = [
        f"{one.net} is {one.state} by {points(abs(one.worse[0]))} points "
        f"({_between(one)}) {_clause(one.measure)}"
        for one in sorted(told, key=lambda one: -abs(one.worse[0]))[:4]
    ]
    more = len(told) - len(phrases)
    text += f" But as accurate is not as trustworthy: next to {best.net}, {'; '.join(phrases)}"
    return text + (f"; and {more} more, see the table." if more > 0 else ".")


def _between(one: Against) -> str:
    low, high = sorted(abs(v) for v in one.worse[1:])
    return f"{points(low)} to {points(high)}"


def _clause(name: str) -> str:
    words = _words(name)
    words = words[0].lower() + words[1:]
    return words if words.startswith("under") else f"in {words}"


def _table(found: Sequence[Measurement], apart: tuple[Against, ...]) -> Table:
    scores, errors = measures(found)
    states = {(one.net, one.measure): one.state for one in apart}

    def cell(kind: str, name: str) -> Any:
        def text(one: Measurement) -> str:
            held = one.values[kind][name]
            value = held["value"][0] if kind == "scores" else held[0]
            return points(value) + SIGNS[states.get((one.net, name), "")]

        return text

    columns = [Column("net", "net", lambda one: one.net)]
    for i, (kind, name) in enumerate([*(("scores", n) for n in scores),
                                      *(("errors", n) for n in errors)]):  # fmt: skip
        title = "right, %" if name == CLEAN else name
        if _unit(found[0]) != "accuracy, %" and name == CLEAN:
            title = "100 R2"
        narrow = title.replace(" ", "\n")
        drop = 0 if i == 0 else max(3, 12 - i)
        columns.append(Column(f"m{i}", title, cell(kind, name), "right", short=narrow, drop=drop))
    columns += [
        Column(
            "parameters", "parameters", _count("parameters"), "right", short="para-\nmeters", drop=2
        ),
        Column("flops", "FLOPs a row", _count("flops"), "right", short="FLOPs\na row", drop=1),
    ]
    every = tuple(columns)
    best = reference(found)
    rows = tuple(row(every, one, "enough" if one is best else "") for one in found)
    return Table(every, rows, region="trust by depth")


def _count(key: str) -> Any:
    return lambda one: compact(one.values[key]) if one.values[key] else ""


def _how(found: Sequence[Measurement]) -> str:
    one = found[0]
    return (
        f"On {one.values['rows']} {of_part(one.values['part'])}, the same for every net; "
        "corruptions and attack at the third of five strengths. ↓ and ↑: shown to be worse or "
        "better than the most accurate net, by intervals that hold for all pairs of nets at once "
        "(95 %, paired by row where scores are compared). Each depth is one trained net: another "
        "training of the same depth may differ by more than its interval. No sign is not a proof "
        "that two are alike: more rows tell more (--look-rows)."
    )
