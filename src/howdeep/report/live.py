"""The live view drawn with rich: where the study is, and the ladder filling up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.console import Group as Lines
from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table as Grid
from rich.text import Text

from howdeep.base.nouns import Cell, Plan
from howdeep.base.verdicts import CellStanding
from howdeep.metrics import Unit
from howdeep.report.doing import doing
from howdeep.report.net_words import rates_words
from howdeep.report.printed import roomy
from howdeep.report.progress import CellView, View, round_left, study_left
from howdeep.report.rivals import rival_name
from howdeep.report.table import Bar, Column, Row, Table, row, titled
from howdeep.report.words import clean, depth, duration, plural, possible, unit


def draw(view: View, now: float, width: int, height: int) -> Lines:
    """Everything the terminal shows at `now`, fitted to its width and height."""
    plan = view.plan
    if plan is None:
        return Lines(Text("Preparing the study ..."))
    parts: list[RenderableType] = [_title(plan), _progress(view, now, width)]
    most = max(height - 9 - 2 * bool(view.rivals), 4)
    parts.append(roomy(ladder(view, plan, most), width))
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
    each = (
        f"{rival_name(plan, name)} ({metric.score(possible(plan.task.metric, score))})"
        for name, score in found
    )
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
    title = Text(f"{doing(view.round)}.", no_wrap=True, overflow="ellipsis")
    bar = Grid.grid(padding=(0, 1))
    bar.add_row(
        ProgressBar(total=max(total, 1), completed=view.done, width=max(10, width // 4)),
        Text(
            f"{view.done} of {total} batches, {_left(view, now)}", no_wrap=True, overflow="ellipsis"
        ),
    )
    return Lines(title, bar)


def _left(view: View, now: float) -> str:
    if view.round and view.done >= len(view.round.groups):
        return "comparing"
    return left_words(view, now)


def left_words(view: View, now: float) -> str:
    """How long this round still takes, and the study."""
    left, whole = round_left(view, now), study_left(view, now)
    if left is None:
        return "time left not known yet"
    words = f"about {duration(left)} left in it"
    return words if whole is None else f"{words}, about {duration(whole)} in all"


def standing_words(view: View) -> str:
    """Where the race stands, in one line.

    A depth is named only once the standing names it: before that it says how many are in the race.
    """
    standing = view.standing
    if standing is None or view.plan is None:
        return ""
    racing = [c for c in standing.cells if c.state == "alive"]
    out = sum(c.state == "dropped" for c in standing.cells)
    nets = plural(standing.seeds, "net")
    left = f"{plural(len(racing), 'depth')} still in question, {out} worse and out"
    words = [f"Compared, {nets} of each depth: {left}"]
    if standing.nothing_learnt:
        words.append("none is shown to beat guessing yet")
    found = [c.cell for c in standing.cells if c.cell.name == standing.enough]
    if found:
        settled = "" if standing.settled else ", not settled yet"
        name = depth(found[0], family=len(view.plan.families) > 1)
        words.append(f"enough so far: {name}{settled}")
    if standing.next == "extend":
        words.append("the deepest is still the best: going deeper")
    return "; ".join(words) + "."


# ---- the ladder ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Racer:
    """A cell as it is seen now, next to the scores of all that are shown: the subject here."""

    cell: Cell
    measure: str  # the metric's name
    seen: CellView
    standing: CellStanding | None  # None before the first look
    enough: bool  # the depth that the last look named
    span: tuple[float, float] = (0.0, 1.0)  # lowest and highest score shown

    @property
    def seeds(self) -> int:
        return max(len(self.seen.seeds), self.standing.seeds if self.standing else 0)

    @property
    def metric(self) -> Unit:
        return unit(self.measure)

    @property
    def known(self) -> float | None:
        """The score compared, else that on validation rows; None before there is any."""
        if self.standing is not None and self.standing.seeds:
            return self.standing.score
        vals = self.seen.vals
        found = sum(vals) / len(vals) if vals else self.seen.rate_score
        return None if found is None else possible(self.measure, found)


def _state(racer: Racer) -> tuple[str, str]:
    """(state, in words)."""
    standing = racer.standing
    if standing is None or standing.state == "waiting":
        if racer.seen.seeds:
            return "racing", "training"
        return ("racing", "rate found") if racer.seen.rates else ("waiting", "waiting")
    if standing.state == "unreliable":
        return "unreliable", "unreliable"
    if standing.state == "dropped":
        return "out", "worse, out"
    return ("enough", "enough so far") if racer.enough else ("racing", "in the race")


def _score(racer: Racer) -> str:
    """The compared score with the spread between seeds; in brackets what validation says so far."""
    metric, standing, score = racer.metric, racer.standing, racer.known
    if standing is not None and standing.seeds:
        return f"{metric.score(standing.score)} ±{metric.number(standing.seed_sd)}"
    return "" if score is None else f"({metric.score(score)})"


def _bar(racer: Racer) -> Bar | str:
    (low, high), score = racer.span, racer.known
    if score is None:
        return ""
    return Bar((score - low) / (high - low) if high > low else 1.0)


def _rates(racer: Racer) -> str:
    return rates_words(racer.seen.rates) if racer.seen.rates else ""


COLUMNS = (
    Column("depth", "depth", lambda racer: clean(racer.cell.name)),
    Column("layers", "layers", lambda racer: str(racer.cell.cost.weight_layers), "right"),
    Column("rate", "learning rate", _rates, drop=1),
    Column("seeds", "seeds", lambda racer: str(racer.seeds or ""), "right"),
    Column("score", "{metric}", _score, "right"),
    Column("bar", "", _bar, drop=1, width=12),
    Column("says", "", lambda racer: _state(racer)[1]),
)


def ladder(view: View, plan: Plan, most: int) -> Table:
    """The cells of the study as they stand, `most` rows of them."""
    metric = unit(plan.task.metric)
    cells, hidden = _fitting(view, plan, most)
    racers = [_racer(view, cell, plan.task.metric) for cell in cells]
    scores = [score for racer in racers if (score := racer.known) is not None]
    span = (min(scores), max(scores)) if scores else (0.0, 1.0)
    columns = titled(COLUMNS, metric=metric.name)
    racers = [replace(racer, span=span) for racer in racers]
    rows = [row(columns, racer, _state(racer)[0]) for racer in racers]
    if hidden:
        rows.append(Row({"depth": f"+ {hidden} more"}, "more"))
    return Table(columns, tuple(rows), roomy=76)


def _racer(view: View, cell: Cell, measure: str) -> Racer:
    found = view.standing
    standing = next((c for c in found.cells if c.cell.name == cell.name), None) if found else None
    enough = found is not None and found.enough == cell.name
    return Racer(cell, measure, view.cells.get(cell.name, CellView()), standing, enough)


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
