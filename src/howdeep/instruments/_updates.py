"""How far a step moves each layer, relative to its weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from howdeep.instruments._subject import Loss, Rows, main

BATCH = 32
BETAS, EPSILON = (0.9, 0.999), 1e-8  # of Adam, Kingma & Ba 2015, algorithm 1


@dataclass(frozen=True, eq=False)
class Batches:
    """Rows in a drawn order, of which `count` batches are taken; `piece` rows pass at once."""

    rows: Rows
    count: int
    piece: int


def ratios(
    net: nn.Module, layers: Sequence[nn.Module | None], batches: Batches, loss: Loss, rate: float
) -> list[float | None]:
    """For each layer |step| / |weights|, both as norms over its weights.

    The step is that of Adam at `rate` with the moments of `batches` batches of 32 rows, the weights
    held where they are; where the rate is unknown (0) it is the gradient itself. `None` of a layer
    that no gradient reaches. Call it inside `untouched`.
    """
    weights = {id(p): p for layer in layers for p in _weights(layer)}
    found = _steps(net, list(weights.values()), batches, loss, rate)
    by_weight = dict(zip(weights, found, strict=True))
    return [_ratio(layer, by_weight) for layer in layers]


def _weights(layer: nn.Module | None) -> list[Tensor]:
    """The weights of a layer, biases left out."""
    if layer is None:
        return []
    return [p for p in layer.parameters() if p.ndim > 1 and p.requires_grad]


def _ratio(layer: nn.Module | None, steps: dict[int, Tensor | None]) -> float | None:
    known = [(p, steps[id(p)]) for p in _weights(layer)]
    moved = [step.square().sum() for _, step in known if step is not None]
    held = float(sum(p.detach().double().square().sum() for p, _ in known))
    return (float(sum(moved)) / held) ** 0.5 if moved and held > 0 else None


def _steps(
    net: nn.Module, weights: list[Tensor], batches: Batches, loss: Loss, rate: float
) -> list[Tensor | None]:
    """Each weight's step, in float64."""
    rows = batches.rows
    first: list[Tensor | None] = [None] * len(weights)
    second: list[Tensor | None] = [None] * len(weights)
    taken = max(1, min(batches.count, len(rows) // BATCH)) if rate else 1
    each = BATCH if rate else len(rows)
    for i in range(taken):
        batch = rows.take(torch.arange(i * each, min((i + 1) * each, len(rows))))
        for j, own in enumerate(_gradients(net, weights, batch, loss, batches.piece)):
            if own is not None:
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


def _gradients(
    net: nn.Module, weights: list[Tensor], batch: Rows, loss: Loss, size: int
) -> list[Tensor | None]:
    """The gradient of a batch's mean loss, `size` rows at a time; `None` where none arrives."""
    found: list[Tensor | None] = [None] * len(weights)
    for at in range(0, len(batch), size):
        part = batch.take(torch.arange(at, min(at + size, len(batch))))
        value = loss(main(net(*part.inputs)), part.targets)
        if not value.requires_grad or not weights:
            return found
        reached = torch.autograd.grad(value, weights, allow_unused=True)
        for j, slope in enumerate(reached):
            if slope is not None:
                own = slope.double() * (len(part) / len(batch))
                known = found[j]
                found[j] = own if known is None else known + own
    return found


def _moved(mean: Tensor | None, value: Tensor, beta: float) -> Tensor:
    before = torch.zeros_like(value) if mean is None else mean
    return beta * before + (1 - beta) * value
