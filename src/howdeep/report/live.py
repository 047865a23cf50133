"""The live view drawn with rich: where the study is, and the ladder filling up."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from howdeep.base.nouns import Cell, Plan
from howdeep.base.verdicts import CellStanding
from howdeep.metrics import Unit
from howdeep.report.progress import CellView, View, round_left, study_left
from howdeep.report.rivals import rival_name
from howdeep.report.rows import rates_words
from howdeep.report.words import clean, depth_title, duration, plural, unit

BAR = 12  # characters of the score bar
STYLES = {"enough": "bold green", "racing": "", "out": "dim", "unreliable": "red", "waiting": "dim"}


def draw(view: View, now: float, width: int, height: int) -> Lines:
    """Everything the terminal shows at `now`, fitted to its width and height."""
    plan = view.plan
    if plan is None:
        return Lines(Text("Preparing the study ..."))
    parts: list[RenderableType] = [_title(plan), _progress(view, now, width)]
    parts.append(_ladder(view, plan, width, max(height - 9 - 2 * bool(view.rivals), 4)))
    if view.rivals:
        parts.append(_rivals(view, plan))
    parts.extend(Text(f"! {clean(t, 120)}", style="yellow") for t in view.troubles[-2:])
    if view.standing:
        parts.append(Text(standing_words(view), style="bold"))
    elif view.cells:
        parts.append(Text("In brackets: on validation rows, not compared yet.", style="dim"))
    return Lines(*parts)


def _rivals(view: View, plan: Plan) -> Text:
    """What the classical models reach where their settings are chosen, best first."""
    metric = unit(plan.task.metric)
    found = sorted(view.rivals.items(), key=lambda item: -item[1])
    each = (f"{rival_name(plan.task, name)} ({metric.score(score)})" for name, score in found)
    text = f"Classical models: {', '.join(each)}"
    return Text(text, style="dim", no_wrap=True, overflow="ellipsis")


def _title(plan: Plan) -> Text:
    task = plan.task
    text = Text(f"How deep for {clean(task.name)}?", style="bold", overflow="ellipsis")
    text.no_wrap = True
    what = f"  predicting {clean(task.target, 24)} by {unit(task.metric).name}"
    return text.append(what, style="not bold dim")


def _progress(view: View, now: float, width: int) -> Lines:
    if view.round is None:
        return Lines(Text("Planning ..."))
    total = len(view.round.groups)
    title = Text(
        f"Round {view.number}: {clean(view.round.title, 80)}", no_wrap=True, overflow="ellipsis"
    )
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        ProgressBar(total=max(total, 1), completed=view.done, width=max(10, width // 4)),
        Text(f"{view.done}/{total} groups, {_left(view, now)}", no_wrap=True, overflow="ellipsis"),
    )
    return Lines(title, bar)


def _left(view: View, now: float) -> str:
    if view.round and view.done >= len(view.round.groups):
        return "comparing"
    left, whole = round_left(view, now), study_left(view)
    words = "time left not known yet" if left is None else f"about {duration(left)} left in it"
    return words if whole is None else f"{words}; the study at most {duration(whole)}"


def standing_words(view: View) -> str:
    """Where the race stands, in one line.

    A depth is named only once the standing names it: before that it says how many are in the race.
    """
    standing = view.standing
    if standing is None or view.plan is None:
        return ""
    racing = [c for c in standing.cells if c.state == "alive"]
    out = sum(c.state == "dropped" for c in standing.cells)
    words = [f"After {standing.seeds} seeds: {plural(len(racing), 'depth')} in the race, {out} out"]
    if standing.nothing_learnt:
        words.append("none is shown to beat guessing yet")
    found = [c.cell for c in standing.cells if c.cell.name == standing.enough]
    if found:
        settled = "" if standing.settled else ", not settled yet"
        words.append(f"enough so far: {depth_title(found[0])}{settled}")
    if standing.next == "extend":
        words.append("the deepest is still the best: going deeper")
    return "; ".join(words) + "."


# ---- the ladder ---------------------------------------------------------------------------------
def _ladder(view: View, plan: Plan, width: int, rows: int) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    wide = width >= 76
    table.add_column("depth", no_wrap=True)
    table.add_column("layers", justify="right", no_wrap=True)
    if wide:
        table.add_column("learning rate", no_wrap=True)
    table.add_column("seeds", justify="right", no_wrap=True)
    table.add_column(unit(plan.task.metric).name, no_wrap=True, justify="right")
    if wide:
        table.add_column("", no_wrap=True, width=BAR)
    table.add_column("", no_wrap=True, overflow="ellipsis")
    shown, hidden = _fitting(view, plan, rows)
    low, high = _range(view, shown)
    for cell in shown:
        name, layers, rates, seeds, score, bar, says = _line(view, plan, cell, (low, high))
        narrow = (name, layers, seeds, score, says)
        table.add_row(*((name, layers, rates, seeds, score, bar, says) if wide else narrow))
    if hidden:
        table.add_row(Text(f"+ {hidden} more", style="dim"))
    return table


def _fitting(view: View, plan: Plan, rows: int) -> tuple[list[Cell], int]:
    """The cells that fit, depths already out left away first; and how many do not."""
    stands = view.standing.cells if view.standing else ()
    begun = set(view.cells) | {c.cell.name for c in stands}
    cells = [c for c in plan.cells if plan.first(c) or c.name in begun]
    gone = (
        {c.cell.name for c in view.standing.cells if c.state != "alive"} if view.standing else set()
    )
    order = sorted(cells, key=lambda c: c.name in gone)
    keep = {c.name for c in order[: rows if len(cells) <= rows else rows - 1]}
    return [c for c in cells if c.name in keep], len(cells) - len(keep)


def _line(view: View, plan: Plan, cell: Cell, span: tuple[float, float]) -> Iterator[Text]:
    seen, standing = view.cells.get(cell.name, CellView()), _standing(view, cell)
    kind, says = _state(view, cell, seen, standing)
    style = STYLES[kind]
    yield Text(clean(cell.name), style=style)
    yield Text(str(cell.cost.weight_layers), style=style)
    yield Text(rates_words(seen.rates) if seen.rates else "", style=style)
    seeds = max(len(seen.seeds), standing.seeds if standing else 0)
    yield Text(str(seeds) if seeds else "", style=style)
    yield Text(_score(unit(plan.task.metric), seen, standing), style=style)
    score = _known(seen, standing)
    yield _bar(score, span, style)
    yield Text(says, style=style)


def _state(
    view: View, cell: Cell, seen: CellView, standing: CellStanding | None
) -> tuple[str, str]:
    if standing is None or standing.state == "waiting":
        if seen.seeds:
            return "racing", "training"
        return ("racing", "rate found") if seen.rates else ("waiting", "waiting")
    if standing.state == "unreliable":
        return "unreliable", "unreliable"
    if standing.state == "dropped":
        return "out", "worse, out"
    if view.standing and view.standing.enough == cell.name:
        return "enough", "enough so far"
    return "racing", "in the race"


def _standing(view: View, cell: Cell) -> CellStanding | None:
    cells = view.standing.cells if view.standing else ()
    return next((c for c in cells if c.cell.name == cell.name), None)


def _known(seen: CellView, standing: CellStanding | None) -> float | None:
    if standing is not None and standing.seeds:
        return standing.score
    return sum(seen.vals) / len(seen.vals) if seen.vals else seen.rate_score


def _score(metric: Unit, seen: CellView, standing: CellStanding | None) -> str:
    """The compared score with the spread between seeds; in brackets what validation says so far."""
    if standing is not None and standing.seeds:
        return f"{metric.score(standing.score)} ±{metric.number(standing.seed_sd)}"
    score = _known(seen, None)
    return "" if score is None else f"({metric.score(score)})"


def _range(view: View, cells: list[Cell]) -> tuple[float, float]:
    known = [_known(view.cells.get(c.name, CellView()), _standing(view, c)) for c in cells]
    scores = [score for score in known if score is not None]
    return (min(scores), max(scores)) if scores else (0.0, 1.0)


def _bar(score: float | None, span: tuple[float, float], style: str) -> Text:
    if score is None:
        return Text("")
    low, high = span
    share = (score - low) / (high - low) if high > low else 1.0
    full = 1 + round(share * (BAR - 1))
    return Text("━" * full, style=style or "cyan")
