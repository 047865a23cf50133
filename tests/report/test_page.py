"""The HTML report: self-contained, inert, complete, and drawn from the numbers."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import dossiers
import fabricate
import pytest
from payloads import PAYLOADS

import hostile
from howdeep.base.verdicts import Dossier
from howdeep.report.figures import score_chart
from howdeep.report.page import page
from howdeep.report.sections import ladder
from howdeep.report.sentence import details, headline
from howdeep.report.table import Name

TAGS = set(
    re.findall(
        r"\S+",
        """html head meta title style script body header main section h1 h2 h3 p b i dl dt dd div
        span code bdi pre figure figcaption table thead tbody tr th td ul li details summary svg
        desc g line polyline circle path rect text""",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"\S+",
        """lang charset http-equiv content name id class scope tabindex role aria-label
        aria-labelledby viewbox x y x1 x2 y1 y2 cx cy r d width height points text-anchor
        stroke-dasharray data-key data-value data-label colspan""",
    )
)


class Parsed(HTMLParser):
    """Tags, attributes and text of a page; unclosed elements are kept in `open`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.data: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.data).split())


@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_page_holds_the_verdict_and_is_well_formed(name: str) -> None:
    dossier = dossiers.ALL[name]()
    html = page(dossier)
    found = Parsed(html)
    assert found.open == []
    assert set(found.tags) <= TAGS
    assert found.attributes <= ATTRIBUTES
    for sentence in (headline(dossier), *details(dossier)):
        assert sentence in found.text
    assert found.tags.count("h1") == 1
    assert len(html) < 200_000


@pytest.mark.parametrize("name", dossiers.ALL)
def test_nothing_is_loaded_and_one_script_of_ours_runs(name: str) -> None:
    html = page(dossiers.ALL[name]())
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script is not None
    assert html.count("<script") == 1
    assert not re.search(r"https?://|url\(|@import|javascript:|\bon\w+=", html)
    assert not re.search(r"fetch|XMLHttp|eval|Function\(|innerHTML|import\(|https?:", script[1])
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest, code = (
        base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
        for found in (style, script)
    )
    policy = (
        f"default-src &#39;none&#39;; style-src &#39;sha256-{digest}&#39;; "
        f"script-src &#39;sha256-{code}&#39;; "
        "img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;"
    ).replace("&#39;", "'")
    assert f'content="{policy}"' in html
    assert html.index("Content-Security-Policy") < html.index("<style>")
    assert html.count("<style") == 1
    assert ' style="' not in html


def test_equal_dossiers_give_equal_pages() -> None:
    assert page(dossiers.settled()) == page(dossiers.settled())


# ---- hostile texts ------------------------------------------------------------------------------
@pytest.mark.parametrize("payload", PAYLOADS)
def test_each_payload_stays_text_wherever_it_stands(payload: str) -> None:
    found = Parsed(page(hostile.everywhere((payload,))))
    assert found.open == []
    assert set(found.tags) <= TAGS
    assert found.attributes <= ATTRIBUTES


def test_hostile_texts_are_shown_not_swallowed() -> None:
    found = Parsed(page(hostile.everywhere()))
    assert found.text.count("<script>alert(1)</script>") >= 2
    assert "{{7*7}}" in found.text
    assert "49" not in found.text.split("{{7*7}}")[1][:20]
    assert "\u202e" not in found.text
    assert "\x00" not in found.text


def test_text_in_charts_is_escaped() -> None:
    """Family names are files of howdeep, yet a chart trusts none of them."""
    dossier = dossiers.settled()
    evil = '"><script>alert(1)</script>'
    cells = tuple(
        replace(c, standing=replace(c.standing, cell=replace(c.standing.cell, family=evil)))
        if c.standing.cell.family == "mlp"
        else c
        for c in dossier.verdict.cells
    )
    ladders = (*dossier.plan.ladders[:1], replace(dossier.plan.ladders[0], family=evil))
    plan = replace(dossier.plan, ladders=ladders)
    found = Parsed(page(replace(dossier, plan=plan, verdict=replace(dossier.verdict, cells=cells))))
    assert set(found.tags) <= TAGS
    assert found.attributes <= ATTRIBUTES


def test_long_lists_and_names_are_cut() -> None:
    task = fabricate.make_task(
        features=tuple((f"c{i}" + "w" * 10_000, "number") for i in range(9_000)),
        classes=tuple(f"k{i}" for i in range(1_000)),
    )
    html = page(fabricate.make(plan=fabricate.make_plan(task)))
    assert len(html) < 250_000
    assert "and 8800 more" in html
    assert "and 800 more" in html
    assert "w" * 41 not in html


# ---- what the pictures show ---------------------------------------------------------------------
def test_the_score_chart_draws_every_cell_where_it_stands() -> None:
    dossier = dossiers.settled()
    chart = score_chart(dossier, wide=True)
    (resmlp, mlp) = chart.series
    assert [round(m.y, 2) for m in mlp.marks] == [84.12, 84.71, 85.02, 85.06, 84.91, 84.4]
    assert [m.ring for m in resmlp.marks] == [False, False, True, False, False, False]
    assert [m.hollow for m in resmlp.marks] == [True, True, False, False, False, False]
    assert dict(chart.under)["mlp"][-1][1] == "17"
    for mark in resmlp.marks[2:]:
        assert mark.low is not None
        assert mark.high is not None
        assert mark.low <= mark.high


