"""What does `howdeep.trainable` say of ordinary nets, and what do they do? Digits, 200 steps.

    python benchmarks/trainable_nets.py        # a line a net: about a minute of a core

Nets of width 64 with torch's own start; the best of three rates each of SGD with momentum and of
Adam, as the share of rows that are right (a tenth by chance).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

import howdeep
from shared import arguments

WIDTH, STEPS, BATCH, ROWS = 64, 200, 64, 128
RATES = {"SGD": (0.003, 0.01, 0.1), "Adam": (0.0003, 0.001, 0.003)}
Build = Callable[[int], nn.Module]


class Branch(nn.Module):
    """h + f(h) / sqrt(depth)."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.layer, self.scale = nn.Linear(WIDTH, WIDTH), depth**-0.5

    def forward(self, h: Tensor) -> Tensor:
        """(B, WIDTH) -> (B, WIDTH)."""
        return h + self.scale * torch.relu(self.layer(h))


def plain(activation: type[nn.Module], norm: bool = False) -> Build:
    """Hidden layers, each with its activation, all but the first with a norm where asked for."""

    def build(depth: int) -> nn.Module:
        parts: list[nn.Module] = []
        for i in range(depth):
            parts.append(nn.Linear(WIDTH, WIDTH))
            parts += [nn.LayerNorm(WIDTH)] if norm and i else []
            parts.append(activation())
        return nn.Sequential(*parts, nn.Linear(WIDTH, 10))

    return build


def residual(depth: int) -> nn.Module:
    """Branches of ReLU, without an activation on the stem."""
    branches = [Branch(depth) for _ in range(depth - 1)]
    return nn.Sequential(nn.Linear(WIDTH, WIDTH), *branches, nn.Linear(WIDTH, 10))


NETS: tuple[tuple[str, Build, tuple[int, ...]], ...] = (
    ("ReLU", plain(nn.ReLU), (8, 12, 20)),
    ("sigmoid", plain(nn.Sigmoid), (6, 10)),
    ("tanh", plain(nn.Tanh), (8, 20, 40)),
    ("residual ReLU", residual, (40,)),
    ("ReLU with layer norm", plain(nn.ReLU, norm=True), (20,)),
)


def right(net: nn.Module, way: str, rate: float, x: Tensor, y: Tensor) -> float:
    """Train a net; the share of all rows that are right."""
    weights = net.parameters()
    optimiser: torch.optim.Optimizer = torch.optim.Adam(weights, rate)
    if way == "SGD":
        optimiser = torch.optim.SGD(net.parameters(), rate, momentum=0.9)
    for _ in range(STEPS):
        rows = torch.randint(len(x), (BATCH,))
        optimiser.zero_grad()
        torch.autograd.backward(nn.functional.cross_entropy(net(x[rows]), y[rows]))
        optimiser.step()
    return float((net(x).argmax(1) == y).double().mean())


def main() -> None:
    """Print what is said and what is so."""
    arguments(__doc__).parse_args()
    found = load_digits()
    x, y = torch.tensor(found.data).float(), torch.tensor(found.target)
    x = (x - x.mean(0)) / x.std()
    for name, build, depths in NETS:
        for told in howdeep.trainable(build, (x[:ROWS], y[:ROWS]), depths=depths):
            best = {}
            for way, rates in RATES.items():
                scores = []
                for rate in rates:
                    torch.manual_seed(0)
                    scores.append(right(build(told.depth), way, rate, x, y))
                best[way] = max(scores)
            limit = f"limit {told.outlook.limit:.1f}"
            print(name, told.depth, told.says, limit, {k: round(v, 2) for k, v in best.items()})


if __name__ == "__main__":
    main()
