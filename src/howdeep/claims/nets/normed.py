"""Chains with batch normalisation between a layer and its ReLU.

Ioffe & Szegedy 2015 (arXiv 1502.03167), algorithm 1: each unit is brought to mean 0 and variance 1
over the rows that pass together, then scaled and shifted by what is learnt. Rows that are scored
are normalised together, too: by their own statistics, not by running ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from howdeep.claims._nets import Arm, Params
from howdeep.claims.nets.chain import chain

SMALL = 1e-5


def normed(name: str, columns: int, outputs: int, layers: int, width: int) -> Arm:
    """A ReLU chain of `layers` hidden layers, each with batch norm; started as He et al.

    >>> normed("x", 4, 2, 3, 8).layers
    4
    """
    plain = chain(name, columns, outputs, layers, width)

    def init(g: torch.Generator) -> Params:
        return plain.init(g) | {
            "norm.weight": torch.ones(layers, width),
            "norm.bias": torch.zeros(layers, width),
        }

    def apply(params: Params, x: Tensor) -> Tensor:
        h = normed_states(params, x)[-1]
        return torch.baddbmm(params["head.bias"].unsqueeze(1), h, params["head.weight"])

    return Arm(name, init, apply, plain.layers, plain.parameters + 2 * layers * width)


def normed_states(params: Params, x: Tensor) -> list[Tensor]:
    """What each hidden layer gives, (M, B, width) each, for inputs (M, B, ...)."""
    gains, shifts = params["norm.weight"].unbind(1), params["norm.bias"].unbind(1)
    weights = [params["stem.weight"], *params["hidden.weight"].unbind(1)]
    biases = [params["stem.bias"], *params["hidden.bias"].unbind(1)]
    h, out = x.flatten(2), []
    for weight, bias, gain, shift in zip(weights, biases, gains, shifts, strict=True):
        h = torch.baddbmm(bias.unsqueeze(1), h, weight)
        mean, spread = h.mean(1, keepdim=True), h.var(1, unbiased=False, keepdim=True)
        h = (h - mean) / (spread + SMALL).sqrt()
        h = torch.relu(h * gain.unsqueeze(1) + shift.unsqueeze(1))
        out.append(h)
    return out
