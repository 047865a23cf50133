"""Matrix products of M nets at once, whose bits do not depend on how many nets there are.

Small products take one kernel for one net and another for many, whose low bits differ; zero
columns make them large enough.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from howdeep.families._family import Params

LEAST_COLUMNS = 4
SMALL_PRODUCT = 16**3  # multiply-adds up to which oneDNN leaves a product to other kernels


def _missing(h: Tensor, weight: Tensor) -> int:
    """Zero columns that h (M, B, I) times weight (M, I, O) wants."""
    least = max(LEAST_COLUMNS, SMALL_PRODUCT // (h.shape[1] * h.shape[2]) + 1)
    return max(least - weight.shape[2], 0)


def linear(params: Params, name: str, h: Tensor) -> Tensor:
    """(M, B, I) -> (M, B, O)."""
    weight, bias = params[f"{name}.weight"], params[f"{name}.bias"].unsqueeze(1)
    if not (missing := _missing(h, weight)):
        return torch.baddbmm(bias, h, weight)
    out = torch.baddbmm(pad(bias, (0, missing)), h, pad(weight, (0, missing)))
    return out[..., : weight.shape[2]]


def linear_back(
    params: Params, name: str, h: Tensor, slope: Tensor, into: Params, inputs: bool = True
) -> Tensor:
    """The gradient (M, B, I) at the inputs h of `linear`, from the one at its outputs (M, B, O).

    Those of weight and bias are written to `into`. Without `inputs`, h itself comes back.
    """
    weight, own = params[f"{name}.weight"], (into[f"{name}.weight"], into[f"{name}.bias"])
    if not (missing := _missing(h, weight)):
        torch.bmm(h.mT, slope, out=own[0])
        torch.sum(slope, 1, out=own[1])
        return torch.bmm(slope, weight.mT) if inputs else h
    wide, columns = pad(slope, (0, missing)), weight.shape[2]
    own[0].copy_(torch.bmm(h.mT, wide)[..., :columns])
    own[1].copy_(wide.sum(1)[..., :columns])
    return torch.bmm(wide, pad(weight, (0, missing)).mT) if inputs else h
