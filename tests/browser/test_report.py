"""The report in a real browser: quiet, inert, and readable without scrolling sideways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chromium
import dossiers
import pytest
from payloads import PAYLOADS

import hostile
from howdeep.report.page import page

pytestmark = pytest.mark.skipif(chromium.find() is None, reason="no Chromium on this machine")

SIZES = [(1280, 800), (400, 800)]
BRIGHTNESS = """
getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)
"""
LOADING = "img, iframe, object, embed, a, form"
# text that runs out of its box, or out of the window, where the box does not scroll
SPILLED = """
[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg, details'))
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
    assert browser.ask("document.scripts.length") == 0
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
    assert browser.ask("document.scripts.length") == 0
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
