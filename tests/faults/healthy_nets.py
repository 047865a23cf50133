"""Healthy nets of all kinds, each shown to train before it counts."""

from __future__ import annotations

import random
from collections.abc import Callable

import nets_of_all_kinds as make
import torch
from planted_case import Case, healthy, progress
from torch import nn

Maker = Callable[[int, random.Random], Case]


def fit_kinds() -> dict[str, Maker]:
    """The kinds of the half that cuts may be fitted on."""
    return {
        "relu": lambda s, r: _mlp(s, r, make.blobs, "relu", (1, 2, 3, 5, 7)),
        "relu, right start": lambda s, r: _mlp(s, r, make.blobs, "relu", (10, 16, 24), "right"),
        "tanh with SGD": lambda s, r: _mlp(
            s, r, make.blobs, "tanh", (1, 2, 4), "right", optimizer=r.choice(("sgd", "momentum"))
        ),
        "sigmoid, shallow": lambda s, r: _mlp(s, r, make.blobs, "sigmoid", (1, 2)),
        "linear": lambda s, r: _mlp(s, r, make.blobs, "none", (1, 2, 4, 8), "right"),
        "batch norm": lambda s, r: _mlp(s, r, make.blobs, "relu", (2, 5, 12), norm="batch"),
        "residual": lambda s, r: _res(s, r, make.blobs, (3, 10, 30)),
        "residual of 100": lambda s, r: _res(s, r, make.blobs, (100,)),
        "bias before batch norm": lambda s, r: _cnn(s, r, make.images, "relu", "batch"),
        "conv": lambda s, r: _cnn(s, r, make.images, "relu", ""),
        "sparse, some dead": lambda s, r: _sparse(s, r, make.blobs),
        "LSTM": lambda s, r: _rnn(s, r, make.series, "lstm"),
        "numbers": lambda s, r: _mlp(s, r, make.numbers, "tanh", (1, 2, 3)),
        "dropout": lambda s, r: _mlp(s, r, make.blobs, "relu", (2, 3), drop=0.2),
        "encoder": lambda s, r: _transformer(s, r, make.series, True),
    }


def report_kinds() -> dict[str, Maker]:
    """The kinds of the half that is reported."""
    return {
        "ReLU6": lambda s, r: _mlp(s, r, make.rings, "relu6", (1, 2, 4, 6)),
        "GELU": lambda s, r: _mlp(
            s, r, make.rings, "gelu", (1, 3, 5), r.choice(("torch", "right"))
        ),
        "SELU and ELU": lambda s, r: _mlp(
            s, r, make.rings, r.choice(("selu", "elu")), (2, 6, 12), "right"
        ),
        "leaky ReLU": lambda s, r: _mlp(s, r, make.rings, "leaky", (8, 14, 20), "right"),
        "tanh with SGD": lambda s, r: _mlp(
            s, r, make.yes_no, "tanh", (1, 3, 6), "right", optimizer=r.choice(("sgd", "momentum"))
        ),
        "sigmoid, shallow": lambda s, r: _mlp(s, r, make.yes_no, "sigmoid", (1, 2)).but(rate=2e-2),
        "linear": lambda s, r: _mlp(s, r, make.numbers, "none", (0, 3, 10), "right"),
        "layer norm": lambda s, r: _mlp(s, r, make.rings, "silu", (2, 6, 10), norm="layer"),
        "residual of 100": lambda s, r: _res(s, r, make.rings, (100,)),
        "residual, zero branch": lambda s, r: _res(s, r, make.yes_no, (6, 20, 50), 0.0),
        "ResNet": lambda s, r: _resnet(s, r, make.stripes),
        "bias before batch norm": lambda s, r: _cnn(s, r, make.stripes, "silu", "batch"),
        "group norm": lambda s, r: _cnn(s, r, make.stripes, "relu", "group"),
        "GRU and RNN": lambda s, r: _rnn(s, r, make.tokens, r.choice(("gru", "rnn"))),
        "transformer": lambda s, r: _transformer(s, r, make.tokens, r.choice((True, False))),
        "sparse, some dead": lambda s, r: _sparse(s, r, make.rings),
        "two inputs": _two,
        "shared weights": lambda s, r: healthy(
            "", make.shared(make.rings(s), r.choice((32, 48)), r.choice((2, 4)), s), make.rings(s)
        ),
        "trained before": _trained,
        "frozen first part": _transferred,
    }


