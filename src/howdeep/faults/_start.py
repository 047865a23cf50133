"""A start that lets the signal through: the cure of what a bad start or scale does.

Weights are orthogonal; between ReLUs mirrored, so that the net begins as a linear one (Balduzzi et
al. 2017, arXiv 1702.08591, section 4); and every layer is scaled on the rows to outputs of mean
square 1 (Mishkin & Matas 2016, arXiv 1511.06422). Before a sigmoid each unit is centred as well
(Salimans & Kingma 2016, arXiv 1602.07868, section 3), for its outputs have a mean.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn

from howdeep.faults._layers import Layer
from howdeep.faults._patient import Patient, copied
from howdeep.instruments._subject import main
from howdeep.instruments._trace import hooked

SEED = 7


def restarted(
    patient: Patient, known: Collection[Layer], only: Collection[str] | None = None
) -> Patient:
    """The patient with a new start; `only`: of these layers, the others are scaled alone.

    `known`: its layers as they were measured.
    """
    net = copied(patient.net)
    by_path = dict(net.named_modules())
    chosen = [layer for layer in known if layer.name in by_path]
    draw = torch.Generator().manual_seed(SEED)
    handles = []
    last = chosen[-1].name if chosen else ""
    with torch.no_grad():
        for i, layer in enumerate(chosen):
            module = by_path[layer.name]
            if not isinstance(module, nn.Linear | nn.modules.conv._ConvNd):
                _redrawn(module, draw, only is None or layer.name in only)
                continue
            if only is not None and layer.name not in only:
                continue
            before = chosen[i - 1].acts if i else ""
            module.weight.copy_(_weights(module, before, layer.acts, draw))
            if module.bias is not None:
                module.bias.zero_()
            if not layer.normed:
                handles.append(module.register_forward_hook(_scaler(layer, layer.name == last)))
        with hooked(handles):
            _pass(net, patient)
    return patient.but(net=net)


def _pass(net: nn.Module, patient: Patient) -> None:
    held = [(buffer, buffer.clone()) for buffer in net.buffers()]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        net.train()
        main(net(*patient.train.some(256).inputs))
    for buffer, value in held:
        buffer.copy_(value)


def _scaler(layer: Layer, last: bool) -> Any:
    """Scales a layer while rows pass, so that the next one sees what it will say."""
    units = layer.acts in ("sigmoid", "hardsigmoid", "softplus") and not last

    def hook(module: Any, _: Any, out: Tensor) -> Tensor:
        mean: Tensor | float = 0.0
        at = 1 if isinstance(module, nn.modules.conv._ConvNd) else out.ndim - 1
        if units and module.bias is not None:
            around = [d for d in range(out.ndim) if d != at]
            mean = out.mean(around, keepdim=True)
        size = (out - mean).square().mean().sqrt()
        if not float(size) > 1e-12:
            return out
        module.weight.div_(size)
        if module.bias is not None:
            module.bias.copy_(-mean.flatten() / size if isinstance(mean, Tensor) else module.bias)
        return (out - mean) / size

    return hook


def _weights(module: Any, before: str, behind: str, draw: torch.Generator) -> Tensor:
    """Orthogonal weights, mirrored between ReLUs where the numbers of units are even."""
    weight = module.weight
    out, inside = weight.shape[0], weight.shape[1]
    grouped = getattr(module, "groups", 1) > 1 or getattr(module, "transposed", False)
    mirror_in = before.startswith("relu") and inside % 2 == 0 and not grouped
    mirror_out = behind.startswith("relu") and out % 2 == 0 and not grouped
    core = (
        out // 2 if mirror_out else out, inside // 2 if mirror_in else inside, *weight.shape[2:]
    )  # fmt: skip
    found = torch.empty(core)
    nn.init.orthogonal_(found, generator=draw)
    if mirror_in:
        found = torch.cat([found, -found], 1)
    return torch.cat([found, -found]) if mirror_out else found


def _redrawn(module: Any, draw: torch.Generator, wanted: bool) -> None:
    """Recurrent layers, attention and embeddings begin as torch begins them."""
    if wanted and hasattr(module, "reset_parameters"):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(1 << 30, (), generator=draw)))
            module.reset_parameters()
