"""Nets as functions of parameters with a leading net axis M, whatever their architecture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

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
    name: str, columns: int, outputs: int, blocks: int, width: int, label: str = "", **options: str
) -> Arm:
    """A net of howdeep's own families (`nets/families`), as studies train it.

    >>> of_family("resmlp", 10, 2, 4, 32).layers
    10
    """
    rung = Rung(
        name, blocks, width, Inputs(columns, columns, columns), outputs, tuple(options.items())
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


def of_module(name: str, build: Callable[[], nn.Module], layers: int = 0) -> Arm:
    """Any module without buffers as an arm; `build` draws its start from PyTorch's generator,
    which is set for it and put back.
    """
    module = build()
    plain = {key: value.detach() for key, value in module.named_parameters()}
    if next(iter(module.buffers()), None) is not None:
        raise ValueError(f"{name}: a module with buffers is no function of its parameters")

    def init(generator: torch.Generator) -> Params:
        seed = int(torch.randint(2**62, (), generator=generator))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return {key: value.detach().clone() for key, value in build().named_parameters()}

    def one(params: Params, x: Tensor) -> Tensor:
        found: Tensor = torch.func.functional_call(module, params, (x,))
        return found

    def apply(params: Params, x: Tensor) -> Tensor:
        found: Tensor = torch.func.vmap(one)(params, x)
        return found

    return Arm(name, init, apply, layers, sum(value.numel() for value in plain.values()))


def stacked(arm: Arm, generators: list[torch.Generator]) -> Params:
    """The parameters of several nets (M, ...), each from its own generator."""
    nets = [arm.init(generator) for generator in generators]
    return {name: torch.stack([net[name] for net in nets]) for name in nets[0]}
