"""Images, standardised as in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from howdeep.data.tensors import from_tensor, is_tensor
from howdeep.modalities.image.scaling import rescaled, standardised


def encode(about: Mapping[str, Any], images: Any) -> Tensor:
    """Images of the trained size, (N, H, W, C) or (N, H, W), to flat rows (N, D).

    Their numbers are on the scale of the study's images, or bytes where a byte has its place there.

    Raises:
        ValueError: another size, or numbers that are not on that scale.
    """
    if isinstance(images, list | tuple):
        images = [from_tensor(image) if is_tensor(image) else image for image in images]
    images = from_tensor(images) if is_tensor(images) else images
    pixels, encoder = np.asarray(images), about["encoder"]
    shape, wanted = pixels.shape, tuple(encoder["shape"])
    scale = about["reading"].get("scale")
    if wanted not in (shape[1:], (*shape[1:], 1)):
        raise ValueError(f"images of shape {wanted} are needed: {pixels.dtype}, {shape}")
    if scale is None and pixels.dtype != np.uint8:
        raise ValueError(f"uint8 images of shape {wanted} are needed: {pixels.dtype}, {shape}")
    if scale is not None:
        try:
            pixels = rescaled(pixels, scale)
        except ValueError as error:
            raise ValueError(f"the images hold {error}") from None
    rows = standardised(pixels.reshape(-1, *wanted), encoder["means"], encoder["spreads"])
    return torch.from_numpy(rows)
