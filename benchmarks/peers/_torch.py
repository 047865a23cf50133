"""The workloads' nets in plain PyTorch, for the engines that train `nn.Module`s."""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor, nn

from workloads import POOLED, Workload


def net(work: Workload, depth: int, seed: int) -> nn.Module:
    """One untrained net: He's normal initialisation, biases zero."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    if work.conv:
        channels = work.x.shape[3]
        for at in range(depth):
            layers += [nn.Conv2d(channels, work.width, 3, padding=1), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] * (at < POOLED)
            channels = work.width
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, work.classes)]
    else:
        sizes = [work.x.shape[1], *[work.width] * depth]
        for inputs, outputs in itertools.pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        layers.append(nn.Linear(sizes[-1], work.classes))
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
    head = layers[-1]
    assert isinstance(head, nn.Linear)
    if not work.conv:  # howdeep's small head; without hidden layers it begins at zero
        with torch.no_grad():
            head.weight *= 0.1 / math.sqrt(2) if depth else 0.0
    return nn.Sequential(*layers)


def tensors(work: Workload) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x, y, x_test, y_test; images as (N, C, H, W)."""
    x, x_test = torch.from_numpy(work.x), torch.from_numpy(work.x_test)
    if work.conv:
        x, x_test = (part.permute(0, 3, 1, 2).contiguous() for part in (x, x_test))
    return x, torch.from_numpy(work.y), x_test, torch.from_numpy(work.y_test)


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """On the test rows, 1,000 at a time."""
    net.eval()
    parts = zip(torch.split(x, 1000), torch.split(y, 1000), strict=True)  # type: ignore[no-untyped-call]
    right = [(net(a).argmax(1) == b).float() for a, b in parts]
    return float(torch.cat(right).mean())


def by_depth(work: Workload, found: dict[tuple[int, int], float]) -> dict[int, list[float]]:
    """From accuracies by (depth, seed)."""
    return {d: [found[d, s] for s in range(work.seeds)] for d in work.depths}
