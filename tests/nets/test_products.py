"""Products in bf16: of rounded numbers, exactly; and gradients by hand that round as they do."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from howdeep.base.nouns import Inputs, Recipe, Rung
from howdeep.nets import families
from howdeep.nets.families import _dense, family
from howdeep.nets.families._products import linear, linear_back
from howdeep.trainers.fused import backends, loop
from howdeep.trainers.fused.losses import losses
from howdeep.trainers.fused.weights import FusedWeights

BY_HAND = [name for name in families.names() if "bf16" in family(name).precisions]
SHAPES = [(1, 1, 1, 1), (3, 5, 7, 2), (2, 64, 40, 33), (4, 33, 100, 10)]


def rounded(tensor: Tensor) -> np.ndarray:
    """To the nearest number of eight significant bits, ties to even, in float64."""
    mantissa, exponent = np.frexp(tensor.detach().numpy().astype(np.float64))
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


def layer(m: int, b: int, i: int, o: int) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Weight and bias, inputs, slopes at the outputs."""
    g = torch.Generator().manual_seed(b * i + o)
    params = {
        "a.weight": torch.randn(m, i, o, generator=g),
        "a.bias": torch.randn(m, o, generator=g),
    }
    return params, torch.randn(m, b, i, generator=g), torch.randn(m, b, o, generator=g)


def assert_near(found: Tensor, wanted: np.ndarray) -> None:
    """To fp32's rounding, of which bf16's is 65,536 times."""
    np.testing.assert_allclose(found.numpy(), wanted, rtol=0, atol=1e-6 * (1 + abs(wanted).max()))


@pytest.mark.parametrize("shape", SHAPES)
def test_outputs_are_those_of_rounded_factors(shape: tuple[int, int, int, int]) -> None:
    params, h, _ = layer(*shape)
    wanted = rounded(h) @ rounded(params["a.weight"]) + params["a.bias"].double().numpy()[:, None]
    with backends.prepared():
        assert_near(linear(params, "a", h, "bf16"), wanted)
        assert not torch.equal(linear(params, "a", h, "bf16"), linear(params, "a", h))


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_those_of_rounded_factors(shape: tuple[int, int, int, int]) -> None:
    params, h, slope = layer(*shape)
    into = {name: torch.zeros_like(value) for name, value in params.items()}
    with backends.prepared():
        inputs = linear_back(params, "a", h, slope, into, precision="bf16")
    assert_near(inputs, rounded(slope) @ rounded(params["a.weight"]).transpose(0, 2, 1))
    assert_near(into["a.weight"], rounded(h).transpose(0, 2, 1) @ rounded(slope))
    assert_near(into["a.bias"], slope.double().numpy().sum(1))  # no product: nothing is rounded


class Rounding(torch.autograd.Function):
    """h W + b of rounded h and W; its gradients are products of rounded factors, too."""

    @staticmethod
    def forward(ctx: Any, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(h.bfloat16().float(), weight.bfloat16().float())
        return torch.baddbmm(bias.unsqueeze(1), *ctx.to_save)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        (h, weight), taken = ctx.saved_tensors, slope.bfloat16().float()
        return torch.bmm(taken, weight.mT), torch.bmm(h.mT, taken), slope.sum(1)


def by_rounding(params: dict[str, Tensor], name: str, h: Tensor) -> Tensor:
    return Rounding.apply(h, params[f"{name}.weight"], params[f"{name}.bias"])


@pytest.mark.parametrize("blocks", [0, 1, 3])
@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize(
    "options",
    [*itertools.product(_dense.CHOICES["skip"], _dense.CHOICES["norm"], ("relu", "gelu"))],
    ids="-".join,
)
def test_gradients_by_hand_are_autograd_s_of_the_same_rounding(
    name: str, blocks: int, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tuple(zip(("skip", "norm", "activation"), options, strict=True))
    rung = Rung(name, blocks, 48, Inputs(40, 40, 40), 16, chosen)
    nets = [family(name).init(rung, torch.Generator().manual_seed(i)) for i in range(3)]
    g = torch.Generator().manual_seed(9)
    for net in nets:  # away from zero, where heads and biases begin
        for key in net:
            net[key] = net[key] + 0.1 * torch.randn(net[key].shape, generator=g)
    fused = FusedWeights(rung, Recipe(32, 100, 10, precision="bf16"), nets, [-7] * 3)
    x, w = torch.randn(3, 64, 40, generator=g), torch.rand(3, 64, generator=g)
    y = torch.randint(0, 16, (3, 64), generator=g)
    with backends.prepared():
        loss = loop.gradients(fused, x, y, w, "cross_entropy")
        found = {key: value.clone() for key, value in fused.grads.items()}
        monkeypatch.setattr(_dense, "linear", by_rounding)
        wanted = losses(family(name).apply(rung, fused.p, x), y, w, "cross_entropy")
        fused.differentiate(wanted.sum())
    assert torch.equal(loss, wanted.detach())
    for key, value in fused.grads.items():
        assert value.abs().max() > 0, f"{key}: nothing to compare"
        assert torch.equal(found[key], value), key
