"""Update rules of optimisers, of parameters with a leading net axis and a learning rate a net.

Each is torch.optim's of the same name with its default settings, but for the decay of "adamw":
"sgd"; "momentum" (0.9); "adam" (Kingma & Ba 2015, arXiv 1412.6980); "adamw", decoupled weight decay
(Loshchilov & Hutter 2019, arXiv 1711.05101); "muon", momentum whose matrices are brought near to
orthogonal ones (Jordan et al. 2024), without decay and at Adam's scale (Liu et al. 2025, arXiv
2502.16982). Muon is for hidden matrices: here for tensors (M, L, a, b), as chains have them; all
else goes by Adam.
"""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

Optimizer = Literal["adam", "sgd", "momentum", "adamw", "muon"]
NEWTON = (3.4445, -4.7750, 2.0315)  # coefficients of torch.optim.Muon


def update(
    optimizer: Optimizer,
    value: Tensor,
    grad: Tensor,
    moments: tuple[Tensor, Tensor],
    lr: Tensor,
    step: int,
    decay: float = 0.0,
) -> None:
    """Change `value` (M, ...) and its two moments by a gradient; `lr` broadcasts to it.

    `step` counts from 0; `decay` is that of "adamw".
    """
    first, second = moments
    if optimizer in ("sgd", "momentum"):
        first.mul_(0.9 if optimizer == "momentum" else 0.0).add_(grad)
        value.sub_(lr * first)
        return
    if optimizer == "muon" and value.dim() == 4:
        first.lerp_(grad, 0.05)
        size = 0.2 * math.sqrt(max(value.shape[-2:]))
        value.sub_(lr * size * orthogonal(grad.lerp(first, 0.95)))
        return
    if optimizer == "adamw":
        value.mul_(1 - lr * decay)
    first.lerp_(grad, 0.1)
    second.lerp_(grad.square(), 0.001)
    a, b = 1 - 0.9 ** (step + 1), 1 - 0.999 ** (step + 1)
    value.sub_(lr * (first / a) / ((second / b).sqrt() + 1e-8))


def orthogonal(matrices: Tensor) -> Tensor:
    """Matrices (..., a, b) with their singular values brought to about 1, as Muon does it.

    Five steps of Newton and Schulz with coefficients that reach 0.7 to 1.2 and go no further.
    """
    a, b, c = NEWTON
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp_min(1e-7)
    for _ in range(5):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
