"""W3's net as a howdeep family, which the package itself does not have: `howdeep_engine` lends it.

Written as `howdeep.nets.families._conv` is: nets go through one after another, channels last, and
ReLU overwrites what nobody else needs.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.nouns import Cost, RateSearch, Rung
from howdeep.nets.families._conv import CONV
from howdeep.nets.families._family import Family, Layer, Params, Stack
from workloads import POOLED


def init(rung: Rung, generator: torch.Generator) -> Params:
    """One net: kernels (outputs, inputs, 3, 3), head (width, classes), biases zero."""
    out, channels = {}, rung.inputs.image[2]
    for i in range(rung.blocks):
        weight = torch.randn((rung.width, channels, 3, 3), generator=generator)
        out[f"conv{i}.weight"] = weight * math.sqrt(2 / (9 * channels))
        out[f"conv{i}.bias"] = torch.zeros(rung.width)
        channels = rung.width
    head = torch.randn((rung.width, rung.outputs), generator=generator)
    out["head.weight"] = head * math.sqrt(2 / rung.width)
    out["head.bias"] = torch.zeros(rung.outputs)
    return out


def forward(rung: Rung, one: Params, x: Tensor) -> Tensor:
    """Logits (B, classes) of one net for flattened images (B, D)."""
    h = x.reshape(len(x), *rung.inputs.image).permute(0, 3, 1, 2)
    for i in range(rung.blocks):
        h = F.conv2d(h, one[f"conv{i}.weight"], one[f"conv{i}.bias"], padding=1)
        # ReLU of the largest is the largest of the ReLUs, bit for bit, on a quarter of the memory.
        h = F.relu_(F.max_pool2d(h, 2) if i < POOLED else h)
    return torch.addmm(one["head.bias"], h.mean((2, 3)), one["head.weight"])


def apply(rung: Rung, params: Params, x: Tensor, tap: object = None) -> Tensor:
    """Outputs (M, B, C) for inputs (M, B, D)."""
    apart = {name: value.unbind() for name, value in params.items()}
    nets = [{name: values[i] for name, values in apart.items()} for i in range(len(x))]
    return torch.stack([forward(rung, one, rows) for one, rows in zip(nets, x, strict=True)])


def stack(rung: Rung) -> Stack:
    """The rung for kernels that know such nets."""
    layers, channels = [], rung.inputs.image[2]
    for i in range(rung.blocks):
        before: Literal["", "relu"] = "relu" if i else ""
        layers.append(Layer(f"conv{i}", channels, rung.width, 3, 1, before, pooled=i < POOLED))
        channels = rung.width
    return Stack(tuple(layers), "relu", maxima=False)


FAMILY = Family(
    kind=CONV,
    search=RateSearch(),
    zero="",
    init=init,
    apply=apply,
    cost=lambda rung: Cost(rung.blocks + 1, 0, 0.0),
    config=lambda rung: {},
    module=lambda rung: torch.nn.Identity(),
    state_dict=lambda rung, params: params,
    code=lambda rung: "net = nn.Identity()\n",
    parts=lambda rung: (),
    scales=lambda rung: {},
    decayed=lambda rung: frozenset(),
    stack=stack,
)
