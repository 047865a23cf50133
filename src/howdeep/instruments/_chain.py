"""Plain nets, as theory means them: layer, activation, layer, ..., each fed by the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from howdeep.instruments._mean_field import FUNCTIONS, MeanField, mean_field
from howdeep.instruments._trace import Site, Trace

ALIKE = 1.3  # variances of layers that one start drew differ by no more than this factor


@dataclass(frozen=True)
class Start:
    """How the hidden layers of a plain net are drawn: `weight` is inputs x variance of weights."""

    activation: str
    weight: float
    bias: float
    width: int

    @property
    def theory(self) -> MeanField:
        """What the mean field says of it."""
        return mean_field(self.activation, self.weight, self.bias)


def plain(found: Trace) -> tuple[Site, ...]:
    """The layers with weights of a plain net, in order; empty where the net is not plain: where
    something else (a skip, a norm, pooling) stands between a layer and the activation before it.
    """
    sites = found.of("weights", "norm", "activation")
    if len(sites) % 2 == 0 or len(sites) < 3:
        return ()
    for i, site in enumerate(sites):
        if site.kind != ("weights", "activation")[i % 2]:
            return ()
        if i and (site.entered is None or not _same(site.entered, sites[i - 1].output)):
            return ()
    return sites[::2]


def start(found: Trace) -> Start | None:
    """How a plain, untrained net of linear layers was drawn; `None` where theory does not know it:
    another activation, unlike layers, or too few of them.
    """
    layers = plain(found)
    hidden = layers[1:-1]
    kinds = {site.what for site in found.of("activation")}
    if not hidden or len(kinds) != 1 or not kinds <= set(FUNCTIONS):
        return None
    linear = [site.layer for site in hidden if isinstance(site.layer, nn.Linear)]
    if len(linear) < len(hidden):
        return None
    weights = [float(own.weight.detach().square().mean()) * own.in_features for own in linear]
    if min(weights) <= 0.0 or max(weights) > ALIKE * min(weights):
        return None
    biases = [
        0.0 if own.bias is None else float(own.bias.detach().square().mean()) for own in linear
    ]
    width = min(own.in_features for own in linear)
    return Start(kinds.pop(), _mean(weights), _mean(biases), width)


def _same(one: Tensor, other: Tensor) -> bool:
    """Are they the same numbers, whatever their shape?"""
    return one.numel() == other.numel() and torch.equal(one.flatten(1), other.flatten(1))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
