"""What to train next: learning rates, looks, widened rivals, classical models.

`next_round` is a pure function of complete rounds: the order of trials, the clock and the number
of workers cannot change it. docs/decision.md is the rule.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from howdeep.base.nouns import Cell, Plan, Rung, Stage
from howdeep.base.trials import Member, Round, Trial
from howdeep.base.verdicts import Standing
from howdeep.judge import encoding, rates, refine, rivals, widened
from howdeep.judge.cut import NetRequest, cut, folds_of, worst_flops
from howdeep.judge.fixed import fixed
from howdeep.judge.widened import Widened


def next_round(plan: Plan, trials: Sequence[Trial], standing: Standing | None) -> Round | None:
    """The next round, or None when nothing more is to be trained.

    `trials` are those of all complete rounds; `standing` is the look at them, None before the
    first look is complete.
    """
    if encoding_round := _encoding_round(plan, trials):
        return rivals.beside(plan, trials, encoding_round)
    plan = fixed(plan, trials)
    cells = first_cells(plan) if standing is None else _asked(plan, standing)
    if standing is not None and standing.next == "stop":
        return _widened_round(plan, trials, standing)
    found = _rate_round(plan, cells, trials) or _main_round(plan, cells, trials, standing)
    return rivals.beside(plan, trials, found) if standing is None else found


def first_cells(plan: Plan) -> tuple[Cell, ...]:
    """The cells trained from the start; the others of the plan are extensions."""
    return tuple(cell for cell in plan.cells if plan.first(cell))


def _asked(plan: Plan, standing: Standing) -> tuple[Cell, ...]:
    """The cells that go on: those the race has not dropped, or those that extend the ladder."""
    names = standing.extend if standing.next == "extend" else standing.alive
    return tuple(cell for cell in plan.cells if cell.name in names)


# ---- learning rates -----------------------------------------------------------------------------
def _encoding_round(plan: Plan, trials: Sequence[Trial]) -> Round | None:
    """Learning rates of the reference depths, for each encoding that may be taken."""
    jobs = [
        NetRequest(cell.name, cell.rung, cell.cost, _tuning(plan, cell, _each(plan, cell, ask)))
        for cell, ask in encoding.asked(plan, trials)
    ]
    return _round(plan, "rate", f"encodings and learning rates at {_blocks(jobs)}", jobs)


def _rate_round(plan: Plan, cells: Sequence[Cell], trials: Sequence[Trial]) -> Round | None:
    """Rates still to be tried; when there are none, more nets for those that are hard to tell."""
    found = rates.searches(plan, trials)
    asked = [(cell, *rates.wanted(plan, cell, found)) for cell in cells]
    if not any(ask for _, _, ask in asked):
        asked = refine.wanted(plan, cells, trials)
    jobs = [
        NetRequest(cell.name, cell.rung, cell.cost, _tuning(plan, cell, ask), longer)
        for cell, longer, ask in asked
        if ask
    ]
    return _round(plan, "rate", f"learning rates at {_blocks(jobs)}", jobs)


def _tuning(plan: Plan, cell: Cell, ask: rates.Ask) -> tuple[Member, ...]:
    """Members that try rates, in all folds or the first few."""
    folds = folds_of(plan, "rate", cell.name)
    order = sorted(ask, key=lambda pair: (pair[0], -pair[1]))
    return tuple(Member(seed, (rate,) * folds) for rate, seed in order)


def _each(plan: Plan, cell: Cell, ask: Iterable[int]) -> rates.Ask:
    return rates.each(ask, plan.ladder(cell).search)


def _blocks(jobs: Iterable[NetRequest]) -> str:
    some = sorted({job.rung.blocks for job in jobs})
    return _count(some[0]) if len(some) == 1 else ", ".join(map(str, some)) + " blocks"


def _count(blocks: int) -> str:
    return "1 block" if blocks == 1 else f"{blocks} blocks"


# ---- looks --------------------------------------------------------------------------------------
def _main_round(
    plan: Plan, cells: Sequence[Cell], trials: Sequence[Trial], standing: Standing | None
) -> Round | None:
    """Seeds up to the next look (or, extending, up to this one) at each cell's chosen rates."""
    look = 0 if standing is None else standing.look + (standing.next == "look")
    seeds = plan.looks[look]
    searches = rates.searches(plan, trials)
    jobs = []
    for cell in cells:
        have = {t.seed for t in trials if t.stage == "main" and t.cell == cell.name}
        found = searches[cell.name]
        chosen = (found.best,) * plan.folds
        members = [Member(s, chosen) for s in range(seeds) if s not in have]
        if members:
            jobs.append(NetRequest(cell.name, cell.rung, cell.cost, tuple(members), found.longer))
    extending = standing is not None and standing.next == "extend"
    more = f", {_blocks(jobs)}" if extending else ""
    return _round(plan, "main", f"look {look + 1}: {seeds} seeds{more}", jobs)


