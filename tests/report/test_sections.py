"""The folder is the list of sections, and each keeps to what a report relies on."""

from __future__ import annotations

import importlib
import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import dossiers
import pytest
from markupsafe import Markup
from rich.console import Console
from test_terminal import shown

import hostile
from howdeep.base.errors import HowdeepError
from howdeep.base.verdicts import Dossier
from howdeep.report import sections
from howdeep.report.chart import Chart, Mark, Series
from howdeep.report.page import body, page
from howdeep.report.parts import (
    Badge,
    Bullets,
    Chips,
    Gallery,
    Pairs,
    Picture,
    Place,
    Prose,
    Quoted,
    Section,
    Step,
    Steps,
)
from howdeep.report.printed import show
from howdeep.report.table import MEDIA, Link, Name
from howdeep.testing.sections import check_section

WEATHER = '''
"""The weather, of which no study knows anything."""

from howdeep.base.verdicts import Dossier
from howdeep.report.parts import Place, Prose, Section


def section(dossier: Dossier) -> Section:
    return Section("The weather", (Prose(f"It rained while {dossier.verdict.seeds} seeds grew."),))


PLACES = (%s,)
'''
ON_PAGE, IN_TERMINAL = 'Place("page", 55, section)', 'Place("terminal", 25, section)'
Plant = Callable[..., None]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """Adds a file to the folder of sections, for one test."""
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(tmp_path)])
    planted = []

    def add(text: str, name: str = "weather") -> None:
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()
        planted.append(name)

    yield add
    for name in planted:
        sys.modules.pop(f"howdeep.report.sections.{name}", None)
        vars(sections).pop(name, None)


def module(name: str) -> ModuleType:
    return importlib.import_module(f"howdeep.report.sections.{name}")


def headings(html: str) -> list[str]:
    return re.findall(r"<(?:h2|summary)>([^<]*)<", html)


# ---- the folder ---------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sections.names())
def test_every_section_keeps_to_what_a_report_relies_on(name: str) -> None:
    made = [make() for make in dossiers.ALL.values()]
    check_section(module(name), [*made, hostile.everywhere()])


def test_a_section_costs_one_file_on_the_page_and_in_a_terminal(plant: Plant) -> None:
    dossier = dossiers.boosted()
    before = headings(page(dossier))
    plant(WEATHER % f"{ON_PAGE}, {IN_TERMINAL}")
    assert "weather" in sections.names()
    after, lines = headings(page(dossier)), shown(dossier, 100)
    at = before.index("Next to classical models")
    assert after == [*before[:at], "The weather", *before[at:]]
    assert "<p>It rained while 12 seeds grew.</p>" in page(dossier)
    said = lines.index(next(line for line in lines if line.startswith("It rained while 12 seeds")))
    assert lines[said - 1].startswith("The weather")
    ladder = next(i for i, line in enumerate(lines) if "> enough" in line)
    models = next(i for i, line in enumerate(lines) if line.startswith("classical model"))
    assert ladder < said < models
    check_section(module("weather"), [dossier])


@pytest.mark.parametrize(("place", "medium"), [(ON_PAGE, "page"), (IN_TERMINAL, "terminal")])
def test_a_section_stands_only_where_it_asks_to(plant: Plant, place: str, medium: str) -> None:
    dossier = dossiers.settled()
    plant(WEATHER % place)
    assert ("It rained" in page(dossier)) == (medium == "page")
    assert any("It rained" in line for line in shown(dossier)) == (medium == "terminal")


def test_two_sections_of_one_order_are_refused(plant: Plant) -> None:
    plant(WEATHER % ON_PAGE.replace("55", "50"))
    with pytest.raises(HowdeepError, match="'ladder' and 'weather': order 50 on the page"):
        page(dossiers.settled())
    assert shown(dossiers.settled())  # a terminal has no such trouble


def test_a_file_without_places_is_named(plant: Plant) -> None:
    plant('"""Nothing."""')
    with pytest.raises(HowdeepError, match=r"sections/weather\.py: no PLACES"):
        page(dossiers.settled())


def test_files_with_an_underscore_are_no_sections(plant: Plant) -> None:
    plant('"""Shared by sections."""', name="_shared")
    assert "_shared" not in sections.names()
    assert page(dossiers.settled())


@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_page_is_its_sections_in_their_order(name: str) -> None:
    dossier = dossiers.ALL[name]()
    html = page(dossier)
    titles = [s.title for s in sections.sections(dossier, "page") if s.parts]
    assert headings(html) == [title.replace("&", "&amp;") for title in titles]
    ids = re.findall(r' id="([^"]*)"', html)
    assert len(set(ids)) == len(ids)


# ---- how sections stand on the page -------------------------------------------------------------
def test_columns_share_a_row_and_folded_sections_stand_under_the_one_before() -> None:
    said = (Prose("Said."),)
    html = body(
        [
            Section("One", said, name="first"),
            Section("Two", said, layout="folded"),
            Section("None", ()),
            Section("Left", said, layout="column"),
            Section("Empty", (), layout="column"),
            Section("Right", said, layout="column"),
            Section("Last", said),
        ]
    )
    plain = re.sub(r">\s+<", "><", html.strip())
    assert plain == (
        '<section class="first"><h2>One</h2><p>Said.</p>'
        "<details><summary>Two</summary><p>Said.</p></details></section>"
        '<section class="columns"><div><h2>Left</h2><p>Said.</p></div>'
        "<div><h2>Right</h2><p>Said.</p></div></section>"
        "<section><h2>Last</h2><p>Said.</p></section>"
    )


