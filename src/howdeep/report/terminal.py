"""What the terminal shows: `watch` while a study runs, `print_verdict` when it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from rich.console import Console
from rich.live import Live
from rich.text import Text

from howdeep.base.events import Event, GroupDone, Looked, RoundStarted, Started
from howdeep.base.verdicts import Dossier, Verdict
from howdeep.report.depths import tolerance_words
from howdeep.report.doing import doing
from howdeep.report.left import Pace
from howdeep.report.live import draw, standing_words
from howdeep.report.parts import Section
from howdeep.report.printed import show
from howdeep.report.progress import View, advance, study_left
from howdeep.report.sections import sections
from howdeep.report.sentence import headline
from howdeep.report.words import clean, duration, plural, unit

SILENT = 30  # seconds after which a plain line says that the study goes on
MOST = 110  # columns of the final answer, however wide the terminal


def watch(
    events: Iterable[Event],
    console: Console,
    *,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
    workers: int = 1,
) -> Verdict | None:
    """Follow a study to its end; the verdict, or None where the events stop before one.

    A terminal gets a live view; anything else a plain line when the study turns to something else,
    after each comparison and twice a minute, without control codes. `quiet` shows nothing.
    `workers`: processes that train, for the time left.
    """
    view = View(began=clock(), pace=Pace(workers))
    if quiet:
        for event in events:
            view = advance(view, event, clock())
    elif console.is_terminal and not console.is_dumb_terminal:
        view = _live(events, console, view, clock)
    else:
        view = _plain(events, lambda line: console.print(Text(line), soft_wrap=True), view, clock)
    return view.verdict


def follow(
    events: Iterable[Event],
    say: Callable[[str], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    workers: int = 1,
) -> Verdict | None:
    """As `watch`, where nobody looks at a terminal: `say` is given one plain line at a time."""
    return _plain(events, say, View(began=clock(), pace=Pace(workers)), clock).verdict


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
    events: Iterable[Event], say: Callable[[str], None], view: View, clock: Callable[[], float]
) -> View:
    said, spoke, trained = "", view.began, 0
    for event in events:
        troubles, now = len(view.troubles), clock()
        view = advance(view, event, now)
        lines = _event_lines(view, event, now)
        if isinstance(event, RoundStarted):
            same, said = doing(event.round) == said, doing(event.round)
            lines = [] if same else lines
        elif isinstance(event, GroupDone):
            trained += len(event.trials)
            if now - spoke >= SILENT:
                lines = [f"{trained:,} nets trained so far; {_left(view, now)}"]
        lines += view.troubles[troubles:]
        for line in lines:
            say(clean(line, 400))
        spoke = now if lines else spoke
    return view


def _left(view: View, now: float) -> str:
    whole = study_left(view, now)
    return "time left not known yet" if whole is None else f"about {duration(whole)} left in all"


def _event_lines(view: View, event: Event, now: float) -> list[str]:
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
            kept = ", some of them kept from before" if event.done else ""
            return [f"{doing(event.round)}{kept}; {_left(view, now)}"]
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
    """The final answer: the headline, and below it what `sections` has for a terminal."""
    width = min(console.width, MOST)
    console.print()
    console.print(Text(headline(dossier), style=_headline_style(dossier)), width=width)
    print_sections(sections(dossier, "terminal"), console)


def print_sections(found: Iterable[Section], console: Console) -> None:
    """Sections as a terminal shows them; those without parts are left out."""
    width = min(console.width, MOST)
    for section in found:
        if not section.parts:
            continue
        console.print()
        if section.title:
            console.print(Text(section.title, style="bold"), width=width)
        for part in section.parts:
            show(part, console, width)


def _headline_style(dossier: Dossier) -> str:
    good = dossier.verdict.status in ("recommended", "no_depth_needed")
    return "bold green" if good else "bold yellow"