# ---- widened rivals -----------------------------------------------------------------------------
def _widened_round(plan: Plan, trials: Sequence[Trial], standing: Standing) -> Round | None:
    """What is next of the control; then of the twin, as far as the allowance reaches.

    The worst case that a plan is made for has one widened net in it, of the seeds that are sure.
    """
    enough = next((c for c in plan.cells if c.name == standing.enough), None)
    if enough is None:
        return None
    trained = {t.cell for t in trials if t.stage == "main"}
    for what, rival in widened.rivals(plan, trained, enough).items():
        asked = standing.control if what == "control" else standing.twin
        found = widened.widen(plan, rival, enough) if asked else ""
        if isinstance(found, str):
            continue
        planned = _of_widened(plan, trials, found, asked)
        sure = what == "control" and asked <= (plan.sure_seeds or asked)
        if planned is not None and (sure or _affordable(plan, trials, planned, asked)):
            return planned
    return None


def _affordable(plan: Plan, trials: Iterable[Trial], planned: Round, seeds: int) -> bool:
    """Whether a round at its worst stays within the allowance, after what was really spent.

    Learning rates are of use only where the seeds that come after them are affordable, too.
    """
    spent = math.fsum(t.flops for t in trials if isinstance(t.rung, Rung))
    worst = math.fsum(worst_flops(plan, group) for group in planned.groups)
    if planned.stage == "control_rate":
        group = planned.groups[0]
        whole = Member(0, (0,) * plan.folds)
        tried = worst_flops(plan, replace(group, members=(whole,)))
        worst += seeds * tried / plan.ladder(plan.cell(group.cell)).search.steps
    return spent + worst <= max(plan.allowance, plan.flops_planned)


def _of_widened(plan: Plan, trials: Sequence[Trial], of: Widened, count: int) -> Round | None:
    """A widened rival: its rate walked from that of the cell it is near to, then its next seeds.

    It may take as many steps as either of the nets that it stands between.
    """
    enough, near = of.enough, of.near
    title = f"control for {enough.name}: {_count(of.rung.blocks)}, width {of.rung.width}"
    mine = [t for t in trials if t.cell == enough.name and t.rung == of.rung]
    searched = [t for t in mine if t.stage == "control_rate"]
    if searched and all(t.failed for t in searched):
        return None  # its rates could not be tried: at any other the comparison would be unfair
    tried = rates.tried(searched)
    search, done = plan.ladder(enough).search, rates.searches(plan, trials)
    longer = max(done[c.name].longer for c in (enough, near))
    start = rates.around([done[near.name].best], search)
    ask = sorted(rates.still_to_try(start, tried, search))
    if ask:
        members = _tuning(plan, enough, _each(plan, enough, ask))
        job = NetRequest(enough.name, of.rung, of.cost, members, longer, of.most)
        return _round(plan, "control_rate", f"learning rates, {title}", [job])
    seeds = sorted(t.seed for t in trials if t.stage == "main" and t.cell == enough.name)
    have = {t.seed for t in mine if t.stage == "control"}
    missing = [seed for seed in seeds[:count] if seed not in have]
    chosen = (rates.best(tried, search.step),) * plan.folds
    members = tuple(Member(seed, chosen) for seed in missing)
    job = NetRequest(enough.name, of.rung, of.cost, members, longer, of.most)
    return _round(plan, "control", f"{title}, {count} seeds", [job])


def _round(plan: Plan, stage: Stage, title: str, jobs: Sequence[NetRequest]) -> Round | None:
    some = [job for job in jobs if job.members]
    return Round(stage, title, cut(plan, stage, some)) if some else None
