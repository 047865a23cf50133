"""What the terminal shows: `watch` while a study runs, `print_verdict` when it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import PurePath

from rich.console import Console
from rich.live import Live
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from howdeep.base.events import Event, Looked, RoundStarted, Started
from howdeep.base.verdicts import Dossier, Verdict
from howdeep.report.depths import short, tolerance_words
from howdeep.report.evidence import labelled
from howdeep.report.live import draw, standing_words
from howdeep.report.progress import View, advance
from howdeep.report.rivals import against_words, rival_rows
from howdeep.report.rows import Row, opposite, references, table_rows
from howdeep.report.sentence import headline, next_steps
from howdeep.report.words import clean, plural, unit

STATE_STYLE = {"enough": "bold green", "dropped": "dim", "unreliable": "red", "waiting": "dim"}
LABEL = 22  # columns of a detail's label


def watch(
    events: Iterable[Event],
    console: Console,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> Verdict | None:
    """Follow a study to its end; the verdict, or None where the events stop before one.

    A terminal gets a live view; anything else one plain line for each round and look, without
    control codes. `quiet` shows nothing.
    """
    view = View(began=clock())
    if quiet:
        for event in events:
            view = advance(view, event, clock())
    elif console.is_terminal and not console.is_dumb_terminal:
        view = _live(events, console, view, clock)
    else:
        view = _plain(events, console, view, clock)
    return view.verdict


def _live(
    events: Iterable[Event], console: Console, view: View, clock: Callable[[], float]
) -> View:
    def render() -> object:
        return draw(view, clock(), console.width, console.height)

    with Live(console=console, get_renderable=render, refresh_per_second=4, transient=True):  # type: ignore[arg-type]
        for event in events:
            view = advance(view, event, clock())
    return view


def _plain(
    events: Iterable[Event], console: Console, view: View, clock: Callable[[], float]
) -> View:
    for event in events:
        troubles = len(view.troubles)
        view = advance(view, event, clock())
        for line in [*_event_lines(view, event), *view.troubles[troubles:]]:
            console.print(Text(clean(line, 400)), soft_wrap=True)
    return view


def _event_lines(view: View, event: Event) -> list[str]:
    match event:
        case Started():
            task, verb = event.plan.task, "Resuming" if event.resumed else "Starting"
            plan = event.plan
            capped = (
                f" of {plan.train_rows_full:,}" if plan.train_rows < plan.train_rows_full else ""
            )
            rows = f"{plan.train_rows:,}{capped} training rows"
            return [
                f"{verb} {event.study}: {task.name}, predicting {task.target} by "
                f"{unit(task.metric).name}, {plural(len(event.plan.depths), 'depth')} x "
                f"{plural(len(event.plan.families), 'kind')} of net, {rows}"
            ]
        case RoundStarted():
            left = len(event.round.groups) - event.done
            kept = f", {event.done} already done" if event.done else ""
            return [f"Round {event.number}: {event.round.title}: {plural(left, 'group')}{kept}"]
        case Looked():
            return [*_tolerance(view, event), standing_words(view)]
        case _:
            return []


def _tolerance(view: View, event: Looked) -> list[str]:
    """At the first look, what the tolerance has come to."""
    plan, found = view.plan, event.standing
    if plan is None or plan.tolerance is None or found.look or not found.epsilon:
        return []
    gap = unit(plan.task.metric).difference(found.epsilon)
    return [f"Scores less than {gap} apart count as equally good: {tolerance_words(plan)}"]


# ---- the end ------------------------------------------------------------------------------------
def print_verdict(dossier: Dossier, console: Console) -> None:
    """The final answer: the headline, the best evidence, the ladder, and what to do next."""
    width = min(console.width, 110)
    console.print()
    console.print(Text(headline(dossier), style=_headline_style(dossier)), width=width)
    console.print()
    items = labelled(dossier)
    console.print(_evidence(items[:3], width), width=width)
    console.print()
    console.print(_table(dossier, console, width))
    console.print()
    if dossier.verdict.rivals:
        console.print(_rivals(dossier, console, width))
        console.print()
    if items[3:]:
        console.print(_evidence(items[3:], width), width=width)
        console.print()
    console.print(_next(dossier), soft_wrap=True)


def _headline_style(dossier: Dossier) -> str:
    good = dossier.verdict.status in ("recommended", "no_depth_needed")
    return "bold green" if good else "bold yellow"


def _evidence(items: Iterable[tuple[str, str]], width: int) -> Table:
    narrow = width < 76
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=None if narrow else LABEL)
    if not narrow:
        grid.add_column()
    for label, text in items:
        head = Text(label, style="bold")
        if narrow:
            grid.add_row(head)
            grid.add_row(Padding(Text(text), (0, 0, 0, 2)))
        else:
            grid.add_row(head, Text(text))
    return grid


COLUMNS: tuple[tuple[str, bool], ...] = (  # attribute of a row, justified right
    ("family", False),
    ("blocks", True),
    ("layers", True),
    ("sees", True),
    ("parameters", True),
    ("rate", False),
    ("seeds", True),
    ("score", True),
    ("against", True),
    ("says", False),
)
SPARE = ((), ("rate",), ("rate", "parameters"), ("rate", "parameters", "seeds"))
NARROW = ("rate", "parameters", "seeds", "against")


def _table(dossier: Dossier, console: Console, width: int) -> Table:
    """The ladder with as many columns as fit the width."""
    wide = console.options.update(max_width=1000)
    for spare in (*SPARE, NARROW):
        table = _table_without(dossier, spare)
        if Measurement.get(console, wide, table).maximum <= width:
            break
    return table


def _table_without(dossier: Dossier, spare: tuple[str, ...]) -> Table:
    metric = unit(dossier.verdict.metric)
    heads = {
        "family": "net",
        "layers": "weight\nlayers",
        "parameters": "para-\nmeters",
        "rate": "learning rate",
        "score": metric.name.replace(" ", "\n"),
        "against": f"against {opposite(dossier)},\nin {metric.gap.removeprefix('of ')}",
        "says": "",
    }
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    rows = table_rows(dossier)
    if not any(row.sees for row in rows):
        spare = (*spare, "sees")
    columns = [(name, right) for name, right in COLUMNS if name not in spare]
    for name, right in columns:
        table.add_column(heads.get(name, name), justify="right" if right else "left", no_wrap=True)
    for name, _, score in references(dossier):
        cells = {"family": name, "score": score}
        table.add_row(*(Text(cells.get(column, "")) for column, _ in columns), style="dim")
    for row in rows:
        style = STATE_STYLE.get(row.state, "")
        table.add_row(*(Text(_item(row, name)) for name, _ in columns), style=style)
    return table


def _item(row: Row, name: str) -> str:
    if name == "against":
        return f"{row.behind} ({row.bounds})" if row.bounds and row.behind != "best" else row.behind
    if name == "says":
        return ("> " if row.state == "enough" else "  ") + row.says
    return str(getattr(row, name))


RIVAL_COLUMNS = (("name", "left"), ("score", "right"), ("against", "right"), ("says", "left"))


def _rivals(dossier: Dossier, console: Console, width: int) -> Table:
    """The classical models; seconds, then bounds, are left out where the width is short."""
    wide = console.options.update(max_width=1000)
    for spare in ((), ("seconds",), ("seconds", "against")):
        table = _rivals_without(dossier, spare)
        if Measurement.get(console, wide, table).maximum <= width:
            break
    return table


def _rivals_without(dossier: Dossier, spare: tuple[str, ...]) -> Table:
    metric, ref = unit(dossier.verdict.metric), dossier.verdict.rivals_against
    gap = metric.gap.removeprefix("of ")
    against = short(dossier, ref) if ref else opposite(dossier) if against_words(dossier) else ""
    heads = {
        "name": "classical model",
        "score": metric.name.replace(" ", "\n"),
        "against": f"against {against},\nin {gap}" if against else "",
        "seconds": "time",
    }
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    columns = [(name, side) for name, side in (*RIVAL_COLUMNS, ("seconds", "right"))]
    columns = [(name, side) for name, side in columns if name not in spare]
    for name, side in columns:
        table.add_column(heads.get(name, ""), justify=side, no_wrap=True)  # type: ignore[arg-type]
    for row in rival_rows(dossier):
        style = {"better": "bold green", "worse": "dim"}.get(row.state, "")
        table.add_row(*(Text(getattr(row, name)) for name, _ in columns), style=style)
    return table


def _next(dossier: Dossier) -> Text:
    text = Text("Report", style="bold").append("  ", style="not bold")
    text.append(clean(str(PurePath(dossier.study) / "report.html"), 400), style="not bold")
    for i, (command, does) in enumerate(next_steps(dossier)):
        text.append("\nNext    " if i == 0 else "\n        ", style="bold" if i == 0 else "")
        text.append(command, style="not bold cyan").append(f"   # {does}", style="not bold dim")
    return text
