"""Rungs and ladders: which depths are tried, what each costs, and what the allowance lets in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from howdeep.base import limits
from howdeep.base.nouns import Cell, Cost, Inputs, RateSearch, Recipe, Rung
from howdeep.families import family
from howdeep.training import recipe as recipes

WALK = 5  # learning rates that a transferred rate is at worst walked over


def cost(rung: Rung) -> Cost:
    """The family's own cost formula."""
    return family(rung.family).cost(rung)


def cells(
    families: Sequence[str], depths: Sequence[int], width: int, inputs: Inputs, outputs: int
) -> tuple[Cell, ...]:
    """One cell per family and depth, in order of (weight layers, parameters); zero blocks once."""
    rungs = [
        Rung(name, blocks, width, inputs, outputs)
        for i, name in enumerate(families)
        for blocks in sorted(set(depths))
        if blocks or i == 0
    ]
    return tuple(sorted((Cell(r, cost(r)) for r in rungs), key=lambda cell: cell.order))


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


def worst_case(
    every: Sequence[Cell],
    recipe: Recipe,
    search: RateSearch,
    seeds: int,
    folds: int,
    reference: int,
) -> float:
    """FLOPs if no cell is dropped and no net stops early: rate search, looks and control.

    `reference`: the depth in blocks up to which rates come from the whole grid.
    """
    total = 0.0
    for cell in every:
        grid = cell.blocks <= reference or not family(cell.family).transfers
        rates = len(search.grid) if grid else WALK
        nets = seeds + rates * search.tuning_seeds
        total += nets * net_flops(cell.cost, recipe, folds)
    deepest = max(net_flops(cell.cost, recipe, folds) for cell in every)
    return total + (seeds + WALK * search.tuning_seeds) * deepest


@dataclass(frozen=True)
class Fit:
    """What the allowance lets in: training rows, depths, width, and what that costs at worst."""

    rows: int
    depths: tuple[int, ...]
    extend_to: int
    width: int
    recipe: Recipe
    flops: float


def fit(
    families: Sequence[str],
    depths: Sequence[int],
    extend_to: int,
    rows: int,
    inputs: Inputs,
    outputs: int,
    search: RateSearch,
    seeds: int,
    folds: int,
    allowance: float,
    width: int | None = None,
    max_steps: int | None = None,
) -> Fit:
    """Cap training rows first (not below 5,000), then the longest ladder, then width.

    An extension counts for the costliest family: only one cell can be better than all others. The
    walk of a transferred rate counts at its usual length; there is no bound on it but the search's.
    `rows` is kept whole in folds, where there are fewer than 4,000 anyway.
    """

    def price(rows: int, depths: Sequence[int], extend_to: int, wide: int | None) -> Fit:
        w = wide or width or recipes.width(rows)
        how = recipes.recipe(rows, max_steps)
        first = cells(families, depths, w, inputs, outputs)
        more = tuple(d for d in extended(depths, extend_to) if d not in depths)
        extra = [cells([name], more, w, inputs, outputs) if more else () for name in families]
        leader = search.reference(depths)
        ladders = [(*first, *e) for e in extra]
        flops = max(worst_case(e, how, search, seeds, folds, leader) for e in ladders)
        return Fit(rows, tuple(depths), extend_to, w, how, flops)

    least = min(rows, limits.MIN_CAPPED_ROWS) if folds == 1 else rows
    found = price(rows, depths, extend_to, None)
    while found.flops > allowance and found.rows > least:
        found = price(max(least, int(found.rows * 0.98)), depths, extend_to, None)
    if found.flops > allowance and extend_to:
        found = price(found.rows, depths, 0, None)
    shorter = sorted(set(depths))
    while found.flops > allowance and len(shorter) > 2:
        shorter = shorter[:-1]
        found = price(found.rows, shorter, 0, None)
    while found.flops > allowance and found.width > 8:
        found = price(found.rows, shorter, 0, found.width // 2)
    return found
