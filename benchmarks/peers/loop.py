"""A tight PyTorch loop: data in memory, no DataLoader, fused Adam; one net after another.

On a GPU (`gpu.py`) the same: rows, order and net lie there.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from peers._torch import accuracy, by_depth, net, tensors
from workloads import BATCH, RATE, Workload

NEEDS: tuple[str, ...] = ()
CONV = True
PRECISION = "fp32"  # "bf16": products by autocast, which rounds their outputs too


def train(work: Workload, device: str = "cpu") -> dict[int, list[float]]:
    """Every depth and seed."""
    x, y, x_test, y_test = (part.to(device) for part in tensors(work))
    found = {}
    for depth in work.depths:
        for seed in range(work.seeds):
            model = net(work, depth, seed).to(device)
            adam = torch.optim.Adam(model.parameters(), RATE, fused=True)
            for _ in range(work.epochs):
                order = torch.randperm(len(x)).to(device)
                for rows in order[: len(x) // BATCH * BATCH].view(-1, BATCH):
                    adam.zero_grad()
                    with torch.autocast("cpu", torch.bfloat16, enabled=PRECISION == "bf16"):
                        out = model(x[rows])
                    F.cross_entropy(out.float(), y[rows]).backward()  # type: ignore[no-untyped-call]
                    adam.step()
            found[depth, seed] = accuracy(model, x_test, y_test)
    return by_depth(work, found)
