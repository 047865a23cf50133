"""The report in a real browser: quiet, inert, and readable without scrolling sideways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import chromium
import dossiers
import fabricate
import pytest
from payloads import PAYLOADS

import hostile
from howdeep.base.verdicts import Dossier
from howdeep.report.page import page

SCRIPT = files("howdeep.report").joinpath("page.js").read_text(encoding="utf-8")
pytestmark = pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine")

SIZES = [(1280, 800), (768, 1000), (400, 800)]
BRIGHTNESS = """
getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)
"""
LOADING = "img, iframe, object, embed, a, form"
# text that runs out of its box, or out of the window, where the box does not scroll
SPILLED = """
[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg, details, script'))
  .filter(e => e.getClientRects().length)
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline'
    || e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + ' ' + e.className + ' ' + e.textContent.slice(0, 40))
"""
CLIPPED = """
[...document.querySelectorAll('svg.chart, svg.boxes')].filter(s => s.getClientRects().length)
  .flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(t => {
    const r = t.getBoundingClientRect();
    return r.left < box.left - 1 || r.right > box.right + 1 || r.bottom > box.bottom + 1
      || r.top < box.top - 1;
  }).map(t => t.textContent);
})
"""
# cells that reach out of the box of their table: none, but of a matrix, whose box can be scrolled
CUT = """
[...document.querySelectorAll('table:not(.matrix) :is(th, td)')].filter(c => {
  const box = c.closest('.scroll, figure, section').getBoundingClientRect();
  const own = c.getBoundingClientRect();
  return own.width && (own.right > box.right + 1 || own.left < box.left - 1
    || c.scrollWidth > c.clientWidth + 1);
}).map(c => c.textContent)
"""
# cells with something in them that are shown nowhere
MISSING = """
[...document.querySelectorAll('tbody :is(th, td)')].filter(c => c.textContent.trim())
  .filter(c => !c.checkVisibility() || !c.getBoundingClientRect().height).map(c => c.textContent)
"""
SCRIPTS = "[...document.scripts].map(s => s.textContent)"
SMALLEST = """
Math.min(...[...document.querySelectorAll('svg.chart, svg.boxes')]
  .filter(s => s.getClientRects().length)
  .map(s => parseFloat(getComputedStyle(s).fontSize) * s.getBoundingClientRect().width
    / s.viewBox.baseVal.width))
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    with chromium.browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def _quiet(browser: chromium.Browser, path: Path) -> None:
    """No console message, no dialog, and no request but for the page itself."""
    assert [e["entry"]["text"] for e in browser.seen("Log.entryAdded")] == []
    assert browser.seen("Runtime.consoleAPICalled") == []
    assert browser.seen("Runtime.exceptionThrown") == []
    assert browser.seen("Page.javascriptDialogOpening") == []
    asked = [e["request"]["url"] for e in browser.seen("Network.requestWillBeSent")]
    assert asked == [path.as_uri()]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_report_reads_well(
    browser: chromium.Browser, tmp_path: Path, name: str, dark: bool, width: int, height: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.ALL[name]()), encoding="utf-8")
    browser.open(path, width, height, dark)
    _quiet(browser, path)
    assert browser.ask("document.documentElement.scrollWidth") <= width
    box = "document.getElementById('headline').getBoundingClientRect()"
    assert 0 < browser.ask(f"{box}.bottom") < height
    assert browser.ask("document.querySelector('.next').getBoundingClientRect().bottom") < height
    assert (sum(browser.ask(BRIGHTNESS)) < 3 * 128) == dark
    assert browser.ask(SPILLED) == []
    assert browser.ask(CLIPPED) == []
    assert browser.ask(CUT) == []
    assert browser.ask(MISSING) == []
    assert browser.ask(SMALLEST) > 9.5


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_hostile_names_neither_run_nor_load_nor_break_the_page(
    browser: chromium.Browser, tmp_path: Path, width: int, height: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(hostile.everywhere()), encoding="utf-8")
    browser.open(path, width, height, dark=False)
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    _quiet(browser, path)
    assert browser.ask(SCRIPTS) == [SCRIPT]
    assert browser.ask(f"document.querySelectorAll('{LOADING}').length") == 0
    assert browser.ask("document.documentElement.scrollWidth") <= width


