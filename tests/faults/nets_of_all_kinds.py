"""Nets of all kinds and rows that they can learn from: what faults are planted in.

Everything is drawn from a seed alone. The half "fit" is what cuts may be fitted on; the nets, the
data and the seeds of the half "report" are others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Rows = tuple[Any, Tensor]  # (x or (x1, x2), y)


@dataclass(frozen=True, eq=False)
class Data:
    """Rows to learn from and rows kept back; `shape` of one row, `outputs` of a net for them."""

    train: Rows
    test: Rows
    loss: Callable[[Any, Tensor], Tensor]
    outputs: int
    shape: tuple[int, ...]
    kind: str


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


# ---- rows ---------------------------------------------------------------------------------------
def blobs(seed: int, n: int = 256, p: int = 16, k: int = 4) -> Data:
    with seeded(seed):
        y = torch.arange(n + 128) % k
        x = 1.2 * torch.randn(k, p)[y] + torch.randn(n + 128, p)
        return _data(x / x.std(), y, n, F.cross_entropy, k, "vectors")


def rings(seed: int, n: int = 320, p: int = 10, k: int = 3) -> Data:
    """Classes by how far a point lies along three hidden directions, bent."""
    with seeded(seed):
        x = torch.randn(n + 128, p)
        y = (x @ torch.randn(p, k) + 0.8 * (x @ torch.randn(p, k) / p**0.5).square()).argmax(1)
        return _data(x, y, n, F.cross_entropy, k, "vectors")


def images(seed: int, n: int = 192, side: int = 8, k: int = 4) -> Data:
    with seeded(seed):
        y = torch.arange(n + 96) % k
        x = 1.2 * torch.randn(k, 1, side, side)[y] + torch.randn(n + 96, 1, side, side)
        return _data(x / x.std(), y, n, F.cross_entropy, k, "images")


def stripes(seed: int, n: int = 192, side: int = 10, k: int = 3) -> Data:
    """Gratings of three directions and any phase, under noise, in two channels."""
    with seeded(seed):
        y = torch.arange(n + 96) % k
        grid = torch.arange(side).float()
        turn = y * torch.pi / k
        along = turn.cos()[:, None, None] * grid[:, None] + turn.sin()[:, None, None] * grid
        wave = torch.sin(1.3 * along + 6.28 * torch.rand(n + 96, 1, 1))
        x = torch.stack([wave, -wave], 1) + 0.4 * torch.randn(n + 96, 2, side, side)
        return _data(x / x.std(), y, n, F.cross_entropy, k, "images")


def series(seed: int, n: int = 256, t: int = 8, p: int = 6, k: int = 3) -> Data:
    with seeded(seed):
        y = torch.arange(n + 96) % k
        x = torch.randn(k, t, p)[y] + torch.randn(n + 96, t, p)
        return _data(x / x.std(), y, n, F.cross_entropy, k, "series")


def tokens(seed: int, n: int = 256, t: int = 10, k: int = 3) -> Data:
    """Which of three tokens stands most often among 12."""
    with seeded(seed):
        y = torch.arange(n + 96) % k
        likely = torch.ones(k, 12) + 6 * torch.eye(k, 12)
        x = torch.multinomial(likely[y], t, replacement=True)
        return _data(x, y, n, F.cross_entropy, k, "tokens")


def numbers(seed: int, n: int = 256, p: int = 8) -> Data:
    with seeded(seed):
        x = torch.randn(n + 128, p)
        y = x @ torch.randn(p) / p**0.5 + 0.5 * torch.sin(2 * x[:, 0]) + 0.1 * torch.randn(n + 128)
        return _data(x, ((y - y.mean()) / y.std())[:, None], n, F.mse_loss, 1, "numbers")


def yes_no(seed: int, n: int = 256, p: int = 12) -> Data:
    with seeded(seed):
        x = torch.randn(n + 128, p)
        y = ((x @ torch.randn(p)) > 0).float()[:, None]
        return _data(x, y, n, F.binary_cross_entropy_with_logits, 1, "yes or no")


def _data(x: Tensor, y: Tensor, n: int, loss: Any, outputs: int, kind: str) -> Data:
    return Data((x[:n], y[:n]), (x[n:], y[n:]), loss, outputs, tuple(x.shape[1:]), kind)


# ---- nets ---------------------------------------------------------------------------------------
ACTS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU,
    "relu6": nn.ReLU6, "elu": nn.ELU, "leaky": nn.LeakyReLU, "selu": nn.SELU, "none": nn.Identity,
    "hardtanh": nn.Hardtanh,
}  # fmt: skip
GAIN = {"relu": 2**0.5, "relu6": 2**0.5, "leaky": 2**0.5, "gelu": 1.5, "silu": 1.7, "elu": 1.25,
        "tanh": 1.1, "selu": 1.0, "none": 1.0, "sigmoid": 1.0, "hardtanh": 1.1}  # fmt: skip


def mlp(data: Data, depth: int, width: int, act: str, seed: int, start: str = "torch",
        norm: str = "", drop: float = 0.0) -> nn.Sequential:  # fmt: skip
    """`start`: "torch", or "right", orthogonal with the gain of the activation."""
    with seeded(seed):
        parts: list[nn.Module] = [nn.Flatten()]
        inside = int(torch.tensor(data.shape).prod())
        for _ in range(depth):
            parts.append(nn.Linear(inside, width, bias=True))
            parts += {"batch": [nn.BatchNorm1d(width)], "layer": [nn.LayerNorm(width)]}.get(
                norm, []
            )
            parts.append(ACTS[act]())
            parts += [nn.Dropout(drop)] if drop else []
            inside = width
        net = nn.Sequential(*parts, nn.Linear(inside, data.outputs))
        return right(net, act) if start == "right" else net


def right(net: nn.Module, act: str) -> Any:
    for module in list(weighted(net))[:-1]:
        nn.init.orthogonal_(module.weight, GAIN[act])
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    return net


def weighted(net: nn.Module) -> Iterator[Any]:
    """The layers whose weights a fault can be planted in, in the order of their making."""
    for module in net.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            yield module


def cnn(data: Data, depth: int, width: int, act: str, seed: int, norm: str = "",
        start: str = "torch") -> nn.Sequential:  # fmt: skip
    """Convolutions with biases, also before a norm; max-pooling once; mean over places."""
    with seeded(seed):
        parts: list[nn.Module] = []
        inside = data.shape[0]
        for i in range(depth):
            parts.append(nn.Conv2d(inside, width, 3, padding=1))
            parts += [nn.BatchNorm2d(width)] if norm == "batch" else []
            parts += [nn.GroupNorm(2, width)] if norm == "group" else []
            parts.append(ACTS[act]())
            parts += [nn.MaxPool2d(2)] if i == 0 else []
            inside = width
        size = inside * (data.shape[1] // 2) * (data.shape[2] // 2)
        net = nn.Sequential(*parts, nn.Flatten(), nn.Linear(size, data.outputs))
        return right(net, act) if start == "right" else net


class Residual(nn.Module):
    """x + branch(x), the branch with a norm before it, its last layer begun small or at zero."""

    def __init__(self, width: int, norm: bool, last: float, act: str) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width) if norm else nn.Identity()
        self.first, self.act, self.last = (
            nn.Linear(width, width),
            ACTS[act](),
            nn.Linear(width, width),
        )
        with torch.no_grad():
            self.last.weight.mul_(last)
            self.last.bias.mul_(last)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.last(self.act(self.first(self.norm(x))))


def resmlp(data: Data, depth: int, width: int, act: str, seed: int, norm: bool = True,
           last: float = 1.0) -> nn.Sequential:  # fmt: skip
    with seeded(seed):
        inside = int(torch.tensor(data.shape).prod())
        blocks = [Residual(width, norm, last, act) for _ in range(depth)]
        end = [nn.LayerNorm(width)] if norm else []
        return nn.Sequential(
            nn.Flatten(), nn.Linear(inside, width), *blocks, *end, nn.Linear(width, data.outputs)
        )


class ConvBlock(nn.Module):
    """As in ResNets, with functions for activations."""

    def __init__(self, width: int, zero: bool) -> None:
        super().__init__()
        self.a, self.an = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.b, self.bn = nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        if zero:
            nn.init.zeros_(self.bn.weight)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.bn(self.b(F.relu(self.an(self.a(x))))))


def resnet(data: Data, depth: int, width: int, seed: int, zero: bool = False) -> nn.Sequential:
    with seeded(seed):
        return nn.Sequential(
            nn.Conv2d(data.shape[0], width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
            *[ConvBlock(width, zero) for _ in range(depth)],
            nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, data.outputs),
        )  # fmt: skip


class Transformer(nn.Module):
    def __init__(self, data: Data, depth: int, width: int, drop: float, first: bool) -> None:
        super().__init__()
        whole = data.kind == "tokens"
        self.stem: nn.Module = nn.Embedding(12, width) if whole else nn.Linear(data.shape[1], width)
        self.where = nn.Parameter(0.3 * torch.randn(data.shape[0], width))
        layer = nn.TransformerEncoderLayer(
            width, 2, 2 * width, drop, batch_first=True, norm_first=first
        )
        self.stack = nn.TransformerEncoder(layer, depth, enable_nested_tensor=False)
        self.head = nn.Linear(width, data.outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stack(self.stem(x) + self.where).mean(1))


def transformer(data: Data, depth: int, width: int, seed: int, drop: float = 0.0,
                first: bool = True) -> nn.Module:  # fmt: skip
    with seeded(seed):
        return Transformer(data, depth, width, drop, first)


class Recurrent(nn.Module):
    def __init__(self, data: Data, kind: str, depth: int, width: int) -> None:
        super().__init__()
        whole = data.kind == "tokens"
        self.stem = nn.Embedding(12, width) if whole else nn.Identity()
        maker = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}[kind]
        self.core = maker(width if whole else data.shape[1], width, depth, batch_first=True)
        self.head = nn.Linear(width, data.outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.core(self.stem(x))[0][:, -1])


def recurrent(data: Data, kind: str, depth: int, width: int, seed: int) -> nn.Module:
    with seeded(seed):
        return Recurrent(data, kind, depth, width)


class Shared(nn.Module):
    """One layer that is used several times, activations as functions."""

    def __init__(self, data: Data, width: int, times: int) -> None:
        super().__init__()
        self.times = times
        inside = int(torch.tensor(data.shape).prod())
        self.stem, self.again = nn.Linear(inside, width), nn.Linear(width, width)
        self.head = nn.Linear(width, data.outputs)
        nn.init.orthogonal_(self.again.weight, 1.3)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.stem(x.flatten(1)))
        for _ in range(self.times):
            h = torch.relu_(self.again(h))
        return self.head(h)


def shared(data: Data, width: int, times: int, seed: int) -> nn.Module:
    with seeded(seed):
        return Shared(data, width, times)


class Two(nn.Module):
    """Two inputs that are joined, a tuple out."""

    def __init__(self, left: int, right: int, width: int, outputs: int) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(left, width), nn.Linear(right, width)
        self.middle, self.head = nn.Linear(width, width), nn.Linear(width, outputs)

    def forward(self, a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        h = F.gelu(self.left(a) + self.right(b))
        h = F.gelu(self.middle(h))
        return self.head(h), h


def two(data: Data, width: int, seed: int) -> tuple[nn.Module, Data]:
    """The net, and the data with their columns in two inputs."""
    p = data.shape[0]
    with seeded(seed):
        net = Two(p // 2, p - p // 2, width, data.outputs)

    def parted(rows: Rows) -> Rows:
        return (rows[0][:, : p // 2], rows[0][:, p // 2 :]), rows[1]

    return net, Data(parted(data.train), parted(data.test), data.loss, data.outputs, data.shape,
                     data.kind)  # fmt: skip
