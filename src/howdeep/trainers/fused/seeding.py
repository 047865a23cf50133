"""From the study's seed and a net's name to its generators; there is no global randomness."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from howdeep.base import keys
from howdeep.base.trials import Group


def stream(group: Group) -> str:
    """Rate searches draw from a stream of their own, so that no net is both tuned and compared."""
    return "tune" if group.stage in ("rate", "control_rate") else "main"


def init_generator(group: Group, member: int, fold: int) -> torch.Generator:
    """Initial weights: by rung, without padding, seed number and fold."""
    inputs = group.net.inputs
    bare = replace(inputs, columns=inputs.columns - inputs.padding, padding=0)
    rung = replace(group.net, inputs=bare)
    parts = (group.seed, stream(group), "init", rung, group.members[member].seed, fold)
    return torch.Generator().manual_seed(keys.seed_of(*parts))


def batch_generator(group: Group, seed: int, fold: int) -> torch.Generator:
    """Batch order: by seed number and fold only, so that cells with one seed see the same order."""
    return torch.Generator().manual_seed(
        keys.seed_of(group.seed, stream(group), "rows", seed, fold)
    )


class Batches(Iterator[Tensor]):
    """Endless batches (batch,) of row numbers: shuffled epochs, the last partial batch left out."""

    def __init__(self, rows: Tensor, batch: int, generator: torch.Generator) -> None:
        self.rows, self.batch, self.generator = rows, batch, generator
        self._left = rows.new_empty(0, batch)  # of the epoch

    def __next__(self) -> Tensor:
        return self.take(1)[0]

    def take(self, count: int) -> Tensor:
        """The next `count` batches (count, batch) in one piece."""
        out = []
        while count:
            if not len(self._left):
                order = self.rows[torch.randperm(len(self.rows), generator=self.generator)]
                whole = len(order) // self.batch * self.batch
                self._left = order[:whole].view(-1, self.batch)
            out.append(self._left[:count])
            self._left = self._left[count:]
            count -= len(out[-1])
        return out[0] if len(out) == 1 else torch.cat(out)
