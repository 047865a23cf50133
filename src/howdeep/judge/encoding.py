"""Which encoding of the columns the study takes: each is tried at reference depths, one is taken.

Tried like learning rates, before all others and with the same seeds: by validation rows alone, in
every fold. Zero blocks and the main family's reference depth stand for the ladder; an encoding is
as good as the better of the two. One takes the place of those before it where it is better by more
than the tolerance: a smaller gain does not matter, and choosing would only follow the noise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from howdeep.base.nouns import Cell, Inputs, Plan
from howdeep.base.trials import Trial
from howdeep.base.verdicts import Encoding
from howdeep.judge import rates
from howdeep.judge.tolerance import epsilon
from howdeep.nets import ladder


def encodings(plan: Plan) -> tuple[Inputs, ...]:
    """What the columns may become, the plan's own first."""
    return (plan.cells[0].rung.inputs, *plan.encodings)


def with_inputs(plan: Plan, inputs: Inputs) -> Plan:
    """The plan with all its nets on these inputs."""
    rungs = [replace(cell.rung, inputs=inputs) for cell in plan.cells]
    cells = [
        replace(cell, rung=rung, cost=ladder.cost(rung))
        for cell, rung in zip(plan.cells, rungs, strict=True)
    ]
    return replace(plan, cells=tuple(sorted(cells, key=lambda cell: cell.order)))


def references(plan: Plan) -> tuple[Cell, ...]:
    """The cells that are trained with every encoding: zero blocks, and the main reference depth."""
    main = plan.ladders[0]
    zero = [c for c in plan.cells if not c.blocks and c.rung.family == main.family]
    deep = [c for c in plan.cells if c.blocks and c.family == main.family and plan.first(c)]
    return (*zero, *([rates.reference(plan, deep[0])] if deep else []))


def asked(plan: Plan, trials: Sequence[Trial]) -> list[tuple[Cell, set[int]]]:
    """Cells, on the inputs of one encoding each, with the rates that they should try next.

    Empty where there is nothing to choose from, and once it can be chosen.
    """
    if not plan.encodings:
        return []
    out = []
    for inputs in encodings(plan):
        own = with_inputs(plan, inputs)
        found = rates.at_first(own, trials)
        for cell in references(own):
            mine = found[cell.name].tried if cell.name in found else {}
            search = own.ladder(cell).search
            grid = search.grid if cell.blocks else search.zero_grid
            if ask := rates.still_to_try(set(grid), mine, search):
                out.append((cell, ask))
    return out


def resolved(plan: Plan, trials: Sequence[Trial]) -> Plan:
    """The plan with its nets on the encoding taken; as it is while that is not known."""
    if not plan.encodings or asked(plan, trials):
        return plan
    inputs, _ = _taken(plan, trials)
    return replace(with_inputs(plan, inputs), encodings=())


def taken(plan: Plan, trials: Sequence[Trial]) -> Encoding | None:
    """The encoding taken, next to the scores of all; None where there was nothing to choose."""
    if not plan.encodings or asked(plan, trials):
        return None
    inputs, scores = _taken(plan, trials)
    named = zip(encodings(plan), scores, strict=True)
    return Encoding(inputs.encoding, tuple((own.encoding, score) for own, score in named))


def _taken(plan: Plan, trials: Iterable[Trial]) -> tuple[Inputs, list[float]]:
    """The inputs taken, and each encoding's score on validation rows."""
    every, some = encodings(plan), tuple(trials)
    found = [_tried(with_inputs(plan, inputs), some) for inputs in every]
    scores = [max((one.score for one in cells), default=0.0) for cells in found]
    gap = epsilon(plan, max(scores))
    best = 0
    for i, score in enumerate(scores):
        if score > scores[best] + gap:
            best = i
    return every[best], scores


def _tried(plan: Plan, trials: Sequence[Trial]) -> list[rates.Search]:
    """What the reference depths tried, with the recipe's steps."""
    found = rates.at_first(plan, trials)
    return [found[c.name] for c in references(plan) if c.name in found]
