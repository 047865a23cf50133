"""What small filters respond to: how near they are to a Gabor function, how tuned to a direction.

Filters are rows (n, side x side).
"""

from __future__ import annotations

import math
from functools import cache
from itertools import product

import torch
from torch import Tensor

LENGTHS = (3.0, 4.0, 6.0, 9.0, 14.0)  # pixels of a wave
WIDTHS = (1.2, 1.8, 2.6)  # deviations of the envelope, in pixels
PLACES = (-1.5, 0.0, 1.5)  # of its middle, from the filter's
DIRECTIONS = 16


def near_gabor(filters: Tensor) -> Tensor:
    """The share of each filter's squares that the best Gabor function of any phase holds (n,).

    Gabor functions as in Jones and Palmer 1987 (J. Neurophysiology 58, 1233-1258), with round
    envelopes, from a table of directions, lengths, widths and places.

    >>> edge = torch.tensor([0.0, 1, 2, 0, -2, -1, 0]).repeat(7, 1)
    >>> bool(near_gabor(edge.view(1, 49)) > 0.6)
    True
    """
    table = _table(math.isqrt(filters.shape[1]))
    unit = filters / filters.norm(dim=1, keepdim=True).clamp_min(1e-12)
    return torch.einsum("nd,gdk->ngk", unit, table).square().sum(2).amax(1)


@cache
def _table(side: int) -> Tensor:
    """Orthonormal pairs (G, side x side, 2): even and odd phase of each function."""
    u, v = _grid(side)
    found = []
    for turn, length, width, x, y in product(range(12), LENGTHS, WIDTHS, PLACES, PLACES):
        angle, a, b = turn * math.pi / 12, u - x, v - y
        phase = 2 * math.pi / length * (a * math.cos(angle) + b * math.sin(angle))
        envelope = torch.exp(-(a.square() + b.square()) / (2 * width**2))
        pair = (envelope * phase.cos(), envelope * phase.sin())
        found.append(torch.stack([one.flatten() for one in pair], 1))
    return torch.linalg.qr(torch.stack(found))[0]


def tuning(filters: Tensor) -> Tensor:
    """How much each filter prefers a direction (n,): 0 none, 1 only one.

    The circular variance's complement (Ringach et al. 2002, J. Neuroscience 22, 5639-5651) of the
    responses to gratings of the length that it responds to most, whatever their phase.
    """
    u, v = _grid(math.isqrt(filters.shape[1]))
    angles = torch.arange(DIRECTIONS) * math.pi / DIRECTIONS
    along = u.flatten() * angles.cos().view(-1, 1) + v.flatten() * angles.sin().view(-1, 1)
    waves = 2 * math.pi * along / torch.tensor(LENGTHS[1:]).view(-1, 1, 1)  # (L, directions, d)
    size = (
        torch.einsum("nd,lad->nla", filters, waves.cos()).square()
        + torch.einsum("nd,lad->nla", filters, waves.sin()).square()
    ).sqrt()
    most = size.amax(2).argmax(1)
    own = size[torch.arange(len(filters)), most]
    turned = torch.polar(own, (2 * angles).expand_as(own)).sum(1).abs()
    return turned / own.sum(1).clamp_min(1e-12)


def _grid(side: int) -> tuple[Tensor, Tensor]:
    at = torch.arange(side) - (side - 1) / 2
    return at.expand(side, side), at.view(-1, 1).expand(side, side)


def gabors(count: int, side: int, g: torch.Generator) -> Tensor:
    """Gabor functions (count, side x side) with parameters at random, not of the table."""
    u, v = _grid(side)
    angle, phase = (math.pi * k * torch.rand(count, 1, 1, generator=g) for k in (1, 2))
    length = 4 + 4 * torch.rand(count, 1, 1, generator=g)
    wave = torch.cos(2 * math.pi / length * (u * angle.cos() + v * angle.sin()) + phase)
    width = 1.5 + torch.rand(count, 1, 1, generator=g)
    return (wave * torch.exp(-(u.square() + v.square()) / (2 * width.square()))).flatten(1)
