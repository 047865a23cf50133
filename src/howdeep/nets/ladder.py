"""Rungs and ladders: which depths are tried, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from howdeep.base.nouns import Cell, Cost, Inputs, Ladder, Recipe, Rung

WALK = 5  # learning rates that a transferred rate is at worst walked over
COPIES = 8  # of a net's weights: gradients, two moments, average, best checkpoint, and in passing
KEPT = 6  # arrays of a batch's activations that a layer leaves for its gradient


def cost(rung: Rung) -> Cost:
    """The family's own cost formula."""
    from howdeep.nets.families import family  # late: it loads torch, for which no plan waits

    return family(rung.family).cost(rung)


def cells(ladders: Sequence[Ladder], inputs: Inputs, outputs: int) -> tuple[Cell, ...]:
    """One cell per family and depth, in order of (weight layers, parameters).

    Zero blocks is one cell for all families that call it alike. Depths that a ladder may grow to
    are among them.
    """
    rungs: dict[str, Cell] = {}
    for ladder in ladders:
        for blocks in extended(ladder.depths, ladder.extend_to):
            rung = Rung(ladder.family, blocks, ladder.width, inputs, outputs)
            cell = Cell(rung, cost(rung), ladder.zero)
            rungs.setdefault(cell.name, cell)
    return tuple(sorted(rungs.values(), key=lambda cell: cell.order))


def extended(depths: Sequence[int], extend_to: int) -> tuple[int, ...]:
    """The depths with those that an extension may add: doubled up to `extend_to` blocks.

    >>> extended((0, 1, 2, 4, 8, 16), 32)
    (0, 1, 2, 4, 8, 16, 32)
    """
    out = sorted(set(depths))
    while out[-1] and out[-1] * 2 <= extend_to:
        out.append(out[-1] * 2)
    return tuple(out)


def matched(rung: Rung, parameters: int) -> Rung:
    """The rung with the width whose parameters come closest to `parameters`.

    >>> a = Rung("mlp", 1, 32, Inputs(2, 2, 2), 2)
    >>> cost(matched(a, 1037)).parameters
    1037
    """
    low, high = 1, 2
    while cost(replace(rung, width=high)).parameters < parameters:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if cost(replace(rung, width=middle)).parameters < parameters:
            low = middle
        else:
            high = middle
    near = [replace(rung, width=w) for w in (low, high)]
    return min(near, key=lambda r: abs(cost(r).parameters - parameters))


def net_flops(cost: Cost, recipe: Recipe, folds: int) -> float:
    """FLOPs of one member trained to the step cap: forward and backward are three forwards."""
    return 3.0 * cost.flops * recipe.batch * recipe.max_steps * folds


def net_bytes(cost: Cost, width: int, batch: int, passes: int = 1) -> float:
    """Memory of one net that trains: weights with all that goes with them, and activations.

    `passes`: how many steps' activations are kept at a time.
    """
    per_row = width * cost.weight_layers * 4.0
    if cost.receptive_field:  # FLOPs over those of one value: 3 x 3 inputs of a quarter width
        per_row = 4.0 * cost.flops / (2 * 9 * width / 4)
    return COPIES * 4.0 * cost.parameters + passes * KEPT * per_row * batch


def nets(ladder: Ladder, blocks: int, seeds: int, folds: int) -> float:
    """Whole nets that a depth takes with `seeds` seeds: its rate search and them."""
    more = 3 * max(ladder.search.refined / ladder.search.tuning_seeds - 1, 0)  # of the best three
    return seeds + (rates_tried(ladder, blocks) + more) * tuning(ladder, folds)


def tuning(ladder: Ladder, folds: int) -> float:
    """What trying a rate costs, in whole nets."""
    search = ladder.search
    return search.tuning_seeds * search.steps * min(search.folds or folds, folds) / folds


def worst_case(
    ladders: Sequence[Ladder], every: Sequence[Cell], seeds: int, folds: int, grows: bool = True
) -> dict[str, float]:
    """FLOPs by family if no cell is dropped and no net stops early: rate search, looks, control.

    An extension counts for the costliest family: only one cell can be better than all others; it
    does not where it is only made while the allowance lasts (`grows` false). The control counts for
    the costliest cell; the twin takes only what is left. The walk of a transferred rate counts at
    its usual length; there is no bound on it but the search's.
    """
    by_name = {ladder.family: ladder for ladder in ladders}
    total, more, control = (dict.fromkeys(by_name, 0.0) for _ in range(3))
    for cell in every:
        ladder, name = by_name[cell.rung.family], cell.rung.family
        once = net_flops(cell.cost, ladder.recipe, folds)
        asked = total if cell.blocks in ladder.depths else more
        asked[name] += nets(ladder, cell.blocks, seeds, folds) * once
        walked = seeds + WALK * tuning(ladder, folds)
        control[name] = max(control[name], walked * once)
    for costliest in (more, control) if grows else (control,):
        name = max(costliest, key=lambda name: costliest[name])
        total[name] += costliest[name]
    return total


def rates_tried(ladder: Ladder, blocks: int) -> int:
    """How many rates a depth tries, as a rule: those of a coarse grid and the best one's two."""
    search = ladder.search
    if not blocks:
        return len(search.zero_grid)
    if blocks > search.reference(ladder.depths) and search.transfers:
        return WALK
    coarse = len(search.grid) > 1 and search.grid[1] - search.grid[0] > search.step
    return len(search.grid) + 2 * coarse