def healthy_case(half: str, number: int) -> Case:
    """A healthy net by its number: all kinds in turns, sizes and rates by chance.

    A kind comes back with other seeds; the rate is said in half of the cases.
    """
    kinds = fit_kinds() if half == "fit" else report_kinds()
    name = list(kinds)[number % len(kinds)]
    seed = number + (1_000 if half == "fit" else 350_000)
    draw = random.Random(seed)
    case = kinds[name](seed, draw)
    if not case.rate and draw.random() < 0.5:
        rate = {"adam": (1e-3, 2e-3, 5e-3), "sgd": (0.05, 0.1), "momentum": (0.02, 0.05)}
        case = case.but(rate=draw.choice(rate[case.optimizer]))
    return case.but(name=f"{half}/healthy/{number}: {name}")


def _mlp(seed: int, r: random.Random, data: Callable[[int], make.Data], act: str,
         depths: tuple[int, ...], start: str = "torch", norm: str = "", drop: float = 0.0,
         optimizer: str = "adam") -> Case:  # fmt: skip
    rows = data(seed)
    net = make.mlp(rows, r.choice(depths), r.choice((32, 48, 64)), act, seed, start, norm, drop)
    return healthy("", net, rows, optimizer=optimizer)


def _res(seed: int, r: random.Random, data: Callable[[int], make.Data], depths: tuple[int, ...],
         last: float = 1.0) -> Case:  # fmt: skip
    rows = data(seed)
    act = r.choice(("relu", "gelu"))
    return healthy("", make.resmlp(rows, r.choice(depths), 32, act, seed, True, last), rows)


def _cnn(
    seed: int, r: random.Random, data: Callable[[int], make.Data], act: str, norm: str
) -> Case:
    rows = data(seed)
    net = make.cnn(rows, r.choice((1, 2, 4)), r.choice((8, 12)), act, seed, norm)
    return healthy("", net, rows)


def _resnet(seed: int, r: random.Random, data: Callable[[int], make.Data]) -> Case:
    rows = data(seed)
    net = make.resnet(rows, r.choice((1, 2, 5)), 8, seed, r.choice((True, False)))
    return healthy("", net, rows)


def _rnn(seed: int, r: random.Random, data: Callable[[int], make.Data], kind: str) -> Case:
    rows = data(seed)
    net = make.recurrent(rows, kind, r.choice((1, 2)), r.choice((24, 32)), seed)
    return healthy("", net, rows, rate=5e-3)


def _transformer(
    seed: int, r: random.Random, data: Callable[[int], make.Data], first: bool
) -> Case:
    rows = data(seed)
    net = make.transformer(rows, r.choice((1, 2, 6)), 16, seed, r.choice((0.0, 0.1)), first)
    return healthy("", net, rows)


def _sparse(seed: int, r: random.Random, data: Callable[[int], make.Data]) -> Case:
    """ReLU layers in which up to two fifths of the units are dead and the others often zero."""
    rows = data(seed)
    net = make.mlp(rows, r.choice((2, 3, 4)), 64, "relu", seed, "right")
    with make.seeded(seed), torch.no_grad():
        for layer in list(make.weighted(net))[:-1]:
            layer.bias.sub_(0.15 * layer.weight.norm(dim=1).mean())
            layer.bias[torch.randperm(64)[: r.randrange(6, 26)]] = -50
    return healthy("", net, rows, rate=5e-3)


def _two(seed: int, r: random.Random) -> Case:
    net, rows = make.two(make.rings(seed), r.choice((32, 48)), seed)
    return healthy("", net, rows)


def _trained(seed: int, r: random.Random) -> Case:
    """A net as it ended, with its batch norms."""
    rows = make.rings(seed)
    case = healthy("", make.mlp(rows, r.choice((2, 4)), 48, "relu", seed, norm="batch"), rows)
    progress(case, case.net, 3e-3, 150)
    return case


def _transferred(seed: int, r: random.Random) -> Case:
    """The first part of a net that was trained, frozen, with a new end."""
    case = _trained(seed, r)
    assert isinstance(case.net, nn.Sequential)
    layers = list(make.weighted(case.net))
    for layer in layers[: 1 if len(layers) < 4 else 2]:
        layer.requires_grad_(False)
    with make.seeded(seed + 1):
        layers[-1].reset_parameters()
    return case
