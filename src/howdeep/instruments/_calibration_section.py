"""What is shown of calibration: error by depth, reliability before and after, sets."""

from __future__ import annotations

from collections.abc import Sequence

from howdeep.instruments._classes import of_part
from howdeep.instruments._curves import between, by_depth, points
from howdeep.instruments._instrument import Measurement
from howdeep.report.chart import Chart, Level, Mark, Series
from howdeep.report.parts import Element, Gallery, Picture, Prose, Section
from howdeep.report.table import Column, Table, row

TITLE = "May its probabilities be believed?"
Some = Sequence[Measurement]


def section(found: tuple[Measurement, ...]) -> Section:
    """Pictures, a sentence each, and a table of all nets."""
    classes = [one for one in found if one.values["kind"] == "classes"]
    numbers = [one for one in found if one.values["kind"] == "numbers"]
    parts = (*_of_classes(classes), *_of_numbers(numbers))
    return Section(TITLE, parts)


def _of_classes(found: Some) -> tuple[Element, ...]:
    if not found:
        return ()
    worst = max(found, key=lambda one: one.values["before"]["error"][0])
    charts = [_errors(found), _reliability(worst), _sizes(found)]
    idents = ("calibration-error", "calibration-reliability", "calibration-size")
    pictures = [Picture(c, i) for c, i in zip(charts, idents, strict=True) if c is not None]
    return (
        Gallery(tuple(pictures)),
        Prose(_meaning(found, worst)),
        Table(COLUMNS, tuple(row(COLUMNS, one) for one in found), region="calibration of each net"),
        Prose(_how(found[0]), note=True),
    )


def _errors(found: Some) -> Chart | None:
    return by_depth(
        found,
        lambda one: [v and 100 * v for v in one.values["before"]["error"]],
        "Calibration error by depth",
        "How far stated probabilities are from the share that is right, in points, with 95 % "
        "intervals: " + _list(found, lambda one: points(one.values["before"]["error"][0])),
        "error, points",
    )


def _reliability(one: Measurement) -> Chart:
    """Accuracy over confidence of the net with the largest error, before and after."""
    lines = [Series("perfect", (Mark(0.0, 0.0), Mark(1.0, 1.0)), 5, dots=False, dash=True)]
    for colour, (name, key) in enumerate((("as trained", "before"), ("after scaling", "after"))):
        got = one.values[key]
        pairs = zip(got["confidence"], got["kept"], strict=True)
        marks = tuple(Mark(c, a, tip=f"says {c:.2f}, right {a:.2f}") for c, a in pairs)
        lines.append(Series(name, marks, colour))
    return Chart(
        f"Reliability of {one.net}",
        f"Share that is right over the probability stated, in bins of as many rows, of {one.net}: "
        "below the diagonal it is too sure of itself.",
        "probability stated",
        "share right",
        tuple(lines),
    )


def _sizes(found: Some) -> Chart | None:
    return by_depth(
        found,
        lambda one: one.values["sets"]["size"],
        "Classes in a set that holds the true one 9 times in 10",
        "Mean number of classes in a conformal set: "
        + _list(found, lambda one: f"{one.values['sets']['size'][0]:.2f}"),
        "classes",
        levels=(Level("one class", 1.0, kind="sparse"),),
    )


def _meaning(found: Some, worst: Measurement) -> str:
    """One sentence each on sureness, on the cure, and on sets."""
    before, after = worst.values["before"], worst.values["after"]
    over = before["mean_confidence"] - worst.values["right"][0]
    if before["error"][1] <= 0:
        text = "No net here is shown to state other probabilities than it keeps."
    else:
        way = "too sure of itself" if over > 0 else "not sure enough of itself"
        text = (
            f"{worst.net} is {way}: its probabilities are {points(before['error'][0])} points off "
            f"({between(before['error'])})"
        )
        helps = worst.values["gain"][1] > 0
        cure = f"dividing its logits by {worst.values['temperature']:.3g} leaves"
        text += (
            f"; {cure} {points(after['error'][0])} ({between(after['error'])})."
            if helps
            else ", and one temperature for all rows does not mend it."
        )
    off = [one for one in found if not _within(one)]
    if off:
        kept = ", ".join(f"{one.net} {points(one.values['sets']['coverage'])} %" for one in off)
        text += f" Sets miss their promise of 90 %: {kept}."
    return text


