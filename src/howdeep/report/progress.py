"""What the live view knows: events folded into one frozen `View`, pure and without a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from howdeep.base.events import Event, Finished, GroupDone, Looked, RoundStarted, Started
from howdeep.base.nouns import Plan
from howdeep.base.trials import Round, Trial
from howdeep.base.verdicts import Standing, Verdict
from howdeep.judge.cut import worst_flops
from howdeep.report import left
from howdeep.report.left import Kinds, Pace


@dataclass(frozen=True)
class CellView:
    """What has been seen of one cell so far."""

    rates: tuple[int, ...] = ()  # of its latest trials in the race, else the best one searched
    rate_score: float | None = None  # of that best one
    seeds: frozenset[int] = frozenset()
    vals: tuple[float, ...] = ()  # validation scores of the nets in the race


@dataclass(frozen=True)
class View:
    """The state of a study as its audience sees it. Times are seconds of the caller's clock."""

    plan: Plan | None = None
    study: str = ""
    resumed: bool = False
    began: float = 0.0
    round: Round | None = None
    number: int = 0
    done: int = 0  # groups of this round
    kept: int = 0  # of them, already on disk when the round began
    round_began: float = 0.0
    seen: float = 0.0  # when the last group came in
    pace: Pace = field(default_factory=Pace)  # of this sitting
    undone: Kinds = field(default_factory=dict)  # planned work that is left of this round
    asked: Kinds = field(default_factory=dict)  # planned work of nets so far, by stage
    cells: dict[str, CellView] = field(default_factory=dict)
    rivals: dict[str, float] = field(default_factory=dict)  # classical models on validation rows
    standing: Standing | None = None
    troubles: tuple[str, ...] = ()
    verdict: Verdict | None = None


def advance(view: View, event: Event, now: float) -> View:
    """The view after one more event, seen at `now`."""
    match event:
        case Started():
            return replace(
                view, plan=event.plan, study=event.study, resumed=event.resumed, began=now
            )
        case RoundStarted():
            return _round(view, event, now)
        case GroupDone():
            return _group(view, event, now)
        case Looked():
            return replace(view, standing=event.standing)
        case Finished():
            return replace(view, verdict=event.verdict)


def _round(view: View, event: RoundStarted, now: float) -> View:
    groups, asked = event.round.groups, dict(view.asked)
    if view.plan is None:
        return replace(view, round=event.round, number=event.number)
    whole = left.work_of(view.plan, groups)
    stage = event.round.stage
    asked[stage] = asked.get(stage, 0.0) + whole.get("net", 0.0)
    share = 1 - event.done / max(len(groups), 1)
    return replace(
        view,
        round=event.round,
        number=event.number,
        done=event.done,
        kept=event.done,
        round_began=now,
        seen=now,
        undone={kind: share * amount for kind, amount in whole.items()},
        asked=asked,
    )


def _group(view: View, event: GroupDone, now: float) -> View:
    if event.state == "lost":
        return replace(view, troubles=(*view.troubles, f"{event.group.cell}: {event.reason}"))
    cells = dict(view.cells)
    rivals = dict(view.rivals)
    if event.group.stage == "rival" and event.state == "done":
        vals = [v for trial in event.trials for v in trial.val if v is not None]
        rivals[event.group.cell] = sum(vals) / max(len(vals), 1)
    if event.group.stage in ("rate", "main"):
        cells[event.group.cell] = _cell(cells.get(event.group.cell, CellView()), event.trials)
    troubles = (f"{event.group.cell}: {event.reason}",) if event.state == "failed" else ()
    return replace(
        _paced(view, event, now),
        done=view.done + 1,
        seen=now,
        cells=cells,
        rivals=rivals,
        troubles=(*view.troubles, *troubles),
    )


def _cell(cell: CellView, trials: Iterable[Trial]) -> CellView:
    for trial in trials:
        vals = [v for v in trial.val if v is not None]
        score = sum(vals) / len(vals) if vals else None
        if trial.stage == "main":
            cell = replace(
                cell,
                rates=trial.rates,
                seeds=cell.seeds | {trial.seed},
                vals=cell.vals if score is None else (*cell.vals, score),
            )
        elif score is not None and not cell.seeds and score > (cell.rate_score or -float("inf")):
            cell = replace(cell, rates=trial.rates, rate_score=score)
    return cell


def _paced(view: View, event: GroupDone, now: float) -> View:
    """With the group's work done, and what it took."""
    plan, kind = view.plan, left.kind_of(event.group)
    if plan is None or view.round is None:
        return view
    amount = worst_flops(plan, event.group)
    undone = {**view.undone, kind: max(view.undone.get(kind, 0.0) - amount, 0.0)}
    pace = view.pace.after(plan, event.group, event.seconds)
    if view.done + 1 == len(view.round.groups):
        undone, pace = {}, pace.ended(now - view.round_began)
    return replace(view, undone=undone, pace=pace)


def round_left(view: View, now: float) -> float | None:
    """Seconds left in this round; None before one of its groups, or an earlier one, is done."""
    return _left(view, view.undone, now)


def study_left(view: View, now: float) -> float | None:
    """Seconds that the study still takes, as a rule; None while nothing was measured.

    A resumed sitting has not seen which learning rates were tried before, so that nothing is said
    until it is past them.
    """
    plan, round = view.plan, view.round
    if plan is None or round is None or (view.resumed and round.stage in left.RATES):
        return None
    later = left.later(plan, view.standing, round, view.asked)
    return _left(view, {**view.undone, "net": view.undone.get("net", 0.0) + later}, now)


def _left(view: View, work: Kinds, now: float) -> float | None:
    """Seconds for this work from now, where the last group came in a while ago.

    What takes longer than expected is not done before long: a tenth of it stays.
    """
    found = view.pace.takes(work)
    return None if found is None else max(found - max(now - view.seen, 0.0), found / 10)
