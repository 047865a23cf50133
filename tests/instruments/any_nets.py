"""Nets as people write them, with rows: what instruments are tried on."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from howdeep import instruments
from howdeep.instruments import Subject


class Functional(nn.Module):
    """Activations as functions, a layer that is used twice, an in-place ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.twice, self.head = nn.Linear(6, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu_(self.stem(x))
        h = torch.tanh(self.twice(h))
        return self.head(nn.functional.relu(self.twice(h), inplace=True))


class Two(nn.Module):
    """Two inputs, a tuple out."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right, self.head = nn.Linear(4, 8), nn.Linear(2, 8), nn.Linear(8, 3)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.left(a) + self.right(b))
        return self.head(h), h


class Recurrent(nn.Module):
    """An LSTM over steps."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(5, 12, batch_first=True), nn.Linear(12, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0][:, -1])


def plain() -> nn.Module:
    return nn.Sequential(
        nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(inplace=True), nn.Linear(16, 3)
    )


def conv() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(8, 3),
    )  # fmt: skip


def attention() -> nn.Module:
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
    return nn.Sequential(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), Mean())


class Mean(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x.mean(1))


def regression() -> nn.Module:
    return nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 1))


SHAPES: dict[str, tuple[Callable[[], nn.Module], tuple[tuple[int, ...], ...]]] = {
    "plain": (plain, ((6,),)),
    "functional": (Functional, ((6,),)),
    "two inputs": (Two, ((4,), (2,))),
    "recurrent": (Recurrent, ((7, 5),)),
    "conv": (conv, ((1, 8, 8),)),
    "attention": (attention, ((5, 8),)),
    "regression": (regression, ((6,),)),
}


def subject(name: str, rows: int = 96) -> Subject:
    """One of the nets with rows that can be learnt from."""
    build, shapes = SHAPES[name]
    with torch.random.fork_rng():
        torch.manual_seed(3)
        net = build()
        x = [torch.randn(rows, *shape) for shape in shapes]
    flat = x[0].flatten(1)
    y = flat[:, 0] + flat[:, 1] if name == "regression" else flat[:, :3].argmax(1)
    inputs = tuple(x) if len(x) > 1 else x[0]
    half = rows * 2 // 3
    if isinstance(inputs, tuple):
        train, test = tuple(p[:half] for p in inputs), tuple(p[half:] for p in inputs)
        return instruments.subject(net, (train, y[:half]), test=(test, y[half:]), name=name)
    return instruments.subject(
        net,
        (inputs[:half], y[:half]),
        test=(inputs[half:], y[half:]),
        name=name,
        fresh=_fresh(build),
    )


def _fresh(build: Callable[[], nn.Module]) -> Callable[[int], nn.Module]:
    def make(seed: int) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return build()

    return make


def subjects() -> list[Subject]:
    return [subject(name) for name in SHAPES]
