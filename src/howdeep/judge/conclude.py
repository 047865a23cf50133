"""The answer and all its evidence: trials to a `Verdict`, by the rule of docs/decision.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from howdeep.base import keys
from howdeep.base.limits import CAPPED_SHARE
from howdeep.base.nouns import LINEAR, Plan, Status
from howdeep.base.trials import Trial
from howdeep.base.verdicts import (
    CellStanding,
    CellSummary,
    Collapse,
    Interval,
    Standing,
    ToSettle,
    Verdict,
)
from howdeep.judge import compare, settle
from howdeep.judge import race as racing
from howdeep.judge.control import controls
from howdeep.judge.encoding import taken
from howdeep.judge.look import standing
from howdeep.judge.provisional import provisional
from howdeep.judge.reported import test_score
from howdeep.judge.rivals import compared
from howdeep.judge.row_scores import RowScores, nets
from howdeep.judge.state import Race

MIXED = (
    "Its nets were trained on more than one platform (other processors or versions of PyTorch): "
    "the same seeds need not give the same verdict again."
)
ROUNDED = (
    "Its nets were trained in bf16 (what the products of training take is rounded) and scored in "
    "fp32."
)


def conclude(
    plan: Plan,
    trials: Sequence[Trial],
    rows: RowScores,
    *,
    stopped_by: str = "",
    mixed: bool = False,
) -> Verdict:
    """Replay all completed looks and conclude; the digest covers what that shows.

    What is handed over until a depth is named follows from it, and is not in the digest.

    `mixed`: the trials come from more than one platform, which the verdict then says.
    """
    race = racing.replay(plan, trials, rows)
    last = standing(race, trials)
    status, chosen = _status(race)
    notes = (MIXED,) * mixed + (ROUNDED,) * _rounded(plan) + _notes(race, last)
    verdict = _on_depth(race, last, trials, status, chosen)
    verdict = _beside(verdict, race, trials, chosen)
    verdict = dataclasses.replace(
        verdict, encoding=taken(plan, tuple(trials)), stopped_by=stopped_by, notes=notes
    )
    later = provisional(race, status, chosen)
    return dataclasses.replace(verdict, digest=keys.digest(verdict), provisional=later)


def _on_depth(
    race: Race, last: Standing, trials: Sequence[Trial], status: Status, chosen: int | None
) -> Verdict:
    """What is said of depth. Where nothing was learnt that is nothing: no depth is named."""
    plan, nothing = race.plan, status == "nothing_learnt"
    cell = None if chosen is None else plan.cells[chosen]
    enough = None if nothing else racing.enough(race)
    families = () if nothing else compare.family_ranges(race, last.cells)
    found = controls(race, last, trials, chosen)
    over = racing.over_guess(race)
    return Verdict(
        status=status,
        family=None if cell is None else cell.family,
        blocks=None if cell is None else cell.blocks,
        weight_layers=None if cell is None else cell.cost.weight_layers,
        parameters=None if cell is None else cell.cost.parameters,
        enough=compare.ref(race, enough),
        at_least=None if nothing else compare.ref(race, racing.at_least(race)),
        settled=last.settled,
        epsilon=plan.epsilon,
        confidence=plan.confidence,
        metric=plan.task.metric,
        seeds=last.seeds,
        looks=plan.looks[: last.look + 1],
        cells=_summaries(race, last),
        candidates=compare.refs(race, compare.candidates(race)),
        price=compare.prices(race, chosen if status == "extend" else enough),
        diminishing=None if nothing else compare.ref(race, compare.diminishing(race)),
        families=families,
        families_disagree=compare.disagree(race, families),
        control=found["control"][0],
        control_why=found["control"][1],
        budget_limited=_budget_limited(race),
        to_settle=_to_settle(race, status, last.settled),
        resolvable=settle.resolvable(race),
        constant=float(race.rows.constant("select").mean()),
        plain=None,
        test_score=test_score(race, chosen),
        could=over.could if nothing and over is not None else None,
        ended=race.ended,
        collapse=_collapse(race, chosen),
        twin=found["twin"][0],
        twin_why=found["twin"][1],
    )


def _beside(verdict: Verdict, race: Race, trials: Sequence[Trial], chosen: int | None) -> Verdict:
    """The verdict with the classical models."""
    found = compared(race, trials, chosen, guessing=verdict.status == "nothing_learnt")
    return dataclasses.replace(
        verdict,
        plain=next((r.score for r in found.rivals if r.name == "plain"), None),
        rivals=found.rivals,
        rival=found.winner,
        rivals_against=compare.ref(race, found.against),
        best_net=compare.ref(race, found.best),
    )


def _to_settle(race: Race, status: Status, settled: bool) -> ToSettle | None:
    """What would settle what is open: which depth, or whether there is anything to be learnt."""
    if status == "nothing_learnt":
        return settle.to_learn(race)
    is_open = status == "undetermined" or (status == "recommended" and not settled)
    return settle.to_settle(race) if is_open else None


def _status(race: Race) -> tuple[Status, int | None]:
    """The status, in order of precedence, and the cell that it reports."""
    if len(race.reliable) < 2:
        return "unreliable", None
    if racing.nothing_learnt(race):
        return "nothing_learnt", None
    best = racing.may_gain(race) if race.look >= 0 else None
    if best is not None:
        return "extend", best
    enough = racing.enough(race)
    if enough is None:
        return "undetermined", None
    linear = race.plan.cells[enough].family == LINEAR
    return ("no_depth_needed" if linear else "recommended"), enough


def _summaries(race: Race, last: Standing) -> tuple[CellSummary, ...]:
    found = racing.over_guess(race)
    pairs = () if found is None else zip(found.cells, found.over, strict=True)
    over = {race.name(c): interval for c, interval in pairs}
    return tuple(_summary(race, s, over.get(s.cell.name)) for s in last.cells)


def _summary(race: Race, s: CellStanding, over_guess: Interval | None) -> CellSummary:
    """A cell's standing next to what its training showed; a share or mean of nothing is 0."""
    trials = race.trials.get(s.cell.name, ())[: s.seeds]
    folds = sum(len(t.steps) for t in trials)
    return CellSummary(
        standing=s,
        rates=trials[0].rates if trials else (),
        val=_mean(v for t in trials for v in _known(t.val, t.floor)),
        train=_mean(v for t in trials for v in _known(t.train, t.floor)),
        steps=_mean(step for t in trials for step in t.steps),
        capped=sum(t.capped for t in trials) / folds if folds else 0.0,
        flops=_mean(t.flops for t in trials),
        nets=folds,
        cap=max((t.cap for t in trials), default=0),
        over_guess=over_guess,
    )