@pytest.mark.campaign("P20")
@pytest.mark.parametrize("payload", PAYLOADS)
def test_each_payload_alone_stands_in_every_place(
    browser: chromium.Browser, tmp_path: Path, payload: str
) -> None:
    """In column, class and file names, notes, options, platform and command, all at once."""
    path = tmp_path / "report.html"
    path.write_text(page(hostile.everywhere((payload,))), encoding="utf-8")
    browser.open(path, *SIZES[0], dark=False)
    browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
    _quiet(browser, path)
    assert browser.ask(SCRIPTS) == [SCRIPT]
    assert browser.ask(f"document.querySelectorAll('{LOADING}').length") == 0


def test_the_policy_stops_what_escaping_would_miss(
    browser: chromium.Browser, tmp_path: Path
) -> None:
    """The second wall: a script, a picture and a style planted in a finished page do nothing."""
    planted = (
        "<script>document.title = 'owned'</script>"
        "<img src='planted.png' onerror='document.title = 1'>"
        "<style>h1 { display: none }</style>"
    )
    path = tmp_path / "report.html"
    html = page(dossiers.settled()).replace("</main>", planted + "</main>")
    path.write_text(html, encoding="utf-8")
    (tmp_path / "planted.png").write_bytes(b"")
    browser.open(path, 1280, 800, dark=False)
    assert browser.ask("document.title") == "How deep for adult?"
    assert browser.ask("getComputedStyle(document.getElementById('headline')).display") == "block"
    refused = [e["entry"]["text"] for e in browser.seen("Log.entryAdded")]
    assert sum("Content Security Policy" in text for text in refused) >= 3


