"""How each kind of part looks in a terminal, drawn with rich; nothing here knows any section."""

from __future__ import annotations

from functools import singledispatch

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from howdeep.base.errors import HowdeepError
from howdeep.report.parts import (
    Badge,
    Bullets,
    Chips,
    Code,
    Drawing,
    Gallery,
    Pairs,
    Picture,
    Prose,
    Quoted,
    Steps,
)
from howdeep.report.table import Bar, Brief, Cell, Column, Flag, Link, Name, Table, shown

STYLES = {  # of rows, by their state; plain where it has none
    "enough": "bold green",
    "better": "bold green",
    "dropped": "dim",
    "out": "dim",
    "waiting": "dim",
    "worse": "dim",
    "reference": "dim",
    "more": "dim",
    "unreliable": "red",
}
LABEL = 22  # columns of a label
NARROW = 76  # below this many columns a label stands above its text
ALL = 99  # drops every column that may be dropped


@singledispatch
def show(part: object, console: Console, width: int) -> None:
    """Print a part, fitted to `width` columns.

    Raises:
        HowdeepError: nothing says how such a part looks in a terminal.
    """
    what = f"{type(part).__name__}: no part that a terminal can show"
    raise HowdeepError(what, "say in report/printed.py how it looks")


# ---- tables -------------------------------------------------------------------------------------
@show.register
def _(part: Table, console: Console, width: int) -> None:
    console.print(fitted(part, console, width))


def fitted(table: Table, console: Console, width: int) -> Grid:
    """The table with as many of its columns as fit."""
    wide = console.options.update(max_width=1000)
    for dropped in sorted({0, *(column.drop for column in table.columns)}):
        grid = drawn(table, dropped)
        if Measurement.get(console, wide, grid).maximum <= width:
            break
    return grid


def roomy(table: Table, width: int) -> Grid:
    """The table by its width alone, so that it keeps its form while what is in it changes."""
    return drawn(table, 0 if width >= table.roomy else ALL)


def drawn(table: Table, dropped: int = 0) -> Grid:
    """The table without the columns that are dropped first, second ... up to `dropped`."""
    grid = Grid(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    columns = shown(table, "terminal", dropped)
    for column in columns:
        head = Text(column.heading if column.short is None else column.short)
        grid.add_column(head, justify=column.align, no_wrap=True, width=column.width or None)
    for row in table.rows:
        style = STYLES.get(row.state, "")
        cells = ((row.cells.get(column.key, ""), column) for column in columns)
        grid.add_row(*(_cell(cell, column, style) for cell, column in cells), style=style)
    return grid


def _cell(cell: Cell, column: Column, style: str) -> Text:
    if isinstance(cell, str):
        return Text(cell)
    if isinstance(cell, Bar):
        full = 1 + round(cell.share * (column.width - 1))
        return Text("━" * full, style=style or "cyan")
    if isinstance(cell, Flag):
        return Text(f"{'>' if cell.raised else ' '} {cell.text}")
    return Text(cell.short if isinstance(cell, Brief) else cell.text)


# ---- texts --------------------------------------------------------------------------------------
@show.register
def _(part: Pairs, console: Console, width: int) -> None:
    narrow = width < NARROW
    grid = Grid.grid(padding=(0, 1))
    grid.add_column(width=None if narrow else LABEL)
    if not narrow:
        grid.add_column()
    for label, value in part.rows:
        head, text = Text(label, style="bold"), Text(_value(value))
        if narrow:
            grid.add_row(head)
            grid.add_row(Padding(text, (0, 0, 0, 2)))
        else:
            grid.add_row(head, text)
    console.print(grid, width=width)


def _value(value: str | Name | Chips | Link) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Chips):
        names = [f"{name} ({word})" if word else name for name, word in value.names]
        return ", ".join(names) + (f" and {value.more} more" if value.more else "")
    return value.text


@show.register
def _(part: Prose, console: Console, width: int) -> None:
    console.print(Text(part.text, style="dim" if part.note else ""), width=width)


@show.register
def _(part: Quoted, console: Console, width: int) -> None:
    console.print(Text(f"“{part.words}” ({part.whose})", style="italic"), width=width)


@show.register
def _(part: Badge, console: Console, width: int) -> None:
    more = f" ({part.more.text})" if part.more else ""
    console.print(Text.assemble((f"{part.word}: ", "bold"), part.text, more), width=width)


@show.register
def _(part: Bullets, console: Console, width: int) -> None:
    for text in part.texts:
        console.print(Text(f"· {text}"), width=width)


@show.register
def _(part: Steps, console: Console, width: int) -> None:
    """Not wrapped, so that a command can be copied."""
    text = Text()
    for i, step in enumerate(part.steps):
        text.append("\n" if i else "").append(f"{step.label:8}", style="bold")
        text.append(step.command, style="cyan" if step.runs else "")
        text.append(f"   # {step.does}" if step.does else "", style="dim")
    console.print(text, soft_wrap=True)


@show.register
def _(part: Code, console: Console, width: int) -> None:
    """Not wrapped, so that it can be copied."""
    for line in part.lines:
        console.print(Text(line), soft_wrap=True)


# ---- pictures -----------------------------------------------------------------------------------
@show.register
def _(part: Picture, console: Console, width: int) -> None:
    """The words that say what the chart shows."""
    console.print(Text(f"{part.chart.title}: {part.chart.summary}"), width=width)


@show.register
def _(part: Drawing, console: Console, width: int) -> None:
    console.print(Text(part.summary), width=width)


@show.register
def _(part: Gallery, console: Console, width: int) -> None:
    for picture in part.pictures:
        show(picture, console, width)