def test_a_qualifying_cell_has_its_interval_above_the_foot_of_the_band() -> None:
    """The picture is the rule: enough means that the whole bar is within epsilon of the best."""
    dossier = dossiers.unsettled()
    chart = score_chart(dossier, wide=True)
    band = next(level for level in chart.levels if level.top is not None)
    by_name = {c.standing.cell.name: c.standing for c in dossier.verdict.cells}
    for series in chart.series:
        for mark, blocks in zip(series.marks, fabricate.DEPTHS, strict=True):
            standing = by_name[f"{series.name}-{blocks}" if blocks else "linear"]
            if standing.state == "alive":
                assert mark.low is not None
                assert (mark.low >= band.y - 1e-9) == standing.qualifies


def test_a_dropped_cell_is_hollow_without_a_bar_and_bounded_by_epsilon_in_the_table() -> None:
    """Hsu's upper bounds never fall below 0, yet a dropped cell is known to be worse."""
    dossier = dossiers.settled()
    mark = score_chart(dossier, wide=True).series[0].marks[1]
    assert mark.hollow
    assert mark.low is mark.high is None
    rows = [r.cells for r in ladder.table(dossier).rows if r.cells["family"] == Name("resmlp")]
    assert next(r for r in rows if r["blocks"] == "1")["bounds"] == "−1.09 to −0.50"


def test_a_far_cell_is_drawn_at_the_foot_with_its_value() -> None:
    chart = score_chart(dossiers.many_classes(), wide=False)
    assert chart.series[0].marks[0].off == "77.0 %"
    assert "linear" not in page(dossiers.extend()).split("</h1>")[0]


def test_every_chart_has_a_text_alternative() -> None:
    html = page(dossiers.settled())
    charts = re.findall(
        r'<svg class="(?:chart|boxes)" role="img"[^>]* aria-labelledby="(\S+) (\S+)">'
        r'<title id="(\S+)">([^<]+)</title><desc id="(\S+)">([^<]+)</desc>',
        html,
    )
    assert len(charts) == html.count("<svg") == 9
    assert len({chart[0] for chart in charts}) == 9
    for title_id, desc_id, title, words, desc, summary in charts:
        assert (title_id, desc_id) == (title, desc)
        assert len(words) > 5
        assert len(summary) > 20
    assert "2 blocks 85.7 %" in html


def _without(dossier: Dossier) -> Dossier:
    verdict = replace(dossier.verdict, cells=(), candidates=(), price=(), families=())
    return replace(dossier, verdict=verdict, curves=(), rates=(), seconds=())


def test_a_study_without_any_trained_net_still_has_a_page() -> None:
    assert "Use none of these nets" in page(_without(dossiers.unreliable()))


def test_one_depth_alone_can_be_drawn() -> None:
    scores = {"linear": 0.84, "resmlp-1": 0.84}
    plan = fabricate.make_plan(families=("resmlp",), depths=(0, 1), extend_to=0)
    dossier = fabricate.make(scores, plan=plan, half=0.0, constant=0.84, test_score=None)
    assert Parsed(page(dossier)).open == []


# ---- the house ----------------------------------------------------------------------------------
def test_the_report_needs_nothing_heavy() -> None:
    """NumPy comes with the metrics, whose words and arithmetic stand in one file each."""
    code = (
        "import sys, importlib, pkgutil, howdeep.report as r\n"
        "for m in pkgutil.walk_packages(r.__path__, 'howdeep.report.'):\n"
        "    importlib.import_module(m.name)\n"
        "assert 'howdeep.report.sections.ladder' in sys.modules\n"
        "print(sorted({'torch', 'scipy', 'sklearn'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_templates_trust_no_text() -> None:
    from importlib.resources import files

    templates = [p for p in files("howdeep.report").iterdir() if p.name.endswith(".html")]
    names = {template.name for template in templates}
    assert names >= {"frame.html", "page.html", "body.html", "parts.html", "cells.html"}
    for template in templates:
        text = template.read_text(encoding="utf-8")
        assert "safe" not in text
        assert text.count("<script") == (template.name == "frame.html")


def test_where_nothing_was_learnt_bars_stand_on_guessing_and_nothing_is_marked() -> None:
    dossier = dossiers.nothing_learnt()
    chart = score_chart(dossier, wide=True)
    assert chart.levels[0].name == "always guessing"
    assert all(level.top is None for level in chart.levels)
    marks = [mark for series in chart.series for mark in series.marks]
    assert not any(mark.ring for mark in marks)
    over = dossier.verdict.cells[0].over_guess
    assert over is not None
    assert over.low is not None
    low = 100 * (dossier.verdict.constant + over.low)
    assert any(mark.low == pytest.approx(low) for mark in marks)
    html = page(dossier)
    text = Parsed(html).text
    assert "against guessing" in text
    assert "no gain shown" in text
    assert "eep enough" not in text
    assert '<tr class="enough"' not in html
