"""Generated pictures of edges, textures, shapes and objects, each in four classes.

Every kind has places, contrasts and signs at random, so that mean and size of the light tell
nothing: an edge is told by its direction, a texture by how many waves it is made of, a shape by
its outline, an object by which of two shapes is on top.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from howdeep.claims._data import Data, Rows
from howdeep.claims._lab import Lab

Kind = Literal["edges", "textures", "shapes", "objects"]
KINDS: tuple[Kind, ...] = ("edges", "textures", "shapes", "objects")  # from simple to complex
CLASSES, SIDE = 4, 20
NOISE = 0.2
WAVES = (1, 2, 3, 12)  # plane waves of a texture, of one length and any direction
LENGTH = 4.0  # pixels
PAIRS = ((0, 1), (1, 0), (2, 3), (3, 2))  # of an object: the shapes above and below


def scenes(kind: Kind, rows: int, g: torch.Generator) -> Rows:
    """Pictures (rows, side x side) of a kind with their classes."""
    y = torch.randint(CLASSES, (rows,), generator=g)
    x = _DRAW[kind](y, g)
    contrast = (0.5 + torch.rand(rows, 1, 1, generator=g)) * _sign(rows, g)
    x = x * contrast + NOISE * torch.randn(x.shape, generator=g)
    return Rows(x.flatten(1), y)


def data(lab: Lab, kind: Kind, counts: tuple[int, int, int]) -> Data:
    """Rows of a kind to train on, to choose by and to test on."""
    a, b, c = (scenes(kind, rows, lab.torch(kind, part)) for part, rows in enumerate(counts))
    return Data(kind, a, b, c, CLASSES)


def _sign(rows: int, g: torch.Generator) -> Tensor:
    return (torch.randint(2, (rows, 1, 1), generator=g) * 2 - 1).float()


def _grid(rows: int) -> tuple[Tensor, Tensor]:
    """Columns and rows (N, side, side) from the middle, in pixels."""
    at = torch.arange(SIDE) - (SIDE - 1) / 2
    return at.expand(rows, SIDE, SIDE), at.view(-1, 1).expand(rows, SIDE, SIDE)


def _uniform(rows: int, low: float, high: float, g: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(rows, 1, 1, generator=g)


def _edges(y: Tensor, g: torch.Generator) -> Tensor:
    """A straight edge between light and dark, in one of four directions."""
    u, v = _grid(len(y))
    angle = (y * math.pi / CLASSES).view(-1, 1, 1)
    return torch.tanh(u * angle.cos() + v * angle.sin() - _uniform(len(y), -6, 6, g))


def _textures(y: Tensor, g: torch.Generator) -> Tensor:
    """Sums of plane waves of one length, directions evenly apart, turned at random."""
    u, v = _grid(len(y))
    turn, total = _uniform(len(y), 0, math.pi, g), torch.zeros(u.shape)
    for i in range(max(WAVES)):
        count = torch.tensor(WAVES)[y].view(-1, 1, 1)
        angle, phase = turn + i * math.pi / count, _uniform(len(y), 0, 2 * math.pi, g)
        wave = torch.cos(2 * math.pi / LENGTH * (u * angle.cos() + v * angle.sin()) + phase)
        total = total + torch.where(i < count, wave / (count / 2).sqrt(), 0.0)
    return total


def _shape(which: Tensor, u: Tensor, v: Tensor, size: Tensor) -> Tensor:
    """Disc, square, triangle or cross: 1 inside, 0 outside, soft at the rim."""
    a, b = u.abs(), v.abs()
    far = torch.stack(
        [
            (u.square() + v.square()).sqrt(),
            1.13 * torch.maximum(a, b),
            1.29 * torch.maximum(v, 0.866 * a - 0.5 * v) + 0.3 * size,
            0.9 * torch.minimum(torch.maximum(a, 2.5 * b), torch.maximum(2.5 * a, b)),
        ]
    )
    own = far.gather(0, which.view(1, -1, 1, 1).expand(1, *u.shape))[0]
    return torch.sigmoid(3 * (size - own))


def _shapes(y: Tensor, g: torch.Generator) -> Tensor:
    u, v = _grid(len(y))
    right, down = (_uniform(len(y), -4, 4, g) for _ in range(2))
    return 2 * _shape(y, u - right, v - down, _uniform(len(y), 3, 4.5, g))


def _objects(y: Tensor, g: torch.Generator) -> Tensor:
    """Two shapes, one above the other."""
    u, v = _grid(len(y))
    right, down = _uniform(len(y), -4, 4, g), _uniform(len(y), -1, 1, g)
    pair, size = torch.tensor(PAIRS)[y], _uniform(len(y), 3, 4.2, g)
    above = _shape(pair[:, 0], u - right, v - down + 4.6, size)
    return 2 * (above + _shape(pair[:, 1], u - right, v - down - 4.6, size))


_DRAW: dict[Kind, Callable[[Tensor, torch.Generator], Tensor]] = {
    "edges": _edges,
    "textures": _textures,
    "shapes": _shapes,
    "objects": _objects,
}
