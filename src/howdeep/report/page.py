"""One self-contained `report.html`: one script of ours, no network, every word escaped.

`frame.html` is the frame, `page.html` a study's head in it and `body.html` the sections;
`parts.html` and `cells.html` say once for each kind of part and cell how it looks. None of them
knows what a section is about.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from howdeep.base.errors import HowdeepError
from howdeep.base.verdicts import Dossier
from howdeep.report.boxes import boxes
from howdeep.report.chart import Chart
from howdeep.report.draw import svg
from howdeep.report.facts import Fact, facts
from howdeep.report.heat import Heat, Sheet, heat_svg, sheet_svg
from howdeep.report.parts import Chips, Drawing, Element, Section
from howdeep.report.sections import sections
from howdeep.report.sentence import headline
from howdeep.report.table import Cell, Column, Row, Table, shown
from howdeep.report.words import clean, unit


def page(dossier: Dossier, measured: Iterable[Section] = ()) -> str:
    """The report as one HTML page; what instruments `measured` stands at its end.

    Its content security policy allows nothing but its own style sheet and the script that sorts
    tables and copies code, by hash, and pictures that are in it;
    without scripts it says the same. Text from data passes `clean` and then the
    template's escaping.
    """
    task = dossier.plan.task
    return _framed(
        "page.html",
        facts(dossier),
        (*sections(dossier, "page"), *measured),
        name=clean(task.name),
        target=clean(task.target),
        metric=unit(task.metric).name,
        headline=headline(dossier),
        good=dossier.verdict.status in ("recommended", "no_depth_needed"),
    )


def document(title: str, kicker: str, cards: Iterable[Fact], found: Iterable[Section]) -> str:
    """Sections under a title of their own as one HTML page, by the rules of `page`."""
    return _framed("frame.html", cards, found, title=title, kicker=kicker)


def _framed(template: str, cards: Iterable[Fact], found: Iterable[Section], **words: Any) -> str:
    style, script = _text("style.css"), _text("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),
            style_hash=_hash(style),
            script=Markup(script),
            script_hash=_hash(script),
            cards=tuple(cards),
            groups=_groups(found),
            **words,
        )
    )


def body(found: Iterable[Section]) -> str:
    """Sections as the HTML of a page's body, escaped; those without parts are left out."""
    return _environment().get_template("body.html").render(groups=_groups(found))


def _groups(found: Iterable[Section]) -> list[list[Section]]:
    """Sections that share an element of the page: columns in a row, what is folded under another.

    A row of columns stands even where all are empty; the style sheet hides it then.
    """
    groups: list[list[Section]] = []
    for section in found:
        if not section.parts and section.layout != "column":
            continue
        before = groups[-1][-1].layout if groups else ""
        if before == section.layout == "column" or (before and section.layout == "folded"):
            groups[-1].append(section)
        else:
            groups.append([section])
    return groups


def _hash(text: str) -> str:
    """As a content security policy names what may stand in the page."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ---- what templates ask -------------------------------------------------------------------------
def _text(name: str) -> str:
    return files("howdeep.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        kind=_kind, columns=_columns, side=_side, svg=_drawn, span=_span, value=_value, boxes=_boxes
    )
    return environment


def _kind(item: object) -> str:
    """The name of the macro that draws a part or a cell.

    Raises:
        HowdeepError: nothing says how it looks on the page.
    """
    if not isinstance(item, Element | Cell | Chips):
        what = f"{type(item).__name__}: no part that the page can show"
        raise HowdeepError(what, "say in report/parts.html how it looks")
    return "text" if isinstance(item, str) else type(item).__name__.lower()


def _columns(table: Table) -> tuple[Column, ...]:
    return shown(table, "page")


def _side(column: Column) -> str:
    """The class of a column's cells, by which the style sheet sets numbers to the right."""
    return "n" if column.align == "right" else "l"


def _boxes(net: Drawing) -> Markup:
    return Markup(boxes(net))


def _span(row: Row, columns: tuple[Column, ...]) -> int:
    """Over how many columns a row's first cell reaches: those next to it that it lacks."""
    found = (i for i, column in enumerate(columns) if i and column.key in row.cells)
    return next(found, len(columns))


def _value(row: Row, column: Column) -> str:
    """What the cell is sorted by, as a number; empty: its text."""
    found = row.values.get(column.key)
    return "" if found is None else f"{found:.9g}"


def _drawn(chart: Chart | Heat | Sheet, ident: str) -> Markup:
    if isinstance(chart, Heat):
        return Markup(heat_svg(chart, ident))
    return Markup(sheet_svg(chart, ident) if isinstance(chart, Sheet) else svg(chart, ident))
