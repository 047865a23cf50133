"""Images, standardised as in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep.modalities.image.scaling import standardised


def encode(about: Mapping[str, Any], images: Any) -> Tensor:
    """Images of the trained size as bytes (N, H, W, C), or (N, H, W), to flat rows (N, D).

    Raises:
        ValueError: another size, or no bytes.
    """
    pixels, encoder = np.asarray(images), about["encoder"]
    shape, wanted = pixels.shape, tuple(encoder["shape"])
    if pixels.dtype != np.uint8 or wanted not in (shape[1:], (*shape[1:], 1)):
        raise ValueError(f"uint8 images of shape {wanted} are needed: {pixels.dtype}, {shape}")
    rows = standardised(pixels.reshape(-1, *wanted), encoder["means"], encoder["spreads"])
    return torch.from_numpy(rows)
