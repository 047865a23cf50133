"""What the live view knows: events folded into one frozen `View`, pure and without a clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from howdeep.base.events import Event, Finished, GroupDone, Looked, RoundStarted, Started
from howdeep.base.nouns import Plan
from howdeep.base.trials import Group, Round, Trial
from howdeep.base.verdicts import Standing, Verdict
from howdeep.judge.cut import worst_flops


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
    work_done: float = 0.0  # of this round in this sitting, in planned FLOPs
    work_total: float = 0.0
    study_flops: float = 0.0  # spent on nets in this sitting
    first_began: float = 0.0  # when the first round of this sitting did
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
    groups = event.round.groups
    total = sum(_work(view.plan, group) for group in groups)
    left = total * (1 - event.done / max(len(groups), 1))
    return replace(
        view,
        round=event.round,
        number=event.number,
        done=event.done,
        kept=event.done,
        round_began=now,
        first_began=view.first_began if view.study_flops else now,
        work_done=0.0,
        work_total=left,
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
        view,
        done=view.done + 1,
        seen=now,
        work_done=view.work_done + _work(view.plan, event.group),
        study_flops=view.study_flops + sum(trial.flops for trial in event.trials),
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


def _work(plan: Plan | None, group: Group) -> float:
    """Planned work of a group, up to a factor that is the same for all groups of a round."""
    return 1.0 if plan is None else worst_flops(plan, group)


def round_left(view: View, now: float) -> float | None:
    """Seconds left in this round at the pace of its finished groups; None before there is one."""
    if view.work_done <= 0:
        return None
    left = max(view.work_total - view.work_done, 0.0)
    pace = (view.seen - view.round_began) / view.work_done
    return max(pace * left - max(now - view.seen, 0.0), 0.0)


def study_left(view: View) -> float | None:
    """Seconds the study takes at most from here; None while nothing honest can be said.

    The plan counts the worst case (no depth dropped, no early stopping); a resumed sitting has
    not seen what was spent before.
    """
    plan = view.plan
    if plan is None or view.resumed or view.number < 2 or view.study_flops <= 0:
        return None
    left = max(plan.flops_planned - view.study_flops, 0.0)
    return (view.seen - view.first_began) * left / view.study_flops
