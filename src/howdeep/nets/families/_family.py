"""What every family file provides, under the name `FAMILY`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Cost, Inputs, Part, Precision, RateSearch, Recipe, Rung

Params = dict[str, Tensor]
Tap = Callable[[str, Tensor], None]
Slope = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Chain:
    """A net that is a chain of linear layers with ReLU between them, for kernels that know it.

    `layers`: names from input to head. `branch`: the multiplier of residual branches of two layers
    each after a linear stem; None where there are no skips and every layer but the head has a ReLU.
    """

    layers: tuple[str, ...]
    branch: float | None


@dataclass(frozen=True)
class Layer:
    """A convolution of a `Stack`, padded so that stride 1 keeps the shape; its bias if it has one.

    `before`: what comes before it; "norm" is batch norm, `name`.norm, and ReLU. `pooled`: by the
    maxima of 2 x 2 pixels afterwards. `part`: of a residual branch.
    """

    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int
    before: Literal["", "relu", "norm"]
    pooled: bool = False
    part: Literal["", "first", "second"] = ""


@dataclass(frozen=True)
class Stack:
    """A net that is a stack of convolutions and a linear head, for kernels that know it.

    The head takes the mean of each channel, and with `maxima` its maximum next to it, after
    `before` as in a layer. `branch`: the multiplier of residual branches.
    """

    layers: tuple[Layer, ...]
    before: Literal["relu", "norm"]
    maxima: bool
    branch: float = 1.0


@dataclass(frozen=True)
class NetKind:
    """What families of one kind of nets share: how their ladders are climbed unless told.

    `name`: how they are grouped. `needs`: what data must be for them, as "images", and `takes`
    whether inputs are that; kinds that need nothing take any columns. `depths`: in blocks, which
    may grow to `extend_to`, with `longer` times the recipe's steps where nets run out of them.
    `recipe(rows, max_steps)` and `width(rows)` for so many training rows. `plain`: the family that
    is always run, as it shows what the others' blocks are for. Next to families that data of their
    kind have of their own, `beside_depths` are tried, by `beside_search` if it is given.
    """

    name: str
    plain: str
    depths: tuple[int, ...]
    extend_to: int
    recipe: Callable[[int, int | None], Recipe]
    width: Callable[[int], int]
    beside_depths: tuple[int, ...]
    beside_search: RateSearch | None = None
    longer: int = 1
    needs: str = ""
    takes: Callable[[Inputs], bool] = lambda inputs: True


@dataclass(frozen=True)
class Family:
    """The functions of one architecture family.

    `kind`: what its nets share with those of other families. `gloss`: what its nets are, in a
    few words for readers. `search`: how its learning rates are found. `zero`: the name of its net
    of zero blocks, and `zero_gloss` what that is. `init(rung, generator)`:
    parameters of ONE net, no M axis. `apply(rung, params, x, tap=None)`: outputs
    (M, B, C) for inputs (M, B, ...) and parameters with leading M. `cost(rung)`: the only FLOP
    formula. `module(rung)`: the same net as an untrained plain `nn.Module`, made from the plain
    values of `config(rung)`; its class is the `Net` of a file that stands by itself, which is
    handed over whole. `state_dict(rung, params)`: one trained net's parameters as its state dict.
    `code(rung)`: the same net in some ten lines of PyTorch that define `net`, for people to copy;
    `math`, `torch` and `nn` are imported. It takes what `module` takes, but kinds that need images
    take them as (B, C, H, W). `parts(rung)`: what rows go through, for a drawing.
    `blocks`: whether its nets ask which columns of the inputs are whose (`Inputs.blocks`).
    `scales(rung)`: learning-rate multipliers by parameter name (1 if absent).
    `decayed(rung)`: names under weight decay. `calibrate(rung, params, x)`, where a net needs more
    than its weights to be evaluated: the parameters with what was measured on training rows x
    (B, ...), and the outputs (M, B, C) there. `gradients(rung, params, x, slope, into)`, where a
    family has them by hand: the losses (M,), with the gradients of their sum written to `into`
    (tensors like `params`); `slope(out)` gives the losses and their gradient at the outputs.
    The bits are those of autograd. `chain(rung)`, where a family has such nets: a rung as a
    `Chain`, or None; `stack(rung)`: as a `Stack`. `precisions`: those that its nets can be trained
    in; `gradients` takes one of them last.
    """

    kind: NetKind
    search: RateSearch
    zero: str
    init: Callable[[Rung, torch.Generator], Params]
    apply: Callable[..., Tensor]
    cost: Callable[[Rung], Cost]
    config: Callable[[Rung], dict[str, Any]]
    module: Callable[[Rung], nn.Module]
    state_dict: Callable[[Rung, Params], Params]
    code: Callable[[Rung], str]
    parts: Callable[[Rung], tuple[Part, ...]]
    scales: Callable[[Rung], dict[str, float]]
    decayed: Callable[[Rung], frozenset[str]]
    calibrate: Callable[[Rung, Params, Tensor], tuple[Params, Tensor]] | None = None
    gradients: Callable[[Rung, Params, Tensor, Slope, Params, Precision], Tensor] | None = None
    chain: Callable[[Rung], Chain | None] | None = None
    precisions: tuple[Precision, ...] = ("fp32",)
    gloss: str = ""
    zero_gloss: str = ""
    stack: Callable[[Rung], Stack] | None = None
    blocks: bool = False


def chosen(
    rung: Rung, defaults: Mapping[str, str], choices: Mapping[str, tuple[str, ...]]
) -> dict[str, str]:
    """A family's defaults overridden by the rung's options.

    Raises:
        ConfigError: an option or a value that there is none of among `choices`.
    """
    out = {**defaults, **dict(rung.options)}
    for name, value in out.items():
        if value not in choices.get(name, ()):
            known = ", ".join(choices.get(name, choices))
            raise ConfigError(f"rung option {name}={value!r}: there is none", f"one of {known}")
    return out
