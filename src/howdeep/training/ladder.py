"""Rungs and ladders: which depths are tried, what each costs, and what the allowance lets in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from howdeep.base.nouns import Cell, Cost, Inputs, Ladder, Precision, RateSearch, Recipe, Rung
from howdeep.families import family
from howdeep.training import recipe as recipes

WALK = 5  # learning rates that a transferred rate is at worst walked over
LEAST_WIDTH = 8
LONGER = 4  # times the recipe's steps, for a fully connected net that runs out of them
COPIES = 8  # of a net's weights: gradients, two moments, average, best checkpoint, and in passing
KEPT = 6  # arrays of a batch's activations that a layer leaves for its gradient


def cost(rung: Rung) -> Cost:
    """The family's own cost formula."""
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


def nets(ladder: Ladder, blocks: int, seeds: int) -> float:
    """Whole nets that a depth takes with `seeds` seeds: its rate search and them."""
    search = ladder.search
    return seeds + rates_tried(ladder, blocks) * search.tuning_seeds * search.steps


def worst_case(
    ladders: Sequence[Ladder], every: Sequence[Cell], seeds: int, folds: int
) -> dict[str, float]:
    """FLOPs by family if no cell is dropped and no net stops early: rate search, looks, control.

    An extension counts for the costliest family: only one cell can be better than all others. The
    control counts for the costliest cell. The walk of a transferred rate counts at its usual
    length; there is no bound on it but the search's.
    """
    by_name = {ladder.family: ladder for ladder in ladders}
    total, more, control = (dict.fromkeys(by_name, 0.0) for _ in range(3))
    for cell in every:
        ladder, name = by_name[cell.rung.family], cell.rung.family
        once = net_flops(cell.cost, ladder.recipe, folds)
        asked = total if cell.blocks in ladder.depths else more
        asked[name] += nets(ladder, cell.blocks, seeds) * once
        walked = seeds + WALK * ladder.search.tuning_seeds * ladder.search.steps
        control[name] = max(control[name], walked * once)
    for costliest in (more, control):
        name = max(costliest, key=lambda name: costliest[name])
        total[name] += costliest[name]
    return total


def rates_tried(ladder: Ladder, blocks: int) -> int:
    """How many rates a depth tries, as a rule."""
    search = ladder.search
    if not blocks:
        return len(search.zero_grid)
    grid = blocks <= search.reference(ladder.depths) or not search.transfers
    return len(search.grid) if grid else WALK


@dataclass(frozen=True)
class Asked:
    """The ladders of one kind of net as asked for: `width`, `max_steps` None: by the recipe."""

    families: tuple[str, ...]
    depths: tuple[int, ...]
    extend_to: int
    width: int | None = None
    max_steps: int | None = None
    search: RateSearch | None = None
    precision: Precision = "fp32"

    @property
    def kind(self) -> str:
        return family(self.families[0]).kind


@dataclass(frozen=True)
class Fit:
    """What the allowance lets in: training rows, ladders, and what they cost at worst."""

    rows: int
    ladders: tuple[Ladder, ...]
    flops: float


def climbed(asked: Sequence[Asked], rows: int) -> tuple[Ladder, ...]:
    """The ladders that were asked for, with the recipe for `rows` training rows."""
    out = []
    for kind in asked:
        for name in kind.families:
            fam = family(name)
            how = recipes.recipe(rows, kind.max_steps, fam.kind)
            search = kind.search or fam.search
            ladder = Ladder(
                family=name,
                depths=kind.depths,
                extend_to=kind.extend_to,
                width=kind.width or recipes.width(rows, fam.kind),
                recipe=replace(how, precision=kind.precision),
                search=replace(search, transfers=fam.search.transfers),
                zero=fam.zero,
                longer=1 if kind.max_steps or fam.kind == "conv" else LONGER,
            )
            out.append(ladder)
    return tuple(out)


def fit(
    asked: Sequence[Asked],
    rows: int,
    inputs: Inputs,
    outputs: int,
    seeds: int,
    folds: int,
    allowance: float,
    least: int = 0,
) -> Fit:
    """Cap training rows first (not below `least`), then the longest ladder, then width.

    What is cut is the kind of net that costs most. `rows` is kept whole in folds, where there are
    fewer than 4,000 anyway.
    """

    def price(rows: int, asked: Sequence[Asked]) -> Fit:
        ladders = climbed(asked, rows)
        worst = worst_case(ladders, cells(ladders, inputs, outputs), seeds, folds)
        return Fit(rows, ladders, sum(worst.values()))

    def alone(kind: Asked) -> float:
        return price(found.rows, [kind]).flops

    least = min(rows, least) if folds == 1 else rows
    found, kinds = price(rows, asked), list(asked)
    while found.flops > allowance and found.rows > least:
        found = price(max(least, int(found.rows * 0.98)), kinds)
    while found.flops > allowance:
        costliest = max(range(len(kinds)), key=lambda i: alone(kinds[i]))
        less = _less(kinds[costliest], found.rows)
        if less is None:
            break
        kinds[costliest] = less
        found = price(found.rows, kinds)
    return found


def _less(kind: Asked, rows: int) -> Asked | None:
    """Without an extension, else without its deepest rung, else half as wide; None: no less."""
    if kind.extend_to:
        return replace(kind, extend_to=0)
    if len(kind.depths) > 2:
        return replace(kind, depths=kind.depths[:-1])
    width = kind.width or recipes.width(rows, kind.kind)
    return replace(kind, width=width // 2) if width > LEAST_WIDTH else None