# ---- on paper -----------------------------------------------------------------------------------
PAPER = 718  # pixels of A4 between its margins
HIDDEN = """
[...document.querySelectorAll('details dd')].filter(e => !e.checkVisibility(
  {contentVisibilityAuto: true}) || !e.getBoundingClientRect().height).length
"""
IN_A_ROW = """
[...document.querySelectorAll('main > section > .figures')].map(f =>
  getComputedStyle(f).gridTemplateColumns.split(' ').length)
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", dossiers.ALL)
def test_paper_has_every_column_and_everything_that_is_folded(
    browser: chromium.Browser, tmp_path: Path, name: str, scheme: str
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.ALL[name]()), encoding="utf-8")
    browser.open(path, PAPER, 1000, dark=scheme == "dark")
    assert browser.ask(HIDDEN) == browser.ask("document.querySelectorAll('details dd').length") > 0
    browser.paper(dark=scheme == "dark")
    assert browser.ask(HIDDEN) == 0
    assert browser.ask("document.documentElement.scrollWidth") <= PAPER
    assert browser.ask(CUT) == []
    assert browser.ask(MISSING) == []
    assert set(browser.ask(IN_A_ROW)) <= {2}
    widest = "Math.max(...[...document.querySelectorAll('table')].map(t => t.scrollWidth))"
    assert browser.ask(widest) <= PAPER
    assert sum(browser.ask(BRIGHTNESS)) == 3 * 255
    _quiet(browser, path)


def test_printing_opens_what_is_folded_and_closes_it_again(
    browser: chromium.Browser, tmp_path: Path
) -> None:
    """Where a browser knows no style for it, too."""
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.settled()), encoding="utf-8")
    browser.open(path, *SIZES[0], dark=False)
    browser.ask("document.querySelector('details').open = true")
    state = "[...document.querySelectorAll('details')].map(d => d.open)"
    assert browser.ask(state) == [True, False]
    browser.ask("dispatchEvent(new Event('beforeprint'))")
    assert browser.ask(state) == [True, True]
    browser.ask("dispatchEvent(new Event('afterprint'))")
    assert browser.ask(state) == [True, False]


# ---- copying ------------------------------------------------------------------------------------
COPY = "document.querySelector('button.copy')"
CODE = "document.querySelector('pre.program > code').textContent"


@pytest.mark.parametrize("name", ["settled", "no_depth", "undetermined", "boosted"])
def test_the_code_is_copied_by_a_button(
    browser: chromium.Browser, tmp_path: Path, name: str
) -> None:
    """By keys as well; on paper, and without scripts, there is none."""
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.ALL[name]()), encoding="utf-8")
    assert "<button" not in path.read_text(encoding="utf-8").split("<script>")[0]
    browser.open(path, *SIZES[2], dark=False)
    browser.ask(
        "window.got = [];"
        "document.addEventListener('copy', () => got.push(String(getSelection())));"
        "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
    )
    browser.ask(f"{COPY}.focus()")
    for kind in ("keyDown", "keyUp"):
        key = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}
        browser.call("Input.dispatchKeyEvent", type=kind, **key)
    assert browser.ask(f"{COPY}.textContent") == "Copied"
    said, code = browser.ask("got[0]"), browser.ask(CODE)
    assert said.split() == code.split()
    _quiet(browser, path)
    browser.paper(dark=False)
    assert not browser.ask(f"{COPY}.checkVisibility()")


@pytest.mark.parametrize("name", dossiers.ALL)
def test_headings_go_down_by_one_and_everything_drawn_has_a_name(
    browser: chromium.Browser, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.ALL[name]()), encoding="utf-8")
    browser.open(path, *SIZES[0], dark=False)
    levels = browser.ask("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    drawn = "[...document.querySelectorAll('svg')]"
    named = "[...document.querySelectorAll('svg[role=img][aria-labelledby]')].filter(s => "
    named += "s.getAttribute('aria-labelledby').split(' ').every(i => document.getElementById(i)))"
    assert browser.ask(f"{named}.length") == browser.ask(f"{drawn}.length")
    bare = "[...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope=col]'))"
    assert browser.ask(f"{bare}.length") == 0


# ---- sorting ------------------------------------------------------------------------------------
LADDER = "document.querySelector('[aria-label=\"The ladder, net by net\"] table')"
COLUMN = (
    "[..."
    + LADDER
    + """.tBodies[0].rows].map(r => [...r.cells].find(c => c.dataset.key === '%s'))
  .map(c => c ? c.textContent : null)"""
)
HEAD = LADDER + """.querySelector('th[data-key="%s"]')"""


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_click_sorts_by_what_a_column_means(
    browser: chromium.Browser, tmp_path: Path, width: int, height: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.settled()), encoding="utf-8")
    browser.open(path, width, height, dark=False)
    before = {key: browser.ask(COLUMN % key) for key in ("family", "parameters", "rate", "score")}
    _click(browser, HEAD % "parameters")
    assert browser.ask(f"{HEAD % 'parameters'}.getAttribute('aria-sort')") == "ascending"
    sizes = browser.ask(COLUMN % "parameters")
    assert sizes[:2] == ["212", "14 k"]  # not as texts, by which 9 k would follow 80 k
    assert sizes[-1] is None  # guessing has none
    worths = [_worth(size) for size in sizes[:-1]]
    assert worths == sorted(worths)
    _click(browser, HEAD % "parameters")
    assert browser.ask(f"{HEAD % 'parameters'}.getAttribute('aria-sort')") == "descending"
    worths = [_worth(size) for size in browser.ask(COLUMN % "parameters")[:-1]]
    assert worths == sorted(worths, reverse=True)
    _click(browser, HEAD % "score")
    assert browser.ask(f"{HEAD % 'parameters'}.getAttribute('aria-sort')") is None
    scores = [float(score.split()[0]) for score in browser.ask(COLUMN % "score")]
    assert scores == sorted(scores)
    for _ in range(2):
        _click(browser, HEAD % "score")
    assert browser.ask(f"{HEAD % 'score'}.getAttribute('aria-sort')") is None
    assert {key: browser.ask(COLUMN % key) for key in before} == before
    assert browser.ask(CUT) == []
    assert browser.ask("document.documentElement.scrollWidth") <= width
    _quiet(browser, path)


def _worth(text: str) -> float:
    number, _, letter = text.partition(" ")
    return float(number) * {"": 1, "k": 1e3, "M": 1e6}[letter]


def _click(browser: chromium.Browser, head: str) -> None:
    """As a hand does, on what is seen there."""
    browser.ask(f"{head}.scrollIntoView({{block: 'center'}})")
    box = browser.ask(
        f"(r => [r.x + r.width / 2, r.y + r.height / 2])"
        f"({head}.querySelector('button').getClientRects()[0])"
    )
    for kind in ("mousePressed", "mouseReleased"):
        at = {"x": box[0], "y": box[1], "button": "left", "clickCount": 1}
        browser.call("Input.dispatchMouseEvent", type=kind, **at)


def test_keys_sort_too(browser: chromium.Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.settled()), encoding="utf-8")
    browser.open(path, *SIZES[0], dark=False)
    browser.ask(f"{HEAD % 'family'}.querySelector('button').focus()")
    for _ in range(2):
        for kind in ("keyDown", "keyUp"):
            key = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}
            browser.call("Input.dispatchKeyEvent", type=kind, **key)
    assert browser.ask(f"{HEAD % 'family'}.getAttribute('aria-sort')") == "descending"
    assert browser.ask("document.activeElement.textContent") == "net"
    names = browser.ask(COLUMN % "family")
    assert names == sorted(names, reverse=True)
    for kind in ("keyDown", "keyUp"):
        key = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
        browser.call("Input.dispatchKeyEvent", type=kind, **key)
    assert browser.ask("document.activeElement.textContent") == "blocks"


def test_small_tables_and_the_matrix_are_left_as_they_are(
    browser: chromium.Browser, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(dossiers.many_classes()), encoding="utf-8")
    browser.open(path, *SIZES[0], dark=False)
    asked = "[...document.querySelectorAll('table')].map(t => [t.className, t.rows.length, "
    asked += "t.querySelectorAll('button').length])"
    for kind, rows, buttons in browser.ask(asked):
        assert (buttons > 0) == ("matrix" not in kind and rows > 3)


# ---- what the net gets wrong --------------------------------------------------------------------
@pytest.mark.parametrize("classes", [2, 10, 26, 30])
def test_a_matrix_can_be_read_to_its_last_column(
    browser: chromium.Browser, tmp_path: Path, classes: int
) -> None:
    labels = tuple(f"class {i}" for i in range(classes))
    path = tmp_path / "report.html"
    path.write_text(page(_of_classes(labels)), encoding="utf-8")
    for width, height in SIZES:
        browser.open(path, width, height, dark=False)
        box = "document.querySelector('.scroll:has(.matrix)')"
        fits = browser.ask(f"{box}.scrollWidth <= {box}.clientWidth + 1")
        assert fits or (width < 1280 and classes > 10)
        browser.ask(f"{box}.scrollLeft = 9999")
        last = f"{box}.querySelector('tr:last-child td:last-child').getBoundingClientRect().right"
        assert browser.ask(last) <= browser.ask(f"{box}.getBoundingClientRect().right") + 1
        assert browser.ask(f"{box}.tabIndex") == 0
        assert browser.ask("document.documentElement.scrollWidth") <= width
    browser.paper(dark=False)


def _of_classes(labels: tuple[str, ...]) -> Dossier:
    base = dossiers.settled()
    task = replace(base.plan.task, classes=labels)
    return replace(base, plan=replace(base.plan, task=task), tested=fabricate.answers(task, 0))


def test_one_colour_is_one_kind_of_net_everywhere(
    browser: chromium.Browser, tmp_path: Path
) -> None:
    """In tables, legends and lines, whatever the order of the families."""
    seen: dict[str, set[str]] = {}
    every = (
        ("resmlp", "mlp"),
        ("mlp", "resmlp"),
        ("mlp", "preln"),
        ("cnn", "resnet"),
        ("resnet", "cnn", "resmlp", "mlp"),
    )
    for families in every:
        path = tmp_path / "report.html"
        names = [f"{f}-{d}" if d else "linear" for f in families for d in (0, 1, 2, 4)]
        scores = {name: 0.8 + 0.01 * (i % 4) for i, name in enumerate(dict.fromkeys(names))}
        plan = fabricate.make_plan(families=families, depths=(0, 1, 2, 4), extend_to=0)
        path.write_text(page(fabricate.make(scores, plan=plan)), encoding="utf-8")
        browser.open(path, *SIZES[0], dark=False)
        found = browser.ask(
            """[...document.querySelectorAll('.hue')].map(e =>
            [e.textContent, getComputedStyle(e, '::before').backgroundColor])"""
        )
        found += browser.ask(
            """[...document.querySelectorAll('svg.chart line.line')].map(e =>
            [e.nextElementSibling.textContent.split('-')[0], getComputedStyle(e).stroke])"""
        )
        for name, colour in found:
            seen.setdefault(name, set()).add(colour)
    assert {len(colours) for colours in seen.values()} == {1}
    assert len({next(iter(colours)) for colours in seen.values()}) == len(seen) == 6
