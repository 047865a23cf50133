"""The outputs of layers with weights over many rows, a few rows at a time and bounded in memory."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from howdeep.instruments._passage import piece
from howdeep.instruments._subject import Rows, untouched
from howdeep.instruments._trace import Site, follow

MOST = 4_096  # values of a row that are kept
PLACES = 16  # positions of a map that are kept


@dataclass(frozen=True, eq=False)
class Outputs:
    """One layer's outputs: `rows` (N, values), and `units` (samples, units): for maps a sample is a
    place in a row, for others it is a row. Of larger ones drawn values and places stand for all.
    """

    name: str
    rows: Tensor
    units: Tensor


def outputs(net: nn.Module, rows: Rows) -> tuple[Outputs, ...]:
    """Of the input, where it is of numbers, and of each layer with weights, in evaluation mode."""
    told: dict[str, list[tuple[Tensor, Tensor]]] = {}

    def keep(name: str, output: Tensor, layer: nn.Module | None) -> None:
        told.setdefault(name, []).append((_values(output), _units(output, layer)))

    def look(site: Site) -> None:
        if site.kind == "weights" and site.output.ndim > 1:
            keep(site.name, site.output.float().clone(), site.layer)

    with untouched(net), torch.no_grad():
        size = piece(held(net, rows))
        for at in range(0, len(rows), size):
            own = rows.take(torch.arange(at, min(at + size, len(rows))))
            numbers = [x.reshape(len(x), -1).float() for x in own.inputs if x.is_floating_point()]
            if numbers:
                keep("input", torch.cat(numbers, 1), None)
            follow(net, own, look)
    return tuple(
        Outputs(name, torch.cat([a for a, _ in own]), torch.cat([b for _, b in own]))
        for name, own in told.items()
        if sum(len(a) for a, _ in own) == len(rows)
    )


def held(net: nn.Module, rows: Rows) -> int:
    """How many values a pass of one row holds at its layers and activations, 1 or more."""
    few, sizes = rows.take(torch.arange(min(2, len(rows)))), [0]
    with untouched(net), torch.no_grad():
        follow(net, few, lambda site: sizes.append(site.output.numel()))
    return max(1, sum(sizes) // max(len(few), 1))


def _values(output: Tensor) -> Tensor:
    flat = output.flatten(1)
    return flat[:, _drawn(flat.shape[1], MOST)]


def _units(output: Tensor, layer: nn.Module | None) -> Tensor:
    """(samples, units): channels of convolutions, the last axis of others."""
    if output.ndim == 2:
        return output
    moved = output.movedim(1, -1) if isinstance(layer, nn.modules.conv._ConvNd) else output
    places = moved.flatten(1, -2)
    return places[:, _drawn(places.shape[1], PLACES)].flatten(0, 1)


def _drawn(count: int, most: int) -> Tensor:
    """All indices, or `most` drawn ones, the same every time."""
    if count <= most:
        return torch.arange(count)
    made = torch.Generator().manual_seed(0)
    return torch.randperm(count, generator=made)[:most].sort().values
