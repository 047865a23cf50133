"""What all searches are given: rows encoded alike, the same nets and the same step cap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from howdeep.base.nouns import Cell, Plan
from howdeep.data import scoring
from howdeep.data.task import RowIndex, Task
from howdeep.nets.families import family
from howdeep.route import session, tasks
from howdeep.route.options import parse_options
from howdeep.trainers.fused import encoded
from shared import ROOT

SETS: dict[str, dict[str, str]] = {
    "mnist1d": {"data": "mnist1d"},
    "letter_recognition": {
        "data": str(ROOT / "letter_recognition" / "letter.csv"),
        "target": "lettr",
    },
    "fashion_mnist": {
        "data": "fashion-mnist",
        "data_dir": str(ROOT / "fashion_mnist"),
        "rows": "10000",
    },
}
RATES = (2.0**-12, 2.0**-2)  # learning rates that a search may ask for


@dataclass(frozen=True, eq=False)
class Problem:
    """A data set split by `seed`, as howdeep's default plan has it; only howdeep itself may extend.

    x (N, D) float32, y (N,); `val` are the rows on which howdeep chooses checkpoints, `held_out`
    all rows that are neither trained nor tested on.
    """

    plan: Plan
    task: Task
    x: Tensor
    y: Tensor
    train: RowIndex
    val: RowIndex
    held_out: RowIndex
    test: RowIndex

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The nets to choose among."""
        return tuple(cell for cell in self.plan.cells if self.plan.first(cell))

    def accuracy(self, classes: NDArray[np.int64], rows: RowIndex) -> float:
        """The task's metric, accuracy or balanced accuracy, of classes told for `rows`."""
        right = classes == self.task.target[rows]
        return float(np.mean(right * scoring.row_weights(self.task, rows)))

    def by_family(self) -> dict[str, list[Cell]]:
        """The nets to choose among from shallow to deep; zero blocks is a family of its own."""
        out: dict[str, list[Cell]] = {}
        for cell in sorted(self.cells, key=lambda cell: cell.blocks):
            out.setdefault(cell.family, []).append(cell)
        return out


def arguments(name: str, seed: int) -> list[str]:
    """The words of `howdeep run` for a set."""
    own = dict(SETS[name])
    words = [own.pop("data")]
    for key, value in own.items():
        words += [f"--{key.replace('_', '-')}", value]
    return [*words, "--seed", str(seed)]


def load(name: str, seed: int) -> Problem:
    """The set, split by this seed."""
    options = parse_options({**SETS[name], "seed": seed})
    plan, task = session.plan_of(tasks.task_of(options), options)
    if plan.folds > 1 or "accuracy" not in plan.task.metric:
        raise ValueError(f"{name}: only one split, judged by accuracy, is compared")
    data, fold = encoded.encoded(task)[0], task.folds[0]
    x = data.rows(torch.arange(len(data.x)))
    (view,) = fold.views
    held_out = np.union1d(view.choose, view.score)
    return Problem(plan, task, x, data.y, fold.train, view.choose, held_out, task.test)


def module(cell: Cell, seed: int) -> nn.Module:
    """The net in plain PyTorch, initialised by howdeep's recipe."""
    fam, generator = family(cell.rung.family), torch.Generator().manual_seed(seed)
    net = fam.module(cell.rung)
    start = fam.init(cell.rung, generator)
    net.load_state_dict(fam.state_dict(cell.rung, start), strict=False)  # no statistics yet
    return net