# ---- parts --------------------------------------------------------------------------------------
CHART = Chart("Rain", "Rain by day: 3, 4.", "day", "mm", (Series("", (Mark(0, 3), Mark(1, 4))),))
PARTS: dict[str, tuple[Any, str, str]] = {
    "prose": (Prose("a <b>"), "a <b>", "<p>a &lt;b&gt;</p>"),
    "note": (Prose("a <b>", note=True), "a <b>", '<p class="note">a &lt;b&gt;</p>'),
    "bullets": (Bullets(("a <b>", "c")), "· a <b>", "<li><bdi>a &lt;b&gt;</bdi></li>"),
    "pairs": (Pairs((("L <b>", "v"),)), "L <b>", "<dt>L &lt;b&gt;</dt><dd>v</dd>"),
    "named": (Pairs((("L", Name("<b>")),)), "<b>", "<dt>L</dt><dd><bdi>&lt;b&gt;</bdi></dd>"),
    "chips": (
        Pairs((("L", Chips((("x<b>", "kind"), ("y", "")), 3)),)),
        "x<b> (kind), y and 3 more",
        '<bdi class="chip">x&lt;b&gt; <i>kind</i></bdi> <bdi class="chip">y</bdi> and 3 more',
    ),
    "quoted": (
        Quoted("so <b>", "a book"),
        "“so <b>” (a book)",
        "<p>“so &lt;b&gt;”</p><footer>a book</footer>",
    ),
    "badge": (
        Badge("Refuted", "a <b>", "bad", Link("more", "other.html#x")),
        "Refuted: a <b> (more)",
        '<span class="badge bad">Refuted</span> a &lt;b&gt; <a href="other.html#x">more</a>',
    ),
    "steps": (
        Steps((Step("run <b>", "does it", label="Next"),)),
        "Next    run <b>   # does it",
        '<code>run &lt;b&gt;</code> <span class="does">does it</span>',
    ),
    "picture": (Picture(CHART, "rain"), "Rain: Rain by day: 3, 4.", '<title id="rain-t">Rain'),
    "gallery": (Gallery((Picture(CHART, "rain"),)), "Rain by day", '<div class="figures">'),
}


@pytest.mark.parametrize("kind", PARTS)
def test_every_kind_of_part_is_shown_on_the_page_and_in_a_terminal(kind: str) -> None:
    part, line, html = PARTS[kind]
    out = io.StringIO()
    show(part, Console(file=out, width=90, highlight=False), 90)
    assert line in out.getvalue()
    assert html in body([Section("Parts", (part,))])


def test_a_part_that_nobody_can_show_is_refused() -> None:
    with pytest.raises(HowdeepError, match="Place: no part"):
        show(Place("page", 1, lambda _: Section("", ())), Console(file=io.StringIO()), 80)
    with pytest.raises(HowdeepError, match="Place: no part"):
        body([Section("Odd", (Place("page", 1, lambda _: Section("", ())),))])  # type: ignore[arg-type]


# ---- what `check_section` finds -----------------------------------------------------------------
def _module(
    section: Callable[[Dossier], Any], places: Any = None, doc: str = "About it."
) -> ModuleType:
    made = ModuleType("howdeep.report.sections.odd", doc)
    made.PLACES = (Place("page", 1, section),) if places is None else places  # type: ignore[attr-defined]
    return made


def _prose(text: str, title: str = "Odd") -> Callable[[Dossier], Section]:
    return lambda _: Section(title, (Prose(text),))


def _counting() -> Callable[[Dossier], Section]:
    seen: list[int] = []

    def section(dossier: Dossier) -> Section:
        seen.append(1)
        return Section("Odd", (Prose(str(len(seen))),))

    return section


def _raw_name(dossier: Dossier) -> Section:
    return Section("Odd", (Prose(dossier.plan.task.name),))


def _by_name(dossier: Dossier) -> Section:
    """A name that decides what is on the page."""
    return Section("Odd", (Prose("one"),) * (1 + ("<" in dossier.plan.task.target)))


TWICE = tuple(Place("page", 1, _prose("fine")) for _ in range(2))
FAULTS: dict[str, tuple[ModuleType, str]] = {
    "no docstring": (_module(_prose("fine"), doc=" "), "no docstring"),
    "no places": (_module(_prose("fine"), places=()), "PLACES says where"),
    "a list": (_module(_prose("fine"), places=[]), "PLACES is a tuple"),
    "no place": (_module(_prose("fine"), places=("page",)), "is no Place"),
    "no medium": (_module(_prose(""), places=(Place("ear", 1, _prose("")),)), "no medium 'ear'"),  # type: ignore[arg-type]
    "one order": (_module(_prose("fine"), places=TWICE), "two of one order"),
    "no section": (_module(lambda _: "text"), "gives str, not a Section"),
    "no title": (_module(_prose("fine", title=" ")), "no title"),
    "markup": (_module(_prose(Markup("<b>x</b>"))), "is Markup, not plain text"),
    "a control code": (_module(_prose("a\x1b[2J")), "pass it through `clean`"),
    "a raw name": (_module(_raw_name), "hostile names: .* pass it through `clean`"),
    "another each time": (_module(_counting()), "another one at the second call"),
    "a name that decides": (_module(_by_name), "names become elements"),
    "an id twice": (
        _module(lambda _: Section("Odd", (Picture(CHART, "a"), Picture(CHART, "a")))),
        "an id twice",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_of_sections_says_what_does_not_hold(fault: str) -> None:
    odd, words = FAULTS[fault]
    with pytest.raises(AssertionError, match=f"section odd.*{words}"):
        check_section(odd, [dossiers.settled()])


def test_a_section_that_keeps_to_everything_passes() -> None:
    places = tuple(Place(medium, 1, _prose("fine")) for medium in MEDIA)
    check_section(_module(_prose("fine"), places=places), [dossiers.settled()])
    without = replace(dossiers.settled(), curves=(), rates=())
    check_section(module("learning"), [without])
