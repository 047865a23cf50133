"""Chains trained with noise: dropout, stochastic depth; with skips, batch norm, and any start.

A layer is f(h) = relu(W h + b), with batch norm before its ReLU where asked (`normed`), and what it
gives is dropped unit by unit in training (Srivastava et al. 2014, JMLR 15, 1929-1958). With skips
h <- h + f(h) / sqrt(layers), and whole layers are skipped in training, the last most often and
earlier ones in proportion to their place (Huang et al. 2016, arXiv 1603.09382). Nets that are
scored have no noise: training is where gradients are asked for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from howdeep.claims._nets import Arm, Params
from howdeep.claims.nets.chain import chain
from howdeep.claims.nets.normed import SMALL


@dataclass(frozen=True, eq=False)
class Noise:
    """What is dropped in training: a share of units, and of the last layer's passes.

    `generator`: of the noise; each arm has its own.
    """

    generator: torch.Generator
    units: float = 0.0
    layers: float = 0.0


def dropped(
    name: str,
    columns: int,
    outputs: int,
    layers: int,
    width: int,
    noise: Noise,
    *,
    start: str = "he",
    skip: bool = False,
    norm: bool = False,
) -> Arm:
    """A ReLU chain of `layers` hidden layers that is trained with noise.

    >>> dropped("x", 4, 2, 3, 8, Noise(torch.Generator()), norm=True).parameters
    250
    """
    plain = chain(name, columns, outputs, layers, width, start=start)

    def init(g: torch.Generator) -> Params:
        out = plain.init(g)
        if norm:
            out |= {
                "norm.weight": torch.ones(layers, width),
                "norm.bias": torch.zeros(layers, width),
            }
        return out

    def apply(params: Params, x: Tensor) -> Tensor:
        weights = [params["stem.weight"], *params["hidden.weight"].unbind(1)]
        biases = [params["stem.bias"], *params["hidden.bias"].unbind(1)]
        h = x.flatten(2)
        for i, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            new = torch.baddbmm(bias.unsqueeze(1), h, weight)
            new = torch.relu(_normal(new, params, i) if norm else new)
            new = _thinned(new, noise)
            if skip and i:
                new = h + _passed(new, noise, i / (layers - 1)) / math.sqrt(layers)
            h = new
        return torch.baddbmm(params["head.bias"].unsqueeze(1), h, params["head.weight"])

    return Arm(
        name, init, apply, plain.layers, plain.parameters + (2 * layers * width if norm else 0)
    )


def _normal(h: Tensor, params: Params, layer: int) -> Tensor:
    """Batch norm of h (M, B, width) by the statistics of these rows."""
    spread, mean = torch.var_mean(h, 1, correction=0, keepdim=True)
    h = (h - mean) * torch.rsqrt(spread + SMALL)
    gain, shift = params["norm.weight"][:, layer], params["norm.bias"][:, layer]
    return h * gain.unsqueeze(1) + shift.unsqueeze(1)


def _thinned(h: Tensor, noise: Noise) -> Tensor:
    """Units dropped in training, the others enlarged so that the mean stays."""
    if not noise.units or not torch.is_grad_enabled():
        return h
    kept = torch.rand(h.shape, generator=noise.generator) >= noise.units
    return h * kept / (1 - noise.units)


def _passed(h: Tensor, noise: Noise, place: float) -> Tensor:
    """A layer's part, left out in some passes (one for each net) in training, weighted after it."""
    often = 1 - noise.layers * place
    if not noise.layers:
        return h
    if not torch.is_grad_enabled():
        return h * often
    return h * (torch.rand(len(h), 1, 1, generator=noise.generator) < often)
