"""Matrix products of M nets at once, whose bits do not depend on how many nets there are.

Small products take one kernel for one net and another for many, whose low bits differ; zero
columns make them large enough.

In bf16 what a product takes is rounded to bfloat16, and all else is fp32: sums, outputs, biases.
PyTorch's own bf16 products round their outputs too, and those with fp32 outputs (`out_dtype`) are
there on CUDA only; so this is an fp32 product of rounded numbers. It trains the nets that the
compiled kernels train, but no faster than fp32.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from howdeep.base.nouns import Precision
from howdeep.nets.families._family import Params

LEAST_COLUMNS = 4
SMALL_PRODUCT = 16**3  # multiply-adds up to which oneDNN leaves a product to other kernels


def _missing(h: Tensor, weight: Tensor) -> int:
    """Zero columns that h (M, B, I) times weight (M, I, O) wants."""
    least = max(LEAST_COLUMNS, SMALL_PRODUCT // (h.shape[1] * h.shape[2]) + 1)
    return max(least - weight.shape[2], 0)


def _taken(precision: Precision, *factors: Tensor) -> tuple[Tensor, ...]:
    """The factors of a product as it takes them."""
    return factors if precision == "fp32" else tuple(f.bfloat16().float() for f in factors)


def linear(params: Params, name: str, h: Tensor, precision: Precision = "fp32") -> Tensor:
    """(M, B, I) -> (M, B, O)."""
    bias = params[f"{name}.bias"].unsqueeze(1)
    h, weight = _taken(precision, h, params[f"{name}.weight"])
    if not (missing := _missing(h, weight)):
        return torch.baddbmm(bias, h, weight)
    out = torch.baddbmm(pad(bias, (0, missing)), h, pad(weight, (0, missing)))
    return out[..., : weight.shape[2]]


def linear_back(
    params: Params,
    name: str,
    h: Tensor,
    slope: Tensor,
    into: Params,
    inputs: bool = True,
    precision: Precision = "fp32",
) -> Tensor:
    """The gradient (M, B, I) at the inputs h of `linear`, from the one at its outputs (M, B, O).

    Those of weight and bias are written to `into`. Without `inputs`, h itself comes back.
    """
    own = (into[f"{name}.weight"], into[f"{name}.bias"])
    left, taken, weight = _taken(precision, h, slope, params[f"{name}.weight"])
    if not (missing := _missing(h, weight)):
        torch.bmm(left.mT, taken, out=own[0])
        torch.sum(slope, 1, out=own[1])
        return torch.bmm(taken, weight.mT) if inputs else h
    wide, columns = pad(taken, (0, missing)), weight.shape[2]
    own[0].copy_(torch.bmm(left.mT, wide)[..., :columns])
    own[1].copy_(pad(slope, (0, missing)).sum(1)[..., :columns])
    return torch.bmm(wide, pad(weight, (0, missing)).mT) if inputs else h
