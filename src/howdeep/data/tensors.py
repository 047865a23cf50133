"""Tensors as arrays, without importing what they come from; a handed-over net carries this file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def is_tensor(values: Any) -> bool:
    return hasattr(values, "detach") and hasattr(values, "cpu")


def from_tensor(values: Any) -> NDArray[Any]:
    """A tensor's numbers, wherever it lies and whether it has a gradient or not."""
    if getattr(values, "is_quantized", False):
        values = values.dequantize()
    values = values.detach().cpu()
    values = values if str(values.layout) == "torch.strided" else values.to_dense()
    if values.is_floating_point() and values.element_size() < 4:
        values = values.float()  # bfloat16 is no type of numpy's
    return np.asarray(values.resolve_conj().resolve_neg())
