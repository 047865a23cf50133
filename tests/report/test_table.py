"""A column is declared once and shown wherever its table is."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import dossiers
import events
import pytest
from rich.console import Console
from test_terminal import picture, shown, view_after

from howdeep.base.errors import HowdeepError
from howdeep.base.verdicts import Dossier
from howdeep.report import live, planned
from howdeep.report.page import body, page
from howdeep.report.parts import Section
from howdeep.report.printed import show
from howdeep.report.sections import ladder, rivals
from howdeep.report.table import (
    Bar,
    Brief,
    Column,
    Flag,
    Group,
    Heat,
    Name,
    Row,
    Table,
    row,
    titled,
)
from howdeep.report.table import shown as columns_shown


def printed(table: Table, width: int = 100) -> list[str]:
    out = io.StringIO()
    show(table, Console(file=out, width=width, highlight=False), width)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def heads(html: str, region: str) -> list[str]:
    table = html.split(f'aria-label="{region}"')[1].split("</thead>")[0]
    return re.findall(r'<th[^>]* scope="col"[^>]*>([^<]*)</th>', table)


def plain(html: str) -> str:
    """Without what scripts and styles ask of cells, and without space between elements."""
    return re.sub(r">\s+<", "><", re.sub(r' data-[a-z]+="[^"]*"', "", html))


# ---- one column more ----------------------------------------------------------------------------
def test_a_column_added_to_the_ladder_stands_on_the_page_and_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spent = Column(
        "nets", "nets trained", lambda net: f"{net.summary.nets} nets", "right", group=Group.COST
    )
    monkeypatch.setattr(ladder, "COLUMNS", (*ladder.COLUMNS, spent))
    dossier = dossiers.settled()
    html, lines = page(dossier), shown(dossier, 110)
    assert heads(html, ladder.TITLE)[-1] == "nets trained"
    assert plain(html).count('<td class="n">12 nets</td>') == 4
    assert plain(html).count('<td class="n">5 nets</td>') == 7
    assert any(line.rstrip().endswith("nets trained") for line in lines)
    assert sum(line.rstrip().endswith("12 nets") for line in lines) == 4


def test_a_column_added_to_the_classical_models_stands_on_the_page_and_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = Column("code", "as code", lambda compared: compared.rival.code)
    monkeypatch.setattr(rivals, "COLUMNS", (*rivals.COLUMNS, code))
    dossier = dossiers.boosted()
    assert "as code" in heads(page(dossier), rivals.TITLE)
    assert '<td class="l">forest(n=212)</td>' in plain(page(dossier))
    assert any(line.rstrip().endswith("forest(n=212)") for line in shown(dossier, 110))


def test_a_column_added_to_the_live_view_or_the_plan_is_shown_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dossier = dossiers.settled()
    width = Column("width", "wide", lambda net: f"w{net.cell.rung.width}", "right")
    monkeypatch.setattr(live, "COLUMNS", (*live.COLUMNS, width))
    monkeypatch.setattr(planned, "COLUMNS", (*planned.COLUMNS, width))
    seen = picture(view_after(events.story(dossier, finish=False)), 110)
    assert sum(line.rstrip().endswith("w128") for line in seen) == 11
    console = Console(file=io.StringIO(), width=110, record=True)
    console.print(planned.planned_table(dossier.plan))
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    assert sum(line.endswith("w128") for line in lines) == len(dossier.plan.cells)


def test_tables_of_nets_share_what_a_net_is() -> None:
    """What a net is and how large stands once: the plan and the ladder show the same columns."""
    shared = [column.key for column in planned.COLUMNS[:5]]
    assert shared == ["family", "blocks", "layers", "sees", "parameters"]
    assert all(a is b for a, b in zip(planned.COLUMNS[:5], ladder.COLUMNS[:5], strict=True))


# ---- what fits ----------------------------------------------------------------------------------
def test_a_narrow_terminal_leaves_out_columns_in_the_order_declared() -> None:
    dossier = dossiers.settled()
    order = sorted((c for c in ladder.COLUMNS if c.drop), key=lambda c: c.drop)
    assert [column.key for column in order] == ["rate", "parameters", "seeds", "against"]
    table = ladder.table(dossier)
    seen = []
    for width in range(110, 39, -3):
        text = " ".join(printed(table, width)[:3])
        gone = tuple(
            column.key
            for column, word in zip(order, ("learning", "para-", "seeds", "against"), strict=True)
            if word not in text
        )
        seen += [gone] if gone not in seen else []
    keys = [column.key for column in order]
    assert seen == [tuple(keys[:n]) for n in range(len(keys) + 1)]


def test_the_live_view_drops_by_width_alone_so_that_it_keeps_its_form() -> None:
    view = view_after(events.story(dossiers.settled(), finish=False))
    wide, narrow = (picture(view, width) for width in (76, 75))
    assert any("learning r" in line for line in wide)
    assert any("━━━" in line for line in wide[3:])
    assert not any("learning r" in line or "━" in line for line in narrow[3:])


def test_the_page_stands_columns_by_what_they_tell_and_a_terminal_as_declared() -> None:
    columns = tuple(
        Column(group.name, group.name.lower(), str, group=group) for group in reversed(Group)
    )
    table = Table(columns, ())
    assert [c.key for c in columns_shown(table, "page")] == [group.name for group in Group]
    assert [c.key for c in columns_shown(table, "terminal")] == [c.key for c in columns]


def test_a_sparse_column_is_left_out_where_it_is_empty() -> None:
    columns = (Column("a", "a", lambda n: str(n)), Column("b", "b", lambda n: "x" * n, sparse=True))
    full, empty = (Table(columns, (row(columns, 0), row(columns, n))) for n in (1, 0))
    assert [c.key for c in columns_shown(full, "page")] == ["a", "b"]
    assert [c.key for c in columns_shown(empty, "page")] == ["a"]
    assert not any("px" in line for line in shown(dossiers.settled(), 110))
    assert any(" 8 px" in line for line in shown(_seeing(dossiers.settled()), 110))


def _seeing(dossier: Dossier) -> Dossier:
    cells = tuple(
        replace(c, standing=replace(c.standing, cell=replace(c.standing.cell, receptive_field=8)))
        for c in dossier.verdict.cells
    )
    return replace(dossier, verdict=replace(dossier.verdict, cells=cells))


# ---- cells and rows -----------------------------------------------------------------------------
def test_every_kind_of_cell_is_shown_on_the_page_and_in_a_terminal() -> None:
    cells = (
        ("plain <b>", "plain <b>", "plain &lt;b&gt;"),
        (Name("<i>", "what <i> is"), "<i>", "<bdi>&lt;i&gt;</bdi>"),
        (Brief("in many words", "brief"), "brief", "in many words"),
        (Flag("best", raised=True), "> best", ">best<"),
        (Flag("other", raised=False), "  other", ">other<"),
        (Bar(0.5), "━" * 6, "50 %"),
        (Heat("1,204", 0.96, good=True), "1,204", '<span class="heat right9">1,204</span>'),
        (Heat("·", 0.0, good=False), "·", '<span class="heat wrong0">·</span>'),
        (Name("mlp", colour=1), "mlp", '<bdi class="hue s1">mlp</bdi>'),
    )
    for cell, line, html in cells:
        columns = (
            Column("n", "n", str),
            Column("c", "c", lambda n, cell=cell: cell, width=12),  # type: ignore[misc]
        )
        table = Table(columns, (row(columns, 7),))
        assert line in printed(table)[-1]
        assert html in body([Section("Cells", (table,))])


def test_a_row_without_a_cell_leaves_its_place_empty() -> None:
    columns = (Column("a", "a", str), Column("b", "b", str, "right"), Column("c", "c", str))
    table = Table(columns, (Row({"a": "1", "c": "3"}, "reference"),), kind="odd")
    html = body([Section("Rows", (table,))])
    cells = '<th scope="row">1</th><td></td><td class="l">3</td>'
    assert cells not in plain(html)  # next to its first cell nothing stands: that reaches over it
    assert '<th scope="row" colspan="2">1</th><td class="l">3</td>' in plain(html)
    one = Table(columns, (Row({"a": "1", "b": "2"}, "reference"),))
    cells = '<th scope="row">1</th><td class="n">2</td><td></td>'
    assert cells in plain(body([Section("Rows", (one,))]))
    assert '<tr class="odd reference">' in html


def test_a_key_twice_and_a_cell_without_a_column_are_refused() -> None:
    one = Column("a", "a", str)
    with pytest.raises(HowdeepError, match="'a' twice"):
        Table((one, one), ())
    with pytest.raises(HowdeepError, match="cell of 'b'"):
        Table((one,), (Row({"b": "1"}),))
    with pytest.raises(KeyError, match="unit"):
        titled((Column("a", "in {unit}", str),), metric="accuracy")
