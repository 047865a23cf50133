"""Fully connected nets, plain or residual, written once with a leading net axis M.

Options of a rung (a family gives the defaults, a rung may override them):
`skip` "none" | "identity"; `norm` "none" | "layer"; `activation` "relu" | "tanh" | "gelu" |
"sigmoid"; `init` "he" | "xavier" | "lecun" | "orthogonal" (of the hidden weights).

A residual block is h <- h + sqrt(2/L) W2 act(W1 norm(h)), L blocks (depth-muP with base depth 2:
Yang, Yu, Zhu, Hayou 2023, arXiv 2310.02244, eq. 1; the block learning rate is scaled alike).
A plain block is h <- act(W norm(h)); the first plain block is the stem. Zero blocks is one linear
map of the inputs, started at zero. Where the table encoding's piecewise-linear columns come in,
their rows of the stem start at zero (docs/recipe.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from howdeep.base.limits import EXTEND_TO_BLOCKS
from howdeep.base.nouns import LINEAR, Cost, Part, Precision, RateSearch, Rung
from howdeep.nets.families import _dense_back, _dense_code
from howdeep.nets.families._dense_net import ACTIVATIONS, Net
from howdeep.nets.families._family import Chain, Family, NetKind, Params, Slope, Tap, chosen
from howdeep.nets.families._products import linear
from howdeep.nets.recipe import recipe, width

CHOICES = {
    "skip": ("none", "identity"),
    "norm": ("none", "layer"),
    "activation": tuple(ACTIVATIONS),
    "init": ("he", "xavier", "lecun", "orthogonal"),
}
DENSE = NetKind(
    name="dense",
    plain="mlp",
    depths=(0, 1, 2, 4, 8, 16),
    extend_to=EXTEND_TO_BLOCKS,
    recipe=recipe,
    width=width,
    beside_depths=(0, 1, 2, 4),
    beside_search=RateSearch(tuning_seeds=1, grid=(-10, -8, -6), zero_grid=(-9, -7, -5), step=2),
    longer=4,
)
Options = Mapping[str, str]
GAINS = {"he": 2.0, "xavier": 1.0, "lecun": 1.0, "orthogonal": 1.0}
ZERO_GLOSS = "no hidden layer at all"
HEAD_SCALE = 0.1  # a small head: the first outputs are near zero whatever the depth


def dense(search: RateSearch, gloss: str, **defaults: str) -> Family:
    """A family of fully connected nets whose rungs have these option defaults."""
    base = {"activation": "relu", "init": "he", **defaults}
    return Family(
        kind=DENSE,
        search=search,
        zero=LINEAR,
        gloss=gloss,
        zero_gloss=ZERO_GLOSS,
        init=partial(init, base),
        apply=partial(apply, base),
        cost=partial(cost, base),
        config=partial(config, base),
        module=partial(module, base),
        state_dict=partial(state_dict, base),
        code=partial(code, base),
        parts=partial(parts, base),
        scales=partial(scales, base),
        decayed=partial(decayed, base),
        gradients=partial(gradients, base),
        chain=partial(chain, base),
        precisions=("fp32", "bf16"),
    )


def options(rung: Rung, defaults: Options) -> dict[str, str]:
    """The family's defaults overridden by the rung's options: `_family.chosen`."""
    return chosen(rung, defaults, CHOICES)


def layers(rung: Rung, residual: bool) -> list[tuple[str, int, int]]:
    """(name, inputs, outputs) of every weight layer from input to output."""
    if rung.blocks == 0:
        return [("head", rung.inputs.columns, rung.outputs)]
    w = rung.width
    out = [("stem", rung.inputs.columns, w)]
    if residual:
        for i in range(rung.blocks):
            out += [(f"blocks.{i}.up", w, w), (f"blocks.{i}.down", w, w)]
    else:
        out += [(f"blocks.{i}", w, w) for i in range(1, rung.blocks)]
    return [*out, ("head", w, rung.outputs)]


def norms(rung: Rung, opt: Options) -> list[str]:
    """Names of the layer norms: one before each block, and one before the head."""
    if opt["norm"] == "none" or rung.blocks == 0:
        return []
    first = 0 if opt["skip"] == "identity" else 1
    return [f"blocks.{i}.norm" for i in range(first, rung.blocks)] + ["head.norm"]


def _normal(shape: tuple[int, int], std: float, g: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=g) * std


def _hidden(fan_in: int, fan_out: int, kind: str, g: torch.Generator) -> Tensor:
    if kind == "orthogonal":
        square = torch.randn((max(fan_in, fan_out),) * 2, generator=g)
        q, r = torch.linalg.qr(square)
        return (q * torch.sign(torch.diagonal(r)))[:fan_in, :fan_out].contiguous()
    fans = (fan_in + fan_out) / 2 if kind == "xavier" else fan_in
    return _normal((fan_in, fan_out), math.sqrt(GAINS[kind] / fans), g)


def stem(rung: Rung, kind: str, g: torch.Generator) -> Tensor:
    """(D, w): variance 2/features on the base columns, zero on the piecewise-linear ones."""
    inputs = rung.inputs
    gain = GAINS.get(kind, 1.0)
    drawn = inputs.columns - inputs.padding
    weight = _normal((drawn, rung.width), math.sqrt(gain / inputs.features), g)
    weight[inputs.zero_from :] = 0.0
    return torch.cat([weight, torch.zeros(inputs.padding, rung.width)])


def init(defaults: Options, rung: Rung, generator: torch.Generator) -> Params:
    """Parameters of ONE net from `generator`: weights (inputs, outputs), biases (outputs,)."""
    opt = options(rung, defaults)
    residual = opt["skip"] == "identity"
    out: Params = {}
    for name, fan_in, fan_out in layers(rung, residual):
        if rung.blocks == 0:
            weight = torch.zeros(fan_in, fan_out)
        elif name == "stem":
            weight = stem(rung, opt["init"], generator)
        elif name == "head":
            weight = _normal((fan_in, fan_out), HEAD_SCALE / math.sqrt(fan_in), generator)
        elif name.endswith(".down"):
            weight = _normal((fan_in, fan_out), 1 / math.sqrt(fan_in), generator)
        else:
            weight = _hidden(fan_in, fan_out, opt["init"], generator)
        out[f"{name}.weight"] = weight
        out[f"{name}.bias"] = torch.zeros(fan_out)
    for name in norms(rung, opt):
        out[f"{name}.weight"] = torch.ones(rung.width)
        out[f"{name}.bias"] = torch.zeros(rung.width)
    return out


def branch(rung: Rung) -> float:
    """The multiplier sqrt(2/L) of a residual branch, and of its learning rate."""
    return math.sqrt(2 / rung.blocks)


def _norm(params: Params, name: str, h: Tensor) -> Tensor:
    if f"{name}.weight" not in params:
        return h
    normal = nn.functional.layer_norm(h, h.shape[-1:])
    return normal * params[f"{name}.weight"].unsqueeze(1) + params[f"{name}.bias"].unsqueeze(1)


def apply(
    defaults: Options, rung: Rung, params: Params, x: Tensor, tap: Tap | None = None
) -> Tensor:
    """Outputs (M, B, C) for inputs (M, B, D) and parameters with leading M; `tap(name, h)` sees
    the input ("input"), the state after each block ("blocks.3") and the outputs ("head")."""
    opt = options(rung, defaults)
    act = ACTIVATIONS[opt["activation"]]
    see = tap or (lambda _name, _h: None)
    see("input", x)
    if rung.blocks == 0:
        out = linear(params, "head", x)
        see("head", out)
        return out
    h = linear(params, "stem", x)
    if opt["skip"] == "identity":
        see("stem", h)
        h = _residual_blocks(rung, params, h, act, see)
    else:
        h = _plain_blocks(rung, params, h, act, see)
    out = linear(params, "head", _norm(params, "head.norm", h))
    see("head", out)
    return out


def _residual_blocks(
    rung: Rung, params: Params, h: Tensor, act: Callable[[Tensor], Tensor], see: Tap
) -> Tensor:
    scale = branch(rung)
    for i in range(rung.blocks):
        inner = act(linear(params, f"blocks.{i}.up", _norm(params, f"blocks.{i}.norm", h)))
        h = torch.add(h, linear(params, f"blocks.{i}.down", inner), alpha=scale)
        see(f"blocks.{i}", h)
    return h


def _plain_blocks(
    rung: Rung, params: Params, h: Tensor, act: Callable[[Tensor], Tensor], see: Tap
) -> Tensor:
    h = act(h)
    see("blocks.0", h)
    for i in range(1, rung.blocks):
        h = act(linear(params, f"blocks.{i}", _norm(params, f"blocks.{i}.norm", h)))
        see(f"blocks.{i}", h)
    return h


def gradients(
    defaults: Options,
    rung: Rung,
    params: Params,
    x: Tensor,
    slope: Slope,
    into: Params,
    precision: Precision = "fp32",
) -> Tensor:
    """The gradients of `apply` by hand: `Family.gradients`."""
    opt = options(rung, defaults)
    activation = (opt["activation"], ACTIVATIONS[opt["activation"]])
    residual = _residual(rung, opt)
    return _dense_back.gradients(rung, residual, activation, params, x, slope, into, precision)


def _residual(rung: Rung, opt: Options) -> float | None:
    """The multiplier of a branch; None without skips."""
    return branch(rung) if opt["skip"] == "identity" and rung.blocks else None


def chain(defaults: Options, rung: Rung) -> Chain | None:
    """The rung as `Family.chain`: with ReLU and without norms it is one."""
    opt = options(rung, defaults)
    if opt["norm"] != "none" or opt["activation"] != "relu":
        return None
    names = [name for name, _, _ in layers(rung, opt["skip"] == "identity")]
    return Chain(tuple(names), _residual(rung, opt))


def cost(defaults: Options, rung: Rung) -> Cost:
    """Weight layers, parameters, forward FLOPs a row (2 per multiply-add, weights only)."""
    opt = options(rung, defaults)
    every = layers(rung, opt["skip"] == "identity")
    weights = sum(i * o for _, i, o in every)
    extra = sum(o for _, _, o in every) + 2 * rung.width * len(norms(rung, opt))
    return Cost(len(every), weights + extra, 2.0 * weights)


def scales(defaults: Options, rung: Rung) -> dict[str, float]:
    """Learning-rate multipliers by parameter name; what is not named has 1."""
    opt = options(rung, defaults)
    if opt["skip"] != "identity" or rung.blocks == 0:
        return {}
    return {
        f"blocks.{i}.{part}.{kind}": branch(rung)
        for i in range(rung.blocks)
        for part in ("up", "down")
        for kind in ("weight", "bias")
    }


def decayed(defaults: Options, rung: Rung) -> frozenset[str]:
    """Names of the parameters under weight decay: the weights of stem and blocks."""
    opt = options(rung, defaults)
    every = layers(rung, opt["skip"] == "identity")
    return frozenset(f"{name}.weight" for name, _, _ in every if name != "head")


def config(defaults: Options, rung: Rung) -> dict[str, Any]:
    """The arguments of `Net` for this rung; plain values, stored next to a handed-over net."""
    opt = options(rung, defaults)
    skip = opt["skip"] == "identity"
    return {
        "layers": layers(rung, skip),
        "norms": norms(rung, opt),
        "blocks": rung.blocks,
        "skip": skip,
        "activation": opt["activation"],
        "scale": branch(rung) if rung.blocks and skip else 1.0,
    }


def module(defaults: Options, rung: Rung) -> Net:
    """An untrained plain `nn.Module` of this rung."""
    return Net(**config(defaults, rung))


def state_dict(_defaults: Options, _rung: Rung, params: Params) -> Params:
    """Our parameters of one net as the state dict of `module`: weights become (outputs, inputs)."""
    out: Params = {}
    for name, value in params.items():
        owner, kind = name.rsplit(".", 1)
        key = f"parts.{owner.replace('.', '_')}.{kind}"
        linear = kind == "weight" and value.dim() == 2
        out[key] = value.t().contiguous() if linear else value.clone()
    return out


# ---- for people ---------------------------------------------------------------------------------
def code(defaults: Options, rung: Rung) -> str:
    """The net in a few lines of PyTorch: `Family.code`."""
    return _dense_code.code(rung, options(rung, defaults))


def parts(defaults: Options, rung: Rung) -> tuple[Part, ...]:
    """What rows go through: `Family.parts`."""
    return _dense_code.parts(rung, options(rung, defaults))
