"""What to train next: learning rates, looks, the parameter-matched control, classical models.

`next_round` is a pure function of complete rounds: the order of trials, the clock and the number
of workers cannot change it. docs/decision.md is the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from howdeep.base.nouns import Cell, Cost, Plan, Rung, Stage
from howdeep.base.trials import Member, Round, Trial
from howdeep.base.verdicts import Standing
from howdeep.judge import encoding, rates, rivals
from howdeep.judge.cut import Job, cut, folds_of
from howdeep.judge.fixed import fixed

PARAMETERS_MATCH = 0.02  # the control's parameters differ by no more than this share


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
        return _control_round(plan, trials, standing) if standing.control else None
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
        Job(cell.name, cell.rung, cell.cost, _tuning(plan, cell, sorted(ask)))
        for cell, ask in encoding.asked(plan, trials)
    ]
    return _round(plan, "rate", f"encodings and learning rates at {_blocks(jobs)}", jobs)


def _rate_round(plan: Plan, cells: Iterable[Cell], trials: Iterable[Trial]) -> Round | None:
    found = rates.searches(plan, trials)
    jobs = []
    for cell in cells:
        longer, ask = rates.wanted(plan, cell, found)
        if ask:
            members = _tuning(plan, cell, sorted(ask))
            jobs.append(Job(cell.name, cell.rung, cell.cost, members, longer))
    return _round(plan, "rate", f"learning rates at {_blocks(jobs)}", jobs)


def _tuning(plan: Plan, cell: Cell, ask: Iterable[int]) -> tuple[Member, ...]:
    """Members that try each rate with each tuning seed, in all folds or the first few."""
    search = plan.ladder(cell).search
    folds = folds_of(plan, "rate", cell.name)
    seeds = rates.tuning_seeds(search)
    return tuple(Member(seed, (rate,) * folds) for rate in ask for seed in seeds)


def _blocks(jobs: Iterable[Job]) -> str:
    some = sorted({job.rung.blocks for job in jobs})
    return _count(some[0]) if len(some) == 1 else ", ".join(map(str, some)) + " blocks"


def _count(blocks: int) -> str:
    return "1 block" if blocks == 1 else f"{blocks} blocks"


# ---- looks --------------------------------------------------------------------------------------
def _main_round(
    plan: Plan, cells: Iterable[Cell], trials: Sequence[Trial], standing: Standing | None
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
            jobs.append(Job(cell.name, cell.rung, cell.cost, tuple(members), found.longer))
    extending = standing is not None and standing.next == "extend"
    more = f", {_blocks(jobs)}" if extending else ""
    return _round(plan, "main", f"look {look + 1}: {seeds} seeds{more}", jobs)


# ---- the control --------------------------------------------------------------------------------
def control_of(
    plan: Plan, trials: Iterable[Trial], standing: Standing
) -> tuple[Cell, Cell, Rung, Cost] | None:
    """Depth, or parameters? The cell that is enough, its shallower rival, the rival widened.

    None where the question has no meaning: no cell is enough, it has fewer than two blocks, no
    shallower depth of its family was trained, or no width matches its parameters within 2 %.
    """
    from howdeep.training import ladder  # here, because it imports torch

    enough = next((c for c in plan.cells if c.name == standing.enough), None)
    if enough is None or enough.blocks < 2:
        return None
    trained = {t.cell for t in trials if t.stage == "main"}
    rivals = [
        c
        for c in plan.cells
        if c.family == enough.family and 1 <= c.blocks < enough.blocks and c.name in trained
    ]
    if not rivals:
        return None
    rival = max(rivals, key=lambda c: c.blocks)
    wide = ladder.matched(rival.rung, enough.cost.parameters)
    cost = ladder.cost(wide)
    if abs(cost.parameters / enough.cost.parameters - 1) > PARAMETERS_MATCH:
        return None
    return enough, rival, wide, cost


def _control_round(plan: Plan, trials: Sequence[Trial], standing: Standing) -> Round | None:
    """The widened rival: its rate walked from the one it was transferred, then its next seeds.

    It may take as many steps as either of the nets that it stands between.
    """
    found = control_of(plan, trials, standing)
    if found is None:
        return None
    enough, rival, wide, cost = found
    title = f"control for {enough.name}: {_count(rival.blocks)}, width {wide.width}"
    mine = [t for t in trials if t.cell == enough.name and t.rung == wide]
    searched = [t for t in mine if t.stage == "control_rate"]
    if searched and all(t.failed for t in searched):
        return None  # its rates could not be tried: at any other the comparison would be unfair
    tried = rates.tried(searched)
    search, done = plan.ladder(enough).search, rates.searches(plan, trials)
    longer = max(done[c.name].longer for c in (enough, rival))
    start = rates.around([done[rival.name].best], search)
    ask = sorted(rates.still_to_try(start, tried, search))
    if ask:
        job = Job(enough.name, wide, cost, _tuning(plan, enough, ask), longer)
        return _round(plan, "control_rate", f"learning rates, {title}", [job])
    seeds = sorted(t.seed for t in trials if t.stage == "main" and t.cell == enough.name)
    have = {t.seed for t in mine if t.stage == "control"}
    missing = [seed for seed in seeds[: standing.control] if seed not in have]
    chosen = (rates.best(tried, search.step),) * plan.folds
    members = tuple(Member(seed, chosen) for seed in missing)
    title = f"{title}, {standing.control} seeds"
    return _round(plan, "control", title, [Job(enough.name, wide, cost, members, longer)])


def _round(plan: Plan, stage: Stage, title: str, jobs: Sequence[Job]) -> Round | None:
    some = [job for job in jobs if job.members]
    return Round(stage, title, cut(plan, stage, some)) if some else None
