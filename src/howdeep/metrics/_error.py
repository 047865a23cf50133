"""How far predictions of numbers are off: what squared and absolute errors share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from howdeep.metrics._metric import Basis, Floats, Scale

if TYPE_CHECKING:
    from torch import Tensor


def off(outputs: NDArray[np.floating], basis: Basis, scale: Scale) -> Floats:
    """Target minus prediction (..., n) of standardised predictions (..., n, 1)."""
    out = np.asarray(outputs, dtype=np.float64)[..., 0]
    return np.asarray(np.asarray(basis.target, np.float64) - scale.shift - out * scale.spread)


def tensor_off(out: Tensor, target: Tensor, scale: Scale) -> Tensor:
    """The same of tensors."""
    return target.double() - scale.shift - out[..., 0] * scale.spread
