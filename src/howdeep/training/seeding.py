"""From the study's seed and a net's name to its generators; there is no global randomness."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from howdeep.base import keys
from howdeep.base.trials import Group


def stream(group: Group) -> str:
    """Rate searches draw from a stream of their own, so that no net is both tuned and compared."""
    return "tune" if group.stage in ("rate", "control_rate") else "main"


def init_generator(group: Group, member: int, fold: int) -> torch.Generator:
    """Initial weights: by rung, seed number and fold."""
    rung = group.rung
    parts = (group.seed, stream(group), "init", rung, group.members[member].seed, fold)
    return torch.Generator().manual_seed(keys.seed_of(*parts))


def batch_generator(group: Group, seed: int, fold: int) -> torch.Generator:
    """Batch order: by seed number and fold only, so that cells with one seed see the same order."""
    return torch.Generator().manual_seed(
        keys.seed_of(group.seed, stream(group), "rows", seed, fold)
    )


def batches(rows: Tensor, batch: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless batches (batch,) of row numbers: shuffled epochs, the last partial batch left out."""
    while True:
        order = rows[torch.randperm(len(rows), generator=generator)]
        yield from order[: len(order) // batch * batch].view(-1, batch)
