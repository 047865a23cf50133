"""Small pictures as measurements hold them, and as a sheet of the page takes them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

SIDE = 64  # pixels along a side of a picture that is kept


def coloured(values: Tensor) -> Tensor:
    """Values (1, H, W) as a picture (3, H, W): red speaks for, blue against, white neither."""
    size = (values / values.abs().max().clamp_min(1e-12))[0]
    up, down = size.clamp_min(0), (-size).clamp_min(0)
    return torch.stack([1 - down, 1 - up - down, 1 - up]).clamp(0, 1)


def tile(picture: Tensor) -> list[Any]:
    """A picture (C, H, W) in 0 to 1 as [height, width, channels, base64 of its bytes]."""
    picture = picture if len(picture) in (1, 3) else picture.mean(0, keepdim=True)
    shrink = max(1, -(-max(picture.shape[1:]) // SIDE))
    if shrink > 1:
        picture = F.avg_pool2d(picture, shrink, ceil_mode=True)
    held = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    return [*held.shape, base64.b64encode(held.tobytes()).decode()]


def picture(held: Sequence[Any]) -> tuple[int, int, int, bytes]:
    """What `tile` made, for a `Sheet`.

    >>> picture(tile(torch.ones(1, 1, 2)))
    (1, 2, 1, b'\\xff\\xff')
    """
    height, width, channels, text = held
    return height, width, channels, base64.b64decode(text)
