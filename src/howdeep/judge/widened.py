"""The wider, shallower nets of equal size that the recommended cell is compared with.

The control is the next shallower depth of its family that was trained, the twin is one block. Where
the next shallower depth is one block, the two are the same net. They are told apart by the blocks
of their rung.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from howdeep.base import limits
from howdeep.base.nouns import Cell, Cost, Plan, Rung
from howdeep.base.verdicts import CellRef
from howdeep.judge.cut import most_members
from howdeep.nets import ladder

What = Literal["control", "twin"]

PARAMETERS_MATCH = 0.02  # their parameters differ by no more than this share


@dataclass(frozen=True)
class Rival:
    """A depth to be widened; `near` is the trained cell whose learning rates its own start from."""

    blocks: int
    near: Cell


@dataclass(frozen=True)
class Widened:
    """A rival with the parameters of the cell `enough`; `most`: how many fit into one group."""

    rung: Rung
    cost: Cost
    enough: Cell
    near: Cell
    most: int

    @property
    def ref(self) -> CellRef:
        return CellRef.of(Cell(self.rung, self.cost, self.enough.zero))

    @property
    def parameters_ratio(self) -> float:
        return self.cost.parameters / self.enough.cost.parameters


def rivals(plan: Plan, trained: Collection[str], enough: Cell) -> dict[What, Rival]:
    """What is to be widened to the size of a cell, of two blocks or more; the control comes first.

    `trained` are the names of the cells that took part in the race.
    """
    if enough.blocks < 2:
        return {}
    cells = [c for c in plan.cells if c.family == enough.family and c.blocks and c.name in trained]
    cells.sort(key=lambda c: c.blocks)
    found: dict[What, Rival] = {}
    shallower = [c for c in cells if c.blocks < enough.blocks]
    if shallower:
        found["control"] = Rival(shallower[-1].blocks, shallower[-1])
    if cells:
        found["twin"] = Rival(1, cells[0])
    return found


def widen(plan: Plan, rival: Rival, enough: Cell) -> Widened | str:
    """The rival with as many parameters as a cell; or why there is none."""
    rung = ladder.matched(replace(enough.rung, blocks=rival.blocks), enough.cost.parameters)
    cost = ladder.cost(rung)
    if abs(cost.parameters / enough.cost.parameters - 1) > PARAMETERS_MATCH:
        return f"no width gives it the same parameters within {100 * PARAMETERS_MATCH:g} %"
    most = _members(plan, enough, rung, cost)
    if not most:
        return "so wide a net would take more memory than any other of the study"
    return Widened(rung, cost, enough, rival.near, most)


def _members(plan: Plan, enough: Cell, rung: Rung, cost: Cost) -> int:
    """How many members take no more memory together than other groups may.

    One plain layer of as many parameters as 16 of them is hundreds of times as wide.
    """
    batch = plan.ladder(enough).recipe.batch
    largest = max(
        most_members(plan.folds, cell.cost)
        * ladder.net_bytes(cell.cost, cell.rung.width, plan.ladder(cell).recipe.batch)
        for cell in plan.cells
    )
    room = max(largest * plan.folds, limits.WIDENED_BYTES)
    return int(room / (ladder.net_bytes(cost, rung.width, batch) * plan.folds))
