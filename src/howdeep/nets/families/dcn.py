"""Cross layers (DCN-v2: Wang et al. 2021, arXiv 2008.13535, eq. 1) on a linear stem; on request.

A block is h <- h + h0 * (W h + b) / L, elementwise, with h0 the stem's outputs and L blocks: each
raises the degree of the products of features that the net knows by one. The paper has no 1 / L,
which keeps deep nets from growing: (1 + z / L)^L stays below e^z. Zero blocks is the linear model
of all fully connected families.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from howdeep.base.nouns import LINEAR, Cost, Part, RateSearch, Rung
from howdeep.nets.families import _dense, _dense_code
from howdeep.nets.families._dcn_net import Net
from howdeep.nets.families._family import Family, Params, Tap
from howdeep.nets.families._products import linear

Layers = list[tuple[str, int, int]]


def layers(rung: Rung) -> Layers:
    """(name, inputs, outputs) of every weight layer from input to output."""
    if rung.blocks == 0:
        return [("head", rung.inputs.columns, rung.outputs)]
    w = rung.width
    crossed = [(f"blocks.{i}", w, w) for i in range(rung.blocks)]
    return [("stem", rung.inputs.columns, w), *crossed, ("head", w, rung.outputs)]


def init(rung: Rung, generator: torch.Generator) -> Params:
    """Parameters of ONE net: weights (inputs, outputs), biases (outputs,)."""
    out: Params = {}
    for name, fan_in, fan_out in layers(rung):
        if rung.blocks == 0:
            weight = torch.zeros(fan_in, fan_out)
        elif name == "stem":
            weight = _dense.stem(rung, "lecun", generator)
        else:
            scale = _dense.HEAD_SCALE if name == "head" else 1.0
            weight = torch.randn((fan_in, fan_out), generator=generator) * (
                scale / math.sqrt(fan_in)
            )
        out[f"{name}.weight"] = weight
        out[f"{name}.bias"] = torch.zeros(fan_out)
    return out


def apply(rung: Rung, params: Params, x: Tensor, tap: Tap | None = None) -> Tensor:
    """Outputs (M, B, C) for inputs (M, B, D) and parameters with leading M."""
    see = tap or (lambda _name, _h: None)
    see("input", x)
    h = x
    if rung.blocks:
        h = first = linear(params, "stem", x)
        see("stem", h)
        for i in range(rung.blocks):
            h = h + first * linear(params, f"blocks.{i}", h) / rung.blocks
            see(f"blocks.{i}", h)
    out = linear(params, "head", h)
    see("head", out)
    return out


def cost(rung: Rung) -> Cost:
    """Weight layers, parameters, forward FLOPs a row (2 per multiply-add, weights only)."""
    every = layers(rung)
    weights = sum(i * o for _, i, o in every)
    return Cost(len(every), weights + sum(o for _, _, o in every), 2.0 * weights)


def config(rung: Rung) -> dict[str, Any]:
    """The arguments of `Net` for this rung."""
    return {"layers": layers(rung), "blocks": rung.blocks}


CODE = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.head = nn.Linear({columns}, {width}), nn.Linear({width}, {outputs})
        self.blocks = nn.ModuleList(nn.Linear({width}, {width}) for _ in range({blocks}))

    def forward(self, x):
        h = first = self.stem(x)
        for block in self.blocks:
            h = h + first * block(h) / {blocks}
        return self.head(h)


net = Net()
"""


def code(rung: Rung) -> str:
    """The net in a few lines of PyTorch: `Family.code`."""
    sizes = {"columns": rung.inputs.columns, "width": rung.width, "outputs": rung.outputs}
    if rung.blocks == 0:
        return _dense.code({}, rung)
    return CODE.format(**sizes, blocks=rung.blocks)


def parts(rung: Rung) -> tuple[Part, ...]:
    """What rows go through: `Family.parts`."""
    label = "cross block: times the first features"
    return _dense_code.around(rung, Part(label, f"{rung.width} wide", 1, rung.blocks, skip=True))


FAMILY = Family(
    kind=_dense.DENSE,
    search=RateSearch(),
    zero=LINEAR,
    gloss="cross layers, each a product with the first features (one weight layer a block)",
    zero_gloss=_dense.ZERO_GLOSS,
    init=init,
    apply=apply,
    cost=cost,
    config=config,
    module=lambda rung: Net(**config(rung)),
    state_dict=lambda rung, params: _dense.state_dict({}, rung, params),
    code=code,
    parts=parts,
    scales=lambda rung: {},
    decayed=lambda rung: frozenset(f"{n}.weight" for n, _, _ in layers(rung) if n != "head"),
)
