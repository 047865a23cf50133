"""How long a study will still take: what is left to do, at the pace of what was done.

The work that is left follows from the plan, as far as it is not known yet: learning rates by the
usual length of their search, seeds up to the look at which such studies end. The seconds that a
piece of work takes are those measured in this sitting. Shown to people; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from howdeep.base import limits
from howdeep.base.nouns import Cell, Model, Plan
from howdeep.base.trials import Group, Round
from howdeep.base.verdicts import Standing
from howdeep.judge.cut import worst_flops
from howdeep.nets import ladder

RATES = ("rate", "control_rate")
Kinds = dict[str, float]  # by "net" and "model"
# Seconds of a core of 2025 for a piece of work, of which nets that end early do less than planned.
USUAL_PACE: Kinds = {
    "net": limits.SPENT / limits.RIVAL_FLOPS / 1e9,
    "model": 1 / limits.RIVAL_FLOPS / 1e9,
}
# Of all the work of a kind: what was measured on as much counts as much as the usual pace. Nets are
# much alike, a model tells little of the next.
TRUSTED: Kinds = {"net": 0.03, "model": 0.3}


@dataclass(frozen=True)
class Pace:
    """What was done in this sitting, in planned work, and how long it took.

    `seconds` are those of all `workers` together, by kind. Of rounds that have ended: `whole`
    seconds of the clock, in which the workers were `busy` for so many.
    """

    workers: int = 1
    done: Kinds = field(default_factory=dict)
    seconds: Kinds = field(default_factory=dict)
    whole: float = 0.0
    busy: float = 0.0

    def after(self, plan: Plan, group: Group, seconds: float) -> Pace:
        """With one more group done."""
        kind = kind_of(group)
        done = {**self.done, kind: self.done.get(kind, 0.0) + worst_flops(plan, group)}
        taken = {**self.seconds, kind: self.seconds.get(kind, 0.0) + seconds}
        return replace(self, done=done, seconds=taken)

    def ended(self, whole: float) -> Pace:
        """After a round that took so many seconds of the clock."""
        return replace(self, whole=self.whole + whole, busy=sum(self.seconds.values()))

    def takes(self, left: Kinds) -> float | None:
        """Seconds of the clock for so much work; None while nothing was measured.

        The usual pace is what the first groups are measured against: one kind of work tells of the
        other how fast the machine is.
        """
        measured = sum(self.seconds.values())
        if measured <= 0:
            return None
        trusted = {k: TRUSTED[k] * (self.done.get(k, 0.0) + left.get(k, 0.0)) for k in USUAL_PACE}
        usual = sum(trusted[k] * pace for k, pace in USUAL_PACE.items())
        meant = sum(self.done.get(k, 0.0) * pace for k, pace in USUAL_PACE.items())
        slow = (measured + usual) / (meant + usual)
        needed = 0.0
        for kind, pace in USUAL_PACE.items():
            known = self.done.get(kind, 0.0) + trusted[kind]
            if known and left.get(kind):
                taken = self.seconds.get(kind, 0.0) + trusted[kind] * pace * slow
                needed += left[kind] * taken / known
        idle = self.whole * self.workers / self.busy if self.busy else 1.0
        return needed * idle / self.workers


def kind_of(group: Group) -> str:
    return "model" if isinstance(group.rung, Model) else "net"


def work_of(plan: Plan, groups: Iterable[Group]) -> Kinds:
    """Planned work by kind."""
    out: Kinds = {}
    for group in groups:
        out[kind_of(group)] = out.get(kind_of(group), 0.0) + worst_flops(plan, group)
    return out


def later(plan: Plan, standing: Standing | None, now: Round, asked: Kinds) -> float:
    """Work of nets that is expected after the round `now`; `asked`: by stage, this round's too."""
    if now.stage in ("rate", "main"):
        tried = asked.get("rate", 0.0)
        rates = max(_rates(plan) - tried, 0.0) if now.stage == "rate" else 0.0
        return rates + _main(plan, standing, now) + _control(plan, standing)
    widened = sum(asked.get(stage, 0.0) for stage in ("control_rate", "control"))
    return max(_control(plan, standing) - widened, 0.0)


def _rates(plan: Plan) -> float:
    """What all searches for learning rates take, as a rule."""
    return sum(_net(plan, cell) * _tried(plan, cell) for cell in _first(plan))


def _tried(plan: Plan, cell: Cell) -> float:
    return ladder.nets(plan.ladder(cell), cell.blocks, 0, plan.folds)


def _main(plan: Plan, standing: Standing | None, now: Round) -> float:
    """Seeds of the cells in the race from after this round to the look that is likely the last."""
    if standing is not None and standing.next != "look":
        return 0.0
    have = standing.seeds if standing else 0
    if now.stage == "main":
        have = _look_at(plan, have + 1)
    alive = None if standing is None else standing.alive
    cells = [c for c in _first(plan) if alive is None or c.name in alive]
    return max(ends_at(plan, standing) - have, 0.0) * sum(_net(plan, cell) for cell in cells)


def ends_at(plan: Plan, standing: Standing | None) -> float:
    """Seeds at the look that is likely the last: the usual ones, where a depth is named.

    While none is it may as well be the look after them, and what lies in between is expected.
    """
    if not plan.sure_seeds:
        return plan.looks[-1]
    usual = limits.USUAL_SEEDS_IN_FOLDS if plan.folds > 1 else limits.USUAL_SEEDS
    last = _look_at(plan, usual)
    if standing is not None and (standing.enough or standing.seeds >= last):
        return max(last, _look_at(plan, standing.seeds + 1))
    return (last + _look_at(plan, last + 1)) / 2


def _look_at(plan: Plan, seeds: int) -> int:
    """The first look of at least so many seeds; the last where there is none."""
    return next((n for n in plan.looks if n >= seeds), plan.looks[-1])


def _control(plan: Plan, standing: Standing | None) -> float:
    """What widened nets take: of the depth that is named, or while none is of the first left."""
    name = (standing.enough or standing.at_least) if standing else ""
    if standing is None or not name:
        return 0.0
    cell = plan.cell(name)
    if cell.blocks < 2:
        return 0.0
    counts = [standing.seeds] * 2
    if standing.next == "stop":
        counts = [standing.control, standing.twin]
    each = ladder.WALK * ladder.tuning(plan.ladder(cell), plan.folds)
    return sum(_net(plan, cell) * (n + each) for n in counts if n)


def _first(plan: Plan) -> Iterator[Cell]:
    return (cell for cell in plan.cells if plan.first(cell))


def _net(plan: Plan, cell: Cell) -> float:
    """Work of one net in all folds."""
    return ladder.net_flops(cell.cost, plan.ladder(cell).recipe, plan.folds)
