"""What the net that is handed over gets wrong on test rows: by class, or by how much."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from howdeep.base.verdicts import ClassScore, Dossier, Errors, Interval
from howdeep.metrics import MINUS, Unit
from howdeep.report.chart import Chart, Level, Mark, Series, label, ticks, together
from howdeep.report.colours import NEUTRAL, colours
from howdeep.report.depths import for_now
from howdeep.report.parts import Gallery, Layout, Pairs, Picture, Place, Prose, Section
from howdeep.report.seen import of_groups
from howdeep.report.table import Column, Group, Heat, Name, Table, row
from howdeep.report.words import clean, listed, plural, significant

MATRIX = "What the net takes for what, on test rows"
BESIDE, MOST = 10, 30  # classes whose matrix stands beside another table; whose matrix is shown
TOP = 10  # mistakes that are listed where classes are many
MANY = 200  # classes that are listed
SEEN = 2.5  # times as strong as its share, so that a mistake that matters is found
SHORT = 4  # characters of a class over a column of the matrix
HARDEST = 3  # classes that a terminal names
SHARE = Unit("share", 100, 0, 1, 2, " %", "points", "")


# ---- classes ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Of:
    """One class, how it did on test rows, and its letter in the matrix: a subject of tables."""

    label: str
    letter: str
    number: int
    score: ClassScore
    mistaken: dict[int, int]  # for other classes


def _classes(dossier: Dossier) -> tuple[Of, ...]:
    found, labels = dossier.tested, [clean(label) for label in dossier.plan.task.classes]
    if found is None or not labels or len(found.classes) != len(labels):
        return ()
    short = max(map(len, labels)) <= SHORT
    mistaken: list[dict[int, int]] = [{} for _ in labels]
    for true, said, rows in found.mistakes:
        mistaken[true][said] = rows
    letters = labels if short else [_letter(i) for i in range(len(labels))]
    subjects = zip(labels, letters, range(len(labels)), found.classes, mistaken, strict=True)
    return tuple(Of(*one) for one in subjects)


def _letter(number: int) -> str:
    """
    >>> _letter(0), _letter(25), _letter(26)
    ('a', 'z', 'aa')
    """
    more, last = divmod(number, 26)
    return (_letter(more - 1) if more else "") + string.ascii_lowercase[last]


def _matrix(dossier: Dossier) -> Section:
    found = _classes(dossier)
    if not 0 < len(found) <= MOST:
        return Section(MATRIX, ())
    lettered = found[0].letter != found[0].label
    columns = (
        Column("true", "true class", _lettered if lettered else _true),
        *(Column(f"said{one.number}", one.letter, _count_of(one.number), "right") for one in found),
    )
    rows = tuple(row(columns, one) for one in found)
    table = Table(columns, rows, region=MATRIX, kind="matrix", sorts=False)
    layout: Layout = "column" if len(found) <= BESIDE else "block"
    text = (
        "Rows of the table are what test rows are, columns what the net calls them: the diagonal "
        "is right."
    )
    return Section(MATRIX, (table, Prose(text, note=True)), layout)


def _true(one: Of) -> Name:
    return Name(one.label)


def _lettered(one: Of) -> Name:
    return Name(f"{one.letter}  {one.label}")


@cache  # equal tables have equal columns
def _count_of(said: int) -> Callable[[Of], Heat]:
    return partial(_count, said)


def _count(said: int, one: Of) -> Heat:
    right = said == one.number
    rows = one.score.right if right else one.mistaken.get(said, 0)
    share = rows / one.score.rows if one.score.rows else 0.0
    return Heat(f"{rows:,}" if rows else "·", share if right else min(SEEN * share, 1.0), right)


@dataclass(frozen=True)
class Mistake:
    """A class taken for another, and how often: a subject of a table."""

    true: Of
    said: Of
    rows: int


TAKEN = (
    Column("true", "true class", lambda one: Name(one.true.label)),
    Column("said", "taken for", lambda one: Name(one.said.label)),
    Column("rows", "rows", lambda one: f"{one.rows:,}", "right", value=lambda one: one.rows),
    Column(
        "share",
        "of the class",
        lambda one: SHARE.score(one.rows / one.true.score.rows),
        "right",
        value=lambda one: one.rows / one.true.score.rows,
    ),
)


def _mistakes(dossier: Dossier) -> Section:
    """The most frequent ones, where the matrix is too large to find them in, or is not shown."""
    title, found = "Its most frequent mistakes", _classes(dossier)
    if dossier.tested is None or len(found) <= BESIDE:
        return Section(title, ())
    some = dossier.tested.mistakes[:TOP]
    rows = tuple(row(TAKEN, Mistake(found[a], found[b], n)) for a, b, n in some)
    none = Prose("It makes none on test rows.")
    return Section(title, (Table(TAKEN, rows) if rows else none,), layout="column")


def _shared(share: Interval | None) -> str:
    return "" if share is None else SHARE.interval(share)


BY_CLASS = (
    Column("class", "class", lambda one: Name(one.label)),
    Column(
        "rows",
        "test rows",
        lambda one: f"{one.score.rows:,}",
        "right",
        value=lambda one: one.score.rows,
    ),
    Column(
        "recall",
        "found (recall)",
        lambda one: _shared(one.score.recall),
        "right",
        group=Group.SCORE,
        value=lambda one: one.score.recall and one.score.recall.value,
    ),
    Column(
        "precision",
        "right when called so (precision)",
        lambda one: _shared(one.score.precision),
        "right",
        group=Group.SCORE,
        value=lambda one: one.score.precision and one.score.precision.value,
    ),
)


def _by_class(dossier: Dossier) -> Section:
    title, found = "Class by class, on test rows", _classes(dossier)
    if not found:
        return Section(title, ())
    listed_ = sorted(found, key=lambda one: -one.score.rows)[:MANY] if len(found) > MANY else found
    table = Table(BY_CLASS, tuple(row(BY_CLASS, one) for one in listed_))
    more = f" {len(found) - MANY:,} more classes have fewer rows." if len(found) > MANY else ""
    return Section(title, (table, Prose(_note(dossier) + more, note=True)), layout="column")


def _note(dossier: Dossier) -> str:
    """Of which net and rows the numbers are, and what their intervals mean."""
    rows = plural(dossier.tested.rows if dossier.tested else 0, "test row")
    now = " for now" if dossier.verdict.provisional is not None else ""
    each = " Each row counts once, whatever it weighs." if dossier.plan.task.weighted else ""
    return (
        f"The net handed over{now}, on {rows}. Intervals: {100 * dossier.verdict.confidence:g} %, "
        f"each by itself.{each}{of_groups(dossier)}"
    )


# ---- numbers ------------------------------------------------------------------------------------
def _errors(dossier: Dossier) -> Errors | None:
    return dossier.tested.errors if dossier.tested else None


def _residuals(dossier: Dossier) -> Section:
    title, found = "How far off the net is, row by row", _errors(dossier)
    if found is None or not found.points:
        return Section(title, ())
    caption = "A point is a test row: above the line the truth is higher than the prediction."
    if dossier.tested and len(found.points) < dossier.tested.rows:
        caption += (
            f" Shown are {len(found.points)} rows: evenly by prediction, and those furthest off."
        )
    picture = Picture(_residual_chart(dossier, found), "residuals", caption)
    return Section(title, (Gallery((picture,)),), layout="column")


def _residual_chart(dossier: Dossier, found: Errors) -> Chart:
    low, high = together([y for _, y in found.points])
    marks = tuple(
        Mark(
            x,
            y,
            faint=True,
            off="" if low <= y <= high else _signed(y),
            above=y > high,
        )
        for x, y in found.points
    )
    xs = [x for x, _ in found.points]
    target, most = clean(dossier.plan.task.target), found.ninety.value
    levels = (Level("no error", 0.0, kind="strong"), Level("nine of ten rows", -most, most))
    return Chart(
        title="Residuals against prediction",
        summary=f"{_sizes(found)[0][1]}; {_sizes(found)[1][1]}.",
        x_title=f"prediction of {target}",
        y_title="truth minus prediction",
        series=(Series("", marks, _hue(dossier), line=False),),
        x_ticks=_round(min(xs), max(xs)),
        levels=levels,
    )


def _hue(dossier: Dossier) -> int:
    """The colour of the kind of net that is handed over."""
    found, enough = for_now(dossier), dossier.verdict.enough
    ref = found[0] if found else enough
    return colours(dossier.plan).get(ref.family, NEUTRAL) if ref else NEUTRAL


def _round(low: float, high: float) -> tuple[tuple[float, str], ...]:
    """Round numbers along the axis, negative ones too."""
    if not low < high:
        return ((low, significant(low, 3)),)
    found = ticks(low, high, 4)
    step = found[1] - found[0] if len(found) > 1 else 1.0
    return tuple((x, label(x, step)) for x in found)


def _sizes(found: Errors) -> tuple[tuple[str, str], ...]:
    """How large errors are, in units of the target."""
    return (
        ("Half of them", f"off by {_sized(found.half)} at most"),
        ("Nine of ten", f"off by {_sized(found.ninety)} at most"),
        ("On average", _lean(found.bias)),
    )


def _sized(size: Interval) -> str:
    if size.low is None or size.high is None:
        return significant(size.value, 3)
    return (
        f"{significant(size.value, 3)} ({significant(size.low, 3)} to {significant(size.high, 3)})"
    )


def _lean(bias: Interval) -> str:
    """Whether predictions lean to one side, and that they do not where 0 is within bounds."""
    low, high = bias.low, bias.high
    if low is not None and high is not None and low <= 0 <= high:
        ends = f"{_signed(low)} to {_signed(high)}"
        return f"no lean to either side is shown: {_signed(bias.value)} ({ends})"
    turned = bias if bias.value >= 0 else Interval(-bias.value, high and -high, low and -low)
    return f"the truth is {_sized(turned)} {'higher' if bias.value >= 0 else 'lower'}"


def _signed(value: float) -> str:
    return significant(value, 3).replace("-", MINUS)


def _how_far(dossier: Dossier) -> Section:
    title, found = "How far off the net is, on test rows", _errors(dossier)
    if found is None:
        return Section(title, ())
    return Section(title, (Pairs(_sizes(found)), Prose(_note(dossier), note=True)), layout="column")


# ---- in a terminal ------------------------------------------------------------------------------
def _in_terminal(dossier: Dossier) -> Section:
    found, classes = _errors(dossier), _classes(dossier)
    if found is not None:
        text = (
            f"Half of the predictions are off by {_sized(found.half)} at most, nine of ten by "
            f"{_sized(found.ninety)}."
        )
        return Section("", (Pairs((("Errors on test rows", text),)),))
    seen = [one for one in classes if one.score.recall is not None]
    if not seen:
        return Section("", ())
    return Section("", (Pairs((("By class, test rows", _hardest(seen)),)),))


def _hardest(seen: list[Of]) -> str:
    """What is found of each class; of many, of those that are found least."""
    few, order = len(seen) <= HARDEST, sorted(seen, key=_recall)
    told = [
        f"of {one.label}: {_shared(one.score.recall)}" for one in (seen if few else order[:HARDEST])
    ]
    which = "of each class" if few else f"of the hardest of {len(seen):,} classes"
    text = f"Share that is found, {which}: {listed(told)}"
    true = order[0]
    if true.mistaken:
        said = max(true.mistaken, key=lambda number: (true.mistaken[number], -number))
        text += f". {true.label} is most often taken for {_label_of(seen, said)}"
    return f"{text}."


def _recall(one: Of) -> float:
    return one.score.recall.value if one.score.recall else 0.0


def _label_of(classes: list[Of], number: int) -> str:
    return next((one.label for one in classes if one.number == number), "another")


_ON_PAGE: tuple[tuple[int, Callable[[Dossier], Section]], ...] = (
    (35, _matrix),
    (36, _mistakes),
    (37, _by_class),
    (38, _residuals),
    (39, _how_far),
)
PLACES = (
    *(Place("page", order, section) for order, section in _ON_PAGE),
    Place("terminal", 35, _in_terminal),
)
