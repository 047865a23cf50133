"""The experiments: the worse rung trained longer, and at other rates, with the study's own seeds.

Its nets begin with the weights and the order of rows that the study's had, so that one thing
differs at a time. What is trained takes no more operations than the study did, and is chosen on
validation rows and compared on rows that chose nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from howdeep import executors
from howdeep.base.nouns import Cell, Plan, Rung
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Interval
from howdeep.executors import Executor, Setup
from howdeep.executors.crew import cores
from howdeep.judge.fixed import fixed
from howdeep.reasons.bench import Bench, Net, Tell
from howdeep.reasons.compare import by_rows, by_seeds, says
from howdeep.reasons.nouns import Cause, Name, Reason
from howdeep.store.study import Study

SEEDS = (8, 5, 3)  # of each comparison: the most that the allowance reaches for
WALK = (-2, -1, 1, 2)  # octaves from the rate taken
FEW = 2  # seeds that walk
REACH = 4  # octaves to either side at most
PARTS = 5  # intervals of one rung that hold together: the loss and its four causes


@dataclass(frozen=True)
class Worse:
    """A rung to explain, with its trials, and the best cell of its family with its own."""

    cell: Cell
    mine: tuple[Trial, ...]
    best: Cell
    theirs: tuple[Trial, ...]


@dataclass(frozen=True, eq=False)
class Pair:
    """The nets of both at the same seeds, and the steps that the worse ones were given at most."""

    cell: Cell
    best: str
    mine: list[Net]
    theirs: list[Net]
    cap: int


def tested(
    study: Study, jobs: int | None, cells: Sequence[str], share: float, tell: Tell
) -> tuple[Reason, ...]:
    """`explain` with the executor that suits this machine; `jobs` worker processes."""
    setup = Setup(study.begun_on().get("device", "cpu"), jobs or cores())
    executor = executors.get(executors.suited(setup))(setup)
    try:
        return explain(study, executor, cells=cells, share=share, tell=tell)
    finally:
        executor.close()


def explain(
    study: Study,
    executor: Executor,
    *,
    cells: Sequence[str] = (),
    share: float = 1.0,
    tell: Tell = lambda what, done: None,
) -> tuple[Reason, ...]:
    """Why the rungs of a finished study that are deeper and worse are so, the least deep first.

    A rung is worse where its mean score is below that of the best of its family, shallower than it.
    `cells`: only these of them. `share` of the operations that the study took may be used again.

    Raises:
        StudyError: the study is damaged.
    """
    task, trials = study.task(), [trial for trial in study.trials() if not trial.failed]
    nets = [trial for trial in trials if isinstance(trial.rung, Rung)]
    plan = fixed(study.plan, trials)
    bench = Bench(study, plan, task, executor, share * sum(t.flops for t in nets), tell)
    rungs = [one for one in worse(bench, nets) if not cells or one.cell.name in cells]
    found = []
    for i, one in enumerate(rungs):
        bench.allowed = bench.spent + (bench.whole - bench.spent) / (len(rungs) - i)
        found.append(_explained(bench, one))
    return tuple(found)


def worse(bench: Bench, nets: Sequence[Trial]) -> list[Worse]:
    """The rungs to explain: of each family those deeper than its best one, with a lower score."""
    by_cell: dict[str, list[Trial]] = {}
    for trial in nets:
        if trial.stage == "main":
            by_cell.setdefault(trial.cell, []).append(trial)
    score = {
        name: float(np.mean([net.score for net in bench.have(own)]))
        for name, own in by_cell.items()
    }
    found = []
    for family in dict.fromkeys(cell.rung.family for cell in bench.plan.cells):
        own = _family(bench.plan, family, by_cell)
        best = max(own, key=lambda c: score[c.name], default=None)
        for cell in own:
            if best and cell.blocks > best.blocks and score[cell.name] < score[best.name]:
                sides = tuple(by_cell[cell.name]), tuple(by_cell[best.name])
                found.append(Worse(cell, sides[0], best, sides[1]))
    return found


def _family(plan: Plan, family: str, trained: dict[str, list[Trial]]) -> list[Cell]:
    """The cells of a family and the one of zero blocks that it shares, shallow first."""
    own = [c for c in plan.cells if (c.family == family or not c.blocks) and c.name in trained]
    return sorted(own, key=lambda c: c.blocks)


# ---- one rung -----------------------------------------------------------------------------------
def _explained(bench: Bench, one: Worse) -> Reason:
    level = 1 - (1 - bench.plan.confidence) / PARTS
    before, cap = bench.spent, one.mine[0].cap
    walked = _walk(bench, one, cap)
    pair = _pair(bench, one, cap)
    causes = (
        *_trained(bench, pair, level),
        _budget(bench, pair, level),
        _rate(bench, pair, level, walked),
    )
    loss = by_rows([n.select for n in pair.theirs], [n.select for n in pair.mine], level)
    spent = bench.spent - before
    return Reason(pair.cell.name, pair.best, loss, causes, bench.plan.confidence, spent)


def _pair(bench: Bench, one: Worse, cap: int) -> Pair:
    """Both sides at the same seeds: those of the study, and more where the allowance reaches.

    A third of what is allowed is kept for the other experiments.
    """
    mine, theirs = bench.have(one.mine), bench.have(one.theirs)
    held = bench.allowed
    bench.allowed -= (held - bench.spent) * 2 / 3
    for seeds in SEEDS:
        more = [_more(bench, c, nets, at, seeds) for c, nets, at in (
            (one.cell, mine, cap), (one.best, theirs, one.theirs[0].cap),
        )]  # fmt: skip
        if None not in more:
            mine, theirs = mine + (more[0] or []), theirs + (more[1] or [])
            break
    bench.allowed = held
    both = {n.seed for n in mine} & {n.seed for n in theirs}
    mine, theirs = ([n for n in side if n.seed in both] for side in (mine, theirs))
    return Pair(one.cell, one.best.name, mine, theirs, cap)


def _more(bench: Bench, cell: Cell, have: list[Net], cap: int, seeds: int) -> list[Net] | None:
    """Nets of the seeds that are missing to `seeds` of them; None where that is too much."""
    missing = [seed for seed in range(seeds) if seed not in {net.seed for net in have}]
    if not missing:
        return []
    rates = dict.fromkeys(missing, have[0].rates)
    return bench.train(cell, rates, cap, f"{len(missing)} more seeds")


def _trained(bench: Bench, pair: Pair, level: float) -> tuple[Cause, Cause]:
    """What it loses on training rows; and from there to others, over what the best one loses."""
    known = [
        (a.train, a.score, b.train, b.score)
        for a, b in zip(pair.mine, pair.theirs, strict=True)
        if a.train is not None and b.train is not None
    ]
    effects: tuple[tuple[Name, list[float], str], ...] = (
        ("optimisation", [b - a for a, _, b, _ in known], "score on training rows, against"),
        (
            "generalisation",
            [(a - seen) - (b - other) for a, seen, b, other in known],
            "gap between training rows and new ones, against that of",
        ),
    )
    few = "too few nets have a score on training rows"
    first, second = (
        _untested(name, few)
        if len(each) < 2
        else _caused(bench, name, by_seeds(each, level), len(each), f"{why} {pair.best}")
        for name, each, why in effects
    )
    return first, second


def _budget(bench: Bench, pair: Pair, level: float) -> Cause:
    """The same nets with twice the steps and twice the patience."""
    for some in _fewer(pair.mine):
        rates = {net.seed: net.rates for net in some}
        found = bench.train(pair.cell, rates, pair.cap, "twice the steps", longer=2)
        if found is not None:
            why = "twice the steps and patience, against itself"
            return _gain(bench, "budget", some, found, level, why)
    return _untested("budget", "the operations allowed do not reach for twice its steps")


def _rate(bench: Bench, pair: Pair, level: float, walked: dict[int, float]) -> Cause:
    """The same nets at the best other rate, found by walking from the one taken."""
    best = max(walked, key=lambda shift: (walked[shift], -abs(shift)), default=0)
    for some in _fewer(pair.mine) if best else ():
        rates = {net.seed: tuple(rate + best for rate in net.rates) for net in some}
        found = bench.train(pair.cell, rates, pair.cap, "another learning rate")
        if found is not None:
            times = f"{2.0**best:g}" if best > 0 else f"1/{2.0**-best:g}"
            why = f"{times} of its learning rate, the best of {len(walked)} others, against itself"
            return _gain(bench, "learning_rate", some, found, level, why)
    return _untested("learning_rate", "the operations allowed do not reach for other rates")


def _walk(bench: Bench, one: Worse, cap: int) -> dict[int, float]:
    """Validation score by shift of the rate in octaves, of a few seeds; on while an end is best."""
    some = bench.have(one.mine)[:FEW]
    scores: dict[int, float] = {}
    ask: tuple[int, ...] = WALK
    while ask:
        for shift in ask:
            rates = {net.seed: tuple(rate + shift for rate in net.rates) for net in some}
            found = bench.train(one.cell, rates, cap, f"learning rate times 2^{shift}")
            if not found:
                return scores
            scores[shift] = float(np.mean([net.val for net in found]))
        best = max(scores, key=lambda shift: scores[shift])
        further = best + (1 if best > 0 else -1)
        ask = (further,) if further not in scores and abs(further) <= REACH else ()
    return scores


def _fewer(nets: list[Net]) -> list[list[Net]]:
    """The first nets, as many as there are or fewer: the most first."""
    return [nets[:n] for n in dict.fromkeys(min(n, len(nets)) for n in SEEDS)]


def _gain(
    bench: Bench, name: Name, some: list[Net], found: list[Net], level: float, why: str
) -> Cause:
    after = {net.seed: net.select for net in found}
    both = [net for net in some if net.seed in after]
    if len(both) < 2:
        return _untested(name, "its nets could not be trained again")
    effect = by_rows([after[net.seed] for net in both], [net.select for net in both], level)
    if effect.low is None:  # the very same scores: nothing else came of it
        effect = Interval(effect.value, effect.value, effect.value)
    return _caused(bench, name, effect, len(both), why)


def _caused(bench: Bench, name: Name, effect: Interval, seeds: int, why: str) -> Cause:
    return Cause(name, says(effect, bench.plan.epsilon), effect, seeds, why)


def _untested(name: Name, why: str) -> Cause:
    return Cause(name, "not tested", None, 0, why)
