"""What every family file provides, under the name `FAMILY`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from howdeep.base.nouns import Cost, Rung

Params = dict[str, Tensor]
Tap = Callable[[str, Tensor], None]


@dataclass(frozen=True)
class Family:
    """The functions of one architecture family.

    `transfers`: does the best learning rate at one depth hold at the others? `init(rung,
    generator)`: parameters of ONE net, no M axis. `apply(rung, params, x, tap=None)`: outputs
    (M, B, C) for inputs (M, B, ...) and parameters with leading M. `cost(rung)`: the only FLOP
    formula. `module(rung)`: the same net as an untrained plain `nn.Module`, made from the plain
    values of `config(rung)`; `state_dict(rung, params)`: one trained net's parameters as its state
    dict. `scales(rung)`: learning-rate multipliers by parameter name (1 if absent).
    `decayed(rung)`: names under weight decay.
    """

    transfers: bool
    init: Callable[[Rung, torch.Generator], Params]
    apply: Callable[..., Tensor]
    cost: Callable[[Rung], Cost]
    config: Callable[[Rung], dict[str, Any]]
    module: Callable[[Rung], nn.Module]
    state_dict: Callable[[Rung, Params], Params]
    scales: Callable[[Rung], dict[str, float]]
    decayed: Callable[[Rung], frozenset[str]]
