"""Gradients by hand are those of autograd, bit by bit; so a study's answer is the same."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest
import torch
from torch import Tensor

from howdeep.base.nouns import Inputs, Recipe, Rung
from howdeep.metrics import Loss
from howdeep.nets import families
from howdeep.nets.families import family
from howdeep.nets.families._dense import CHOICES
from howdeep.trainers.fused import backends, loop
from howdeep.trainers.fused.losses import losses, slopes
from howdeep.trainers.fused.weights import FusedWeights

BY_HAND = [name for name in families.names() if family(name).gradients is not None]
OPTIONS = [
    {"skip": skip, "norm": norm, "activation": activation}
    for skip, norm, activation in itertools.product(
        CHOICES["skip"], CHOICES["norm"], CHOICES["activation"]
    )
]


def batch(m: int, b: int, columns: int, outputs: int) -> tuple[Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(0)
    x = torch.randn(m, b, columns, generator=g)
    y = torch.randint(0, max(outputs, 2), (m, b), generator=g)
    return x, y if outputs > 1 else y.float(), torch.rand(m, b, generator=g) + 0.5


def bank_of(rung: Rung, m: int) -> FusedWeights:
    nets = [family(rung.family).init(rung, torch.Generator().manual_seed(i)) for i in range(m)]
    g = torch.Generator().manual_seed(9)
    for net in nets:  # away from zero, where heads and biases begin
        for name in net:
            net[name] = net[name] + 0.1 * torch.randn(net[name].shape, generator=g)
    return FusedWeights(rung, Recipe(32, 100, 10), nets, [-7] * m)


def both_ways(
    rung: Rung, m: int, b: int, kind: Loss
) -> tuple[tuple[Tensor, dict[str, Tensor]], tuple[Tensor, dict[str, Tensor]]]:
    x, y, w = batch(m, b, rung.inputs.columns, rung.outputs)
    with backends.prepared():
        fused = bank_of(rung, m)
        hand = loop.gradients(fused, x, y, w, kind)
        found = {name: value.clone() for name, value in fused.grads.items()}
        auto = losses(family(rung.family).apply(rung, fused.p, x), y, w, kind)
        fused.differentiate(auto.sum())
    return (hand, found), (auto.detach(), fused.grads)


def assert_equal_bits(rung: Rung, m: int, b: int, kind: Loss) -> None:
    (loss, hand), (wanted, auto) = both_ways(rung, m, b, kind)
    assert torch.equal(loss, wanted)
    assert hand.keys() == auto.keys()
    for name, value in auto.items():
        assert value.abs().max() > 0, f"{name}: nothing to compare"
        assert torch.equal(hand[name], value), f"{name}: {(hand[name] - value).abs().max()}"


@pytest.mark.parametrize("blocks", [0, 1, 3])
@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o.values()))
def test_options_of_a_rung(name: str, options: dict[str, str], blocks: int) -> None:
    rung = Rung(name, blocks, 32, Inputs(20, 20, 20), 3, tuple(sorted(options.items())))
    assert_equal_bits(rung, 3, 64, "cross_entropy")


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize(
    ("m", "b", "columns", "width", "outputs"),
    [(1, 64, 40, 32, 10), (8, 128, 784, 64, 10), (5, 33, 7, 20, 2), (2, 1, 3, 8, 2)],
)
def test_shapes(name: str, m: int, b: int, columns: int, width: int, outputs: int) -> None:
    rung = Rung(name, 2, width, Inputs(columns, columns, columns), outputs)
    assert_equal_bits(rung, m, b, "cross_entropy")


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("kind", ["squared", "absolute"])
def test_regression(name: str, kind: Loss) -> None:
    assert_equal_bits(Rung(name, 2, 32, Inputs(9, 9, 9), 1), 3, 50, kind)


@pytest.mark.parametrize("kind", get_args(Loss))
def test_slopes_are_the_derivative_of_losses(kind: Loss) -> None:
    outputs = 1 if kind in ("squared", "absolute") else 4
    x, y, w = batch(3, 17, outputs, outputs)
    out = x.requires_grad_()
    loss = losses(out, y, w, kind)
    (wanted,) = torch.autograd.grad(loss.sum(), out)
    found, slope = slopes(out.detach(), y, w, kind)
    assert torch.equal(found, loss.detach())
    assert torch.equal(slope, wanted)
