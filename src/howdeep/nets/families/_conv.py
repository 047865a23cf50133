"""Convolutional nets in stages, with or without skips, for images.

A shared stem (3x3, strided) and one strided 3x3 convolution between stages bring the image down to
about 4 x 4; a rung adds `blocks` shape-preserving blocks to every stage, so that zero blocks is
defined and every skip is an identity. Channels double from stage to stage and the last stage has
`width` of them. The head pools by mean and by maximum, side by side, into one linear map.

A block is h <- h + sqrt(2/L) C2(relu(n(C1(relu(n(h)))))) with L blocks over all stages, or without
skips h <- C2(...) alone. Pre-activation: He, Zhang, Ren, Sun 2016 (arXiv 1603.05027), fig. 4e; the
multiplier as in depth-muP (arXiv 2310.02244), eq. 1, and the blocks' learning rate alike.

n is batch normalisation (Ioffe, Szegedy 2015, arXiv 1502.03167, alg. 1). Training uses the batch's
own statistics and keeps none: `calibrate` measures them on training rows for the weights that are
to be evaluated, so that a trial has no state next to its weights.

Options of a rung: `skip` "identity" | "none"; `norm` "batch" | "none".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from howdeep.base.nouns import Cost, Part, RateSearch, Rung
from howdeep.nets.families import _conv_code
from howdeep.nets.families._conv_net import Net
from howdeep.nets.families._family import Family, Layer, NetKind, Params, Stack, Tap, chosen
from howdeep.nets.recipe import conv_recipe, conv_width

CHOICES = {"skip": ("identity", "none"), "norm": ("batch", "none")}
Options = Mapping[str, str]
ZERO = "conv"  # the name of zero blocks: stem and transitions, shared by all families here
ZERO_GLOSS = "the strided convolutions that the convolutional nets share, without blocks"
FIRST_MAP = 24  # the stem's stride brings the image to at most so many pixels a side
LEAST_MAP = 4  # no stage works on fewer
MOST_STAGES = 3
HEAD_SCALE = 0.1  # a small head: the first outputs are near zero whatever the depth
EPS = 1e-5
# Measured over depth (docs/images.md): the best rate hardly moves.
SEARCH = RateSearch(
    tuning_seeds=1,
    grid=(-7, -5, -3),
    zero_grid=(-7, -5, -3),
    step=2,
    steps=0.5,
    reference_blocks=1,
)
CONV = NetKind(
    name="conv",
    plain="cnn",
    depths=(0, 1, 2, 4),
    extend_to=8,
    recipe=conv_recipe,
    width=conv_width,
    beside_depths=(0, 1, 2),
    needs="images",
    takes=lambda inputs: bool(inputs.image),
)


def conv(search: RateSearch, gloss: str, **defaults: str) -> Family:
    """A family of convolutional nets whose rungs have these option defaults."""
    base = {"norm": "batch", **defaults}
    return Family(
        kind=CONV,
        search=search,
        zero=ZERO,
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
        calibrate=partial(calibrate, base),
        stack=partial(stack, base),
    )


def options(rung: Rung, defaults: Options) -> dict[str, str]:
    """The family's defaults overridden by the rung's options: `_family.chosen`."""
    return chosen(rung, defaults, CHOICES)


# ---- the shape of a net -------------------------------------------------------------------------
def stem_of(side: int) -> tuple[int, int]:
    """(kernel, stride) of the stem for images whose shorter side has `side` pixels.

    >>> stem_of(24), stem_of(28), stem_of(64)
    ((3, 1), (3, 2), (7, 4))
    """
    stride = 2 ** max(0, math.ceil(math.log2(side / FIRST_MAP)))
    return (3 if stride < 4 else 2 * stride - 1), stride


def stages_of(side: int) -> int:
    """Stages that fit: halved as long as four pixels a side are left, at most three.

    >>> [stages_of(side) for side in (4, 8, 28, 32, 64)]
    [1, 2, 3, 3, 3]
    """
    _, stride = stem_of(side)
    side, stages = math.ceil(side / stride), 1
    while stages < MOST_STAGES and math.ceil(side / 2) >= LEAST_MAP:
        side, stages = math.ceil(side / 2), stages + 1
    return stages


def widths(rung: Rung) -> list[int]:
    """Channels of each stage; the last has `width`.

    >>> from howdeep.base.nouns import Inputs
    >>> widths(Rung("resnet", 1, 64, Inputs(784, 784, 784, (28, 28, 1)), 10))
    [16, 32, 64]
    """
    stages = stages_of(min(rung.inputs.image[:2]))
    return [max(1, round(rung.width / 2 ** (stages - 1 - s))) for s in range(stages)]


def convs(rung: Rung) -> list[tuple[str, int, int, int, int]]:
    """(name, inputs, outputs, kernel, stride) of every convolution from image to head."""
    channels = widths(rung)
    kernel, stride = stem_of(min(rung.inputs.image[:2]))
    out = [("stem", rung.inputs.image[2], channels[0], kernel, stride)]
    for s, c in enumerate(channels):
        if s:
            out.append((f"stages.{s}.down", channels[s - 1], c, 3, 2))
        for b in range(rung.blocks):
            out += [(f"stages.{s}.{b}.conv{i}", c, c, 3, 1) for i in (1, 2)]
    return out


def norms(rung: Rung, opt: Options) -> list[tuple[str, int]]:
    """(name, channels) of every batch norm: before each convolution but the stem, and the head."""
    if opt["norm"] == "none":
        return []
    inner = [(f"{name}.norm", inputs) for name, inputs, *_ in convs(rung)[1:]]
    return [*inner, ("head.norm", rung.width)]


def stack(defaults: Options, rung: Rung) -> Stack:
    """The rung for kernels that know such nets."""
    opt = options(rung, defaults)
    before: Literal["relu", "norm"] = "relu" if opt["norm"] == "none" else "norm"
    parts: dict[str, Literal["first", "second"]] = {"conv1": "first", "conv2": "second"}
    skip = opt["skip"] == "identity"
    layers = tuple(
        Layer(*each, before if i else "", part=parts.get(each[0][-5:], "") if skip else "")
        for i, each in enumerate(convs(rung))
    )
    return Stack(layers, before, True, branch(rung) if rung.blocks and skip else 1.0)


def branch(rung: Rung) -> float:
    """The multiplier sqrt(2/L) of a residual branch, and of its learning rate."""
    return math.sqrt(2 / (rung.blocks * len(widths(rung))))


def init(defaults: Options, rung: Rung, generator: torch.Generator) -> Params:
    """Parameters of ONE net: kernels (outputs, inputs, k, k), no biases but the norms' and head's.

    He's variance 2/fan-in (arXiv 1502.01852, eq. 10), but 1/fan-in where a branch ends in a skip.
    Without batch norm every convolution has a bias.
    """
    opt = options(rung, defaults)
    out: Params = {}
    for name, inputs, outputs, k, _ in convs(rung):
        ends = name.endswith("conv2") and opt["skip"] == "identity"
        std = math.sqrt((1 if ends else 2) / (inputs * k * k))
        out[f"{name}.weight"] = torch.randn((outputs, inputs, k, k), generator=generator) * std
        if opt["norm"] == "none":
            out[f"{name}.bias"] = torch.zeros(outputs)
    for name, channels in norms(rung, opt):
        out[f"{name}.weight"], out[f"{name}.bias"] = torch.ones(channels), torch.zeros(channels)
    head = torch.randn((2 * rung.width, rung.outputs), generator=generator)
    out["head.weight"] = head * (HEAD_SCALE / math.sqrt(2 * rung.width))
    out["head.bias"] = torch.zeros(rung.outputs)
    return out


# ---- the net ------------------------------------------------------------------------------------
class _One:
    """One net of a program: its parameters, the batch statistics it keeps, and who looks on."""

    def __init__(self, params: Params, tap: Tap | None, keep: Params | None = None) -> None:
        self.params, self.keep = params, keep
        self.see = tap or (lambda _name, _h: None)

    def conv(self, name: str, h: Tensor, stride: int = 1) -> Tensor:
        weight = self.params[f"{name}.weight"]
        bias = self.params.get(f"{name}.bias")
        return F.conv2d(h, weight, bias, stride=stride, padding=weight.shape[-1] // 2)

    def norm(self, name: str, h: Tensor) -> Tensor:
        """Batch norm by the batch's statistics, by kept ones, or by the batch's which it keeps."""
        if f"{name}.weight" not in self.params:
            return h
        weight, bias = self.params[f"{name}.weight"], self.params[f"{name}.bias"]
        mean, var = self.params.get(f"{name}.mean"), self.params.get(f"{name}.var")
        if self.keep is not None:
            var, mean = torch.var_mean(h, dim=(0, 2, 3), correction=0)
            self.keep[f"{name}.mean"], self.keep[f"{name}.var"] = mean, var
        return F.batch_norm(h, mean, var, weight, bias, training=mean is None, eps=EPS)

    def active(self, name: str, h: Tensor) -> Tensor:
        """Norm and ReLU, which overwrites what nobody else needs: a pass over memory less."""
        normal = self.norm(name, h)
        return F.relu(normal, inplace=normal is not h)

    def pre(self, name: str, h: Tensor, stride: int = 1) -> Tensor:
        return self.conv(name, self.active(f"{name}.norm", h), stride)

    def forward(self, rung: Rung, skip: bool, x: Tensor) -> Tensor:
        """Logits (B, classes) of images (B, C, H, W)."""
        self.see("input", x)
        h = self.conv("stem", x, stem_of(min(rung.inputs.image[:2]))[1])
        self.see("stem", h)
        for s in range(len(widths(rung))):
            if s:
                h = self.pre(f"stages.{s}.down", h, 2)
                self.see(f"stages.{s}.down", h)
            for b in range(rung.blocks):
                inner = self.pre(f"stages.{s}.{b}.conv2", self.pre(f"stages.{s}.{b}.conv1", h))
                h = torch.add(h, inner, alpha=branch(rung)) if skip else inner
                self.see(f"stages.{s}.{b}", h)
        h = self.active("head.norm", h)
        pooled = torch.cat([h.mean((2, 3)), h.amax((2, 3))], dim=1)
        self.see("pool", pooled)
        out = torch.addmm(self.params["head.bias"], pooled, self.params["head.weight"])
        self.see("head", out)
        return out


def _images(rung: Rung, x: Tensor) -> Tensor:
    """Flattened images (B, D) as (B, C, H, W), channels last in memory."""
    return x.reshape(len(x), *rung.inputs.image).permute(0, 3, 1, 2)


def _each(params: Params) -> list[Params]:
    """The parameters of each net, without the axis M."""
    apart = {name: value.unbind() for name, value in params.items()}
    m = len(next(iter(apart.values())))
    return [{name: values[i] for name, values in apart.items()} for i in range(m)]


def apply(
    defaults: Options, rung: Rung, params: Params, x: Tensor, tap: Tap | None = None
) -> Tensor:
    """Outputs (M, B, C) for flattened images (M, B, D) and parameters with leading M.

    The nets go through one after another: on a processor a net's activations stay in its cache
    that way, and its bits are the same in any company. `tap(name, h)` sees (M, B, ...).
    """
    skip = options(rung, defaults)["skip"] == "identity"
    seen: dict[str, list[Tensor]] = {}
    outs = []
    for one, rows in zip(_each(params), x, strict=True):
        look = None if tap is None else lambda name, h: seen.setdefault(name, []).append(h)
        outs.append(_One(one, look).forward(rung, skip, _images(rung, rows)))
    if tap is not None:
        for name, values in seen.items():
            tap(name, torch.stack(values))
    return torch.stack(outs)


def calibrate(defaults: Options, rung: Rung, params: Params, x: Tensor) -> tuple[Params, Tensor]:
    """The parameters with batch statistics measured on `x` (B, D), and the outputs (M, B, C)."""
    skip, images = options(rung, defaults)["skip"] == "identity", _images(rung, x)
    kept: list[Params] = []
    outs = []
    for one in _each(params):
        kept.append({})
        outs.append(_One(one, None, kept[-1]).forward(rung, skip, images))
    own = {name: torch.stack([stats[name] for stats in kept]) for name in kept[0]}
    return {**params, **own}, torch.stack(outs)


# ---- what it costs, and how it learns -----------------------------------------------------------
def cost(defaults: Options, rung: Rung) -> Cost:
    """Weight layers, parameters, forward FLOPs an image (2 per multiply-add, weights only)."""
    opt = options(rung, defaults)
    height, width, _ = rung.inputs.image
    every, flops, parameters = convs(rung), 0.0, 0
    jump = field = 1
    for _, inputs, outputs, k, stride in every:
        height, width = math.ceil(height / stride), math.ceil(width / stride)
        weights = inputs * outputs * k * k
        parameters += weights + (outputs if opt["norm"] == "none" else 0)
        flops += 2.0 * weights * height * width
        # Araujo, Norris, Sim 2019 (doi 10.23915/distill.00021), eq. 2: r += (k - 1) * jump
        field, jump = field + (k - 1) * jump, jump * stride
    parameters += 2 * sum(channels for _, channels in norms(rung, opt))
    head = 2 * rung.width * rung.outputs
    return Cost(len(every) + 1, parameters + head + rung.outputs, flops + 2.0 * head, field)


def scales(defaults: Options, rung: Rung) -> dict[str, float]:
    """Learning-rate multipliers by parameter name; what is not named has 1."""
    opt = options(rung, defaults)
    if opt["skip"] != "identity" or not rung.blocks:
        return {}
    inside = [f"{name}." for name, *_ in convs(rung) if name.endswith(("conv1", "conv2"))]
    names = _names(rung, opt)
    return {n: branch(rung) for n in names if n.startswith(tuple(inside))}


def _names(rung: Rung, opt: Options) -> list[str]:
    kinds = ("weight", "bias") if opt["norm"] == "none" else ("weight",)
    of_convs = [f"{name}.{kind}" for name, *_ in convs(rung) for kind in kinds]
    of_norms = [f"{name}.{kind}" for name, _ in norms(rung, opt) for kind in ("weight", "bias")]
    return [*of_convs, *of_norms, "head.weight", "head.bias"]


def decayed(_defaults: Options, rung: Rung) -> frozenset[str]:
    """Names of the parameters under weight decay: the kernels."""
    return frozenset(f"{name}.weight" for name, *_ in convs(rung))


# ---- the same net in plain PyTorch --------------------------------------------------------------
def config(defaults: Options, rung: Rung) -> dict[str, Any]:
    """The arguments of `Net` for this rung; plain values, stored next to a handed-over net."""
    opt = options(rung, defaults)
    skip = opt["skip"] == "identity"
    return {
        "image": list(rung.inputs.image),
        "convs": [list(each) for each in convs(rung)],
        "norms": [list(each) for each in norms(rung, opt)],
        "stages": len(widths(rung)),
        "blocks": rung.blocks,
        "skip": skip,
        "scale": branch(rung) if rung.blocks and skip else 1.0,
        "width": rung.width,
        "outputs": rung.outputs,
    }


def module(defaults: Options, rung: Rung) -> Net:
    """An untrained plain `nn.Module` of this rung."""
    return Net(**config(defaults, rung))


STATISTICS = {"mean": "running_mean", "var": "running_var"}


def state_dict(_defaults: Options, _rung: Rung, params: Params) -> Params:
    """Our parameters of one net, calibrated, as the state dict of `module`."""
    out: Params = {}
    for name, value in params.items():
        owner, kind = name.rsplit(".", 1)
        key = f"parts.{owner.replace('.', '_')}.{STATISTICS.get(kind, kind)}"
        out[key] = value.t().contiguous() if name == "head.weight" else value.clone()
        if kind == "mean":
            out[key.replace("running_mean", "num_batches_tracked")] = torch.tensor(0)
    return out


# ---- for people ---------------------------------------------------------------------------------
def code(defaults: Options, rung: Rung) -> str:
    """The net in a few lines of PyTorch: `Family.code`."""
    return _conv_code.code(rung, options(rung, defaults), convs(rung)[0], widths(rung))


def parts(defaults: Options, rung: Rung) -> tuple[Part, ...]:
    """What images go through: `Family.parts`."""
    return _conv_code.parts(rung, options(rung, defaults), convs(rung)[0], widths(rung))
