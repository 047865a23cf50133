"""Nets as functions of parameters with a leading net axis M, whatever their architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from howdeep.base.nouns import Inputs, Rung
from howdeep.nets.families import family

Params = dict[str, Tensor]


@dataclass(frozen=True, eq=False)
class Arm:
    """One architecture with its start: what an experiment compares with others.

    `init(generator)`: the parameters of one net. `apply(params, x)`: outputs (M, B, C) of inputs
    (M, B, ...) and parameters with a leading M. `scales`: of the learning rate by parameter name.
    `layers`: with weights, from input to output. `parameters`: how many numbers it learns.
    """

    name: str
    init: Callable[[torch.Generator], Params]
    apply: Callable[[Params, Tensor], Tensor]
    layers: int = 0
    parameters: int = 0
    scales: Mapping[str, float] = field(default_factory=dict)


def of_family(
    name: str,
    columns: int,
    outputs: int,
    blocks: int,
    width: int,
    label: str = "",
    image: tuple[int, ...] = (),
    **options: str,
) -> Arm:
    """A net of howdeep's own families (`nets/families`), as studies train it.

    `image`: height, width and channels of what was flattened to columns, for convolutions.

    >>> of_family("resmlp", 10, 2, 4, 32).layers
    10
    """
    rung = Rung(
        name,
        blocks,
        width,
        Inputs(columns, columns, columns, image),
        outputs,
        tuple(options.items()),
    )
    own = family(name)
    cost = own.cost(rung)
    return Arm(
        label or f"{name}-{blocks}",
        lambda generator: own.init(rung, generator),
        lambda params, x: own.apply(rung, params, x),
        cost.weight_layers,
        cost.parameters,
        own.scales(rung),
    )


def stacked(arm: Arm, generators: list[torch.Generator]) -> Params:
    """The parameters of several nets (M, ...), each from its own generator."""
    nets = [arm.init(generator) for generator in generators]
    return {name: torch.stack([net[name] for net in nets]) for name in nets[0]}
