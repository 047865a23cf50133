"""How far a step moves each layer, relative to its weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from howdeep.instruments._subject import Loss, Rows, main
from howdeep.instruments._trace import Site

BATCH = 32
BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam, Kingma & Ba 2015, algorithm 1


def ratios(
    net: nn.Module, sites: Sequence[Site], rows: Rows, loss: Loss, rate: float, batches: int
) -> list[float | None]:
    """For each layer |step| / |weights|, both as norms over its weights.

    The step is that of Adam at `rate` with the moments of `batches` batches of 32 rows, the weights
    held where they are; where the rate is unknown (0) it is the gradient itself. `None` of a layer
    that no gradient reaches. Call it inside `untouched`.
    """
    weights = {id(p): p for site in sites for p in _weights(site)}
    found = _steps(net, list(weights.values()), rows, loss, rate, batches)
    by_weight = dict(zip(weights, found, strict=True))
    return [_ratio(site, by_weight) for site in sites]


def _weights(site: Site) -> list[Tensor]:
    """The weights of a layer, biases left out."""
    if site.layer is None:
        return []
    return [p for p in site.layer.parameters() if p.ndim > 1 and p.requires_grad]


def _ratio(site: Site, steps: dict[int, Tensor | None]) -> float | None:
    known = [(p, steps[id(p)]) for p in _weights(site)]
    moved = [step.square().sum() for _, step in known if step is not None]
    held = float(sum(p.detach().double().square().sum() for p, _ in known))
    return (float(sum(moved)) / held) ** 0.5 if moved and held > 0 else None


def _steps(
    net: nn.Module, weights: list[Tensor], rows: Rows, loss: Loss, rate: float, batches: int
) -> list[Tensor | None]:
    """Each weight's step, in float64."""
    first: list[Tensor | None] = [None] * len(weights)
    second: list[Tensor | None] = [None] * len(weights)
    taken = max(1, min(batches, len(rows) // BATCH)) if rate else 1
    each = BATCH if rate else len(rows)
    for i in range(taken):
        batch = rows.take(torch.arange(i * each, min((i + 1) * each, len(rows))))
        value = loss(main(net(*batch.inputs)), batch.targets)
        reached = torch.autograd.grad(value, weights, allow_unused=True)
        for j, gradient in enumerate(reached):
            if gradient is not None:
                own = gradient.double()
                first[j] = _moved(first[j], own, BETAS[0] if rate else 0.0)
                second[j] = _moved(second[j], own.square(), BETAS[1])
    steps: list[Tensor | None] = []
    for m, v in zip(first, second, strict=True):
        if m is None or v is None:
            steps.append(None)
        elif rate:
            m, v = m / (1 - BETAS[0] ** taken), v / (1 - BETAS[1] ** taken)
            steps.append(rate * m / (v.sqrt() + EPSILON))
        else:
            steps.append(m)
    return steps


def _moved(mean: Tensor | None, value: Tensor, beta: float) -> Tensor:
    before = torch.zeros_like(value) if mean is None else mean
    return beta * before + (1 - beta) * value
