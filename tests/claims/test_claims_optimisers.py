"""The update rules of claims are those of torch.optim, and Muon's matrices near orthogonal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from howdeep.claims._optimisers import Optimizer, orthogonal, update

RATE = 0.01
THEIRS: dict[Optimizer, Callable[[list[torch.Tensor]], torch.optim.Optimizer]] = {
    "sgd": lambda p: torch.optim.SGD(p, RATE),
    "momentum": lambda p: torch.optim.SGD(p, RATE, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, RATE),
    "adamw": lambda p: torch.optim.AdamW(p, RATE, weight_decay=0.3),
    "muon": lambda p: torch.optim.Muon(
        p, RATE, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", THEIRS)
def test_a_rule_is_that_of_torch(name: Optimizer) -> None:
    """For 20 steps; torch computes Muon's matrices in bfloat16, which is why it is near only."""
    noise = torch.Generator().manual_seed(1)
    start = torch.randn(8, 6, generator=noise)
    ours = start.clone().view(1, 1, 8, 6)
    moments = torch.zeros_like(ours), torch.zeros_like(ours)
    theirs = start.clone().requires_grad_()
    optimizer = THEIRS[name]([theirs])
    for step in range(20):
        grad = torch.randn(8, 6, generator=noise)
        update(name, ours, grad.view_as(ours), moments, torch.tensor(RATE), step, 0.3)
        theirs.grad = grad
        optimizer.step()
    there = theirs.detach()
    near = 0.02 if name == "muon" else 1e-5
    assert (ours.view(8, 6) - there).norm() < near * (there - start).norm()


@pytest.mark.parametrize("shape", [(3, 2, 5, 5), (2, 7, 4), (4, 7)])
def test_what_muon_takes_has_singular_values_near_one(shape: tuple[int, ...]) -> None:
    found = orthogonal(torch.randn(*shape, generator=torch.Generator().manual_seed(2)))
    values = torch.linalg.svdvals(found)
    assert found.shape == shape
    assert (values > 0.3).all()
    assert (values < 1.3).all()