def _known(values: Iterable[float | None], floor: Sequence[float]) -> Iterable[float]:
    """Values by fold, the constant predictor's where a fold has none."""
    return (f if v is None else v for v, f in zip(values, floor, strict=False))


def _mean(values: Iterable[float]) -> float:
    some = [float(v) for v in values]
    return sum(some) / len(some) if some else 0.0


def _collapse(race: Race, c: int | None) -> Collapse | None:
    found = None if c is None else race.collapses.get(c)
    return None if found is None else Collapse(found.seen, found.nets, found.high)


def _rounded(plan: Plan) -> bool:
    return any(ladder.recipe.precision == "bf16" for ladder in plan.ladders)


def _budget_limited(race: Race) -> bool:
    """Whether over 20 % of some cell's nets were ended by the step cap, not by their own scores."""
    return any(
        sum(t.capped for t in mine) > CAPPED_SHARE * sum(len(t.steps) for t in mine)
        for mine in race.trials.values()
    )


def _notes(race: Race, last: Standing) -> tuple[str, ...]:
    """What went wrong in training, a sentence for each cell concerned."""
    out = []
    for s in last.cells:
        mine = race.trials.get(s.cell.name, ())[: s.seeds]
        lost = sum(nets(t) for t in mine if t.failed)
        diverged = s.diverged - lost
        if lost:
            out.append(f"{s.cell.name}: {_nets(lost)} lost, scored as the constant predictor")
        if diverged:
            out.append(
                f"{s.cell.name}: {_nets(diverged)} diverged, scored as the constant predictor"
            )
        fallen = race.collapses.get(race.plan.cells.index(race.plan.cell(s.cell.name)))
        if s.state != "unreliable" and fallen is not None and fallen.seen > s.diverged:
            out.append(
                f"{s.cell.name}: {fallen.seen} of {_nets(fallen.nets)} collapsed, far below others"
            )
        if s.state == "unreliable":
            out.append(f"{s.cell.name}: too many of its {s.seeds} seeds failed; it is left out")
    return tuple(out)


def _nets(count: int) -> str:
    return f"{count} net" if count == 1 else f"{count} nets"