def _within(one: Measurement) -> bool:
    sets = one.values["sets"]
    return bool(sets["band"][0] <= sets["coverage"] <= sets["band"][1])


def _how(one: Measurement) -> str:
    values = one.values
    return (
        f"On {values['rows']} {of_part(values['part'])}; temperature was fitted on "
        f"{values['fit_rows']} others. The error is the root mean square over up to 15 bins of as "
        "many rows, less what chance adds to it (Kumar et al. 2019); ECE is the figure that others "
        "print, which chance always raises. A set holds every class likely enough that 90 % of "
        "true ones are in: it covers as promised whatever the net, and small sets are what a good "
        "net earns."
    )


def _of_numbers(found: Some) -> tuple[Element, ...]:
    if not found:
        return ()
    chart = by_depth(
        found,
        lambda one: [one.values["sets"]["share"]],
        "Width of an interval that holds 9 rows in 10",
        "In standard deviations of the target: "
        + _list(found, lambda one: f"{one.values['sets']['share'] or 0:.2f}"),
        "width / spread of target",
    )
    note = (
        f"On {found[0].values['rows']} {of_part(found[0].values['part'])}: half of them fix how "
        "wide an interval around each prediction has to be (split conformal), the others are "
        "covered. The band is where coverage lies 95 times in 100 if the promise holds."
    )
    low, high = found[0].values["sets"]["band"]
    covers = by_depth(
        found,
        lambda one: [100 * one.values["sets"]["coverage"]],
        "Rows that such intervals hold",
        "Share of rows, in %, against the band in which it lies 95 times in 100: "
        + _list(found, lambda one: points(one.values["sets"]["coverage"])),
        "rows held, %",
        levels=(Level("as promised", 100 * low, 100 * high),),
    )
    charts = ((chart, "calibration-width"), (covers, "calibration-covers"))
    pictures = tuple(Picture(c, ident) for c, ident in charts if c is not None)
    table = Table(WIDTHS, tuple(row(WIDTHS, one) for one in found), region="intervals of each net")
    return (Gallery(pictures), table, Prose(note, note=True))


def _list(found: Some, words: object) -> str:
    assert callable(words)
    return ", ".join(f"{one.net} {words(one)}" for one in found)


def _sets(key: str) -> object:
    return lambda one: one.values["sets"][key]


def _error(key: str) -> object:
    return lambda one: (
        f"{points(one.values[key]['error'][0])} ({between(one.values[key]['error'])})"
    )


def _coverage(one: Measurement) -> str:
    sets = one.values["sets"]
    return f"{points(sets['coverage'])} ({between((0, *sets['band']))})"


NET = Column("net", "net", lambda one: one.net)
COLUMNS = (
    NET,
    Column("right", "right, %", lambda one: points(one.values["right"][0]), "right"),
    Column("error", "off by, points", _error("before"), "right"),  # type: ignore[arg-type]
    Column("after", "after scaling", _error("after"), "right", drop=2),  # type: ignore[arg-type]
    Column("t", "temperature", lambda one: f"{one.values['temperature']:.2f}", "right", drop=3),
    Column("ece", "ECE", lambda one: points(one.values["before"]["ece"]), "right", drop=4),
    Column("loss", "log loss", lambda one: f"{one.values['before']['loss'][0]:.3f}", "right",
           drop=4),
    Column("brier", "Brier", lambda one: f"{one.values['before']['brier'][0]:.3f}", "right",
           drop=5),
    Column("cover", "sets cover, % (band)", _coverage, "right", drop=1),
    Column("size", "classes in a set", lambda one: f"{one.values['sets']['size'][0]:.2f}", "right",
           short="in a set", drop=1),
)  # fmt: skip
WIDTHS = (
    NET,
    Column("width", "width", lambda one: f"{one.values['sets']['width'] or 0:.4g}", "right"),
    Column("cover", "covers, % (band)", _coverage, "right"),
)
