"""What one pass tells about every layer with weights, and the activation behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from howdeep.instruments._trace import Site, Trace

# Slope of an activation that keeps the size of a signal of mean square 1: Glorot & Bengio 2010,
# He et al. 2015 (arXiv 1502.01852, eq. 10); sigmoid(x) = (1 + tanh(x/2)) / 2, hence 4.
GAINS = {
    "relu": 2**0.5, "relu6": 2**0.5, "leaky_relu": 2**0.5, "prelu": 2**0.5, "elu": 1.25,
    "selu": 1.0, "gelu": 1.5, "silu": 1.7, "mish": 1.6, "tanh": 1.1, "sigmoid": 4.0,
    "hardtanh": 1.1, "hardsigmoid": 6.0, "hardswish": 1.7, "softplus": 1.0,
}  # fmt: skip
ENDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hardtanh": (-1.0, 1.0),
        "hardsigmoid": (0.0, 1.0)}  # fmt: skip
FLAT = ("relu", "relu6")  # whose slope is exactly zero over a half-line
ROWS = 64  # of which ranks are taken


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer with weights, in the order of the pass.

    `size`: root mean square of its outputs. `spread`: the share of their mean square that differs
    between rows, 0 to 1. `rank`: effective rank (Roy & Vetterli 2007) of its centred outputs over
    64 rows. `slope`: root mean square of the gradient at its outputs, `None` where none arrives.
    `acts`: the activation behind it, "" for none; `dead`: share of its units that are flat on every
    row; `saturated`: share of unit-row pairs within 1 % of an end. `normed`: a norm follows it.
    `gain`: root mean square of its weights times the root of its inputs, 0 where not known.
    """

    name: str
    place: int
    module: nn.Module | None
    units: int
    size: float
    spread: float
    rank: float
    slope: float | None
    acts: str = ""
    dead: float = 0.0
    saturated: float = 0.0
    normed: bool = False
    gain: float = 0.0
    after: Tensor | None = None  # what its activation gave

    @property
    def right_gain(self) -> float:
        """The gain that keeps a signal's size through this layer and its activation."""
        return GAINS.get(self.acts, 1.0)


def layers(found: Trace) -> tuple[Layer, ...]:
    """The layers of a trace."""
    known: list[Layer] = []
    sites = tuple(map(_detached, found.sites))
    spots = [i for i, site in enumerate(sites) if site.kind == "weights"]
    for place, i in enumerate(spots):
        stop = spots[place + 1] if place + 1 < len(spots) else len(sites)
        known.append(_layer(place, sites[i], sites[i + 1 : stop], place == len(spots) - 1))
    return tuple(known)


def _detached(site: Site) -> Site:
    """A site without a graph: what lets gradients through a detach() does so for instruments."""
    entered = None if site.entered is None else site.entered.detach()
    return replace(site, output=site.output.detach(), entered=entered)


def _layer(place: int, site: Site, behind: tuple[Site, ...], last: bool) -> Layer:
    acts = next((s for s in behind if s.kind == "activation"), None)
    normed = any(s.kind == "norm" for s in behind)
    out = site.output.double()
    return Layer(
        name=site.name,
        place=place,
        module=site.layer,
        units=_units(site),
        size=float(out.square().mean().sqrt()),
        spread=spread(out),
        rank=rank(out),
        slope=None if site.slope is None else float(site.slope.double().square().mean().sqrt()),
        acts=called(acts) if acts else "",
        dead=dead(acts, site) if acts else 0.0,
        saturated=saturated(acts) if acts else 0.0,
        normed=normed,
        gain=gain(site.layer),
        after=acts.output if acts else None,
    )


def called(acts: Site) -> str:
    """An activation by its name; torch's ReLU6 calls hardtanh, between 0 and 6."""
    if acts.what != "hardtanh" or acts.entered is None:
        return acts.what
    at_zero = (acts.entered < 0) & (acts.output == 0)
    return "relu6" if bool(at_zero.any()) else acts.what


def _units(site: Site) -> int:
    out = site.output
    return out.shape[channel(site.layer, out)] if out.ndim > 1 else 1


def channel(layer: nn.Module | None, out: Tensor) -> int:
    """The dimension of units: the first behind the rows for convolutions, else the last."""
    return 1 if isinstance(layer, nn.modules.conv._ConvNd) else out.ndim - 1


def spread(out: Tensor) -> float:
    """The share of the mean square of (N, ...) that differs between rows."""
    flat = out.flatten(1) if out.ndim > 1 else out[:, None]
    square = float(flat.square().mean())
    return float(flat.var(0, unbiased=False).mean()) / square if square > 0 else 0.0


def rank(out: Tensor) -> float:
    """exp of the entropy of the shares of singular values of the centred rows; 0 for none."""
    flat = out[:ROWS].flatten(1) if out.ndim > 1 else out[:ROWS, None]
    flat = flat - flat.mean(0)
    top = float(flat.abs().max()) if flat.numel() else 0.0
    if not 0 < top < float("inf"):
        return 0.0
    flat = (flat / top).double()
    values = torch.linalg.eigvalsh(flat @ flat.T).clamp_min(0).sqrt()
    values = values[values > 1e-7 * values.max()]
    shares = values / values.sum()
    return float(torch.exp(-(shares * shares.log()).sum()))


def dead(acts: Site, site: Site) -> float:
    """The share of units of a flat-sided activation that are flat on every row and place."""
    if called(acts) not in FLAT:
        return 0.0
    out = acts.output
    flat = (out <= 0) | (out >= 6) if called(acts) == "relu6" else out <= 0
    if flat.ndim < 2:
        return 0.0
    at = channel(site.layer, out)
    return float(flat.transpose(0, at).flatten(1).all(1).float().mean())


def saturated(acts: Site) -> float:
    """The share of outputs within 1 % of an end of the activation's range."""
    if called(acts) not in ENDS:
        return 0.0
    low, high = ENDS[called(acts)]
    near = 0.01 * (high - low)
    out = acts.output.float()
    return float(((out < low + near) | (out > high - near)).float().mean())


def gain(layer: nn.Module | None) -> float:
    """Root mean square of a layer's weights times the root of how many enter one unit."""
    if not isinstance(layer, nn.Linear | nn.modules.conv._ConvNd):
        return 0.0
    weight = layer.weight.detach().float()
    return float(weight.square().mean().sqrt()) * (weight[0].numel() ** 0.5)
