"""`check_family`: what every family of nets keeps to; for one's own as for those that ship."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from howdeep.base.nouns import Inputs, Rung
from howdeep.nets.families import Family

COLUMNS = Inputs(9, 3, 4, blocks=((0, 1, 4, 5), (2, 6), (3, 7, 8)))
PIXELS = Inputs(300, 300, 300, (10, 15, 2))
BLOCKS = (0, 1, 2, 5)
WIDTH, OUTPUTS, NETS = 16, 3, 3
NEAR = 1e-5


def check_family(family: Family, name: str) -> None:
    """Check a family against what howdeep relies on; an `AssertionError` says what does not hold.

    Nets of 0, 1, 2 and 5 blocks: the plain module, given the state dict of one net, says what the
    fused program says of it; the cost is what PyTorch counts in that module; scales and decay name
    parameters that there are; zero-started columns change nothing at the start; a net's parameters
    come from its generator alone, and no net of the program sees another. The code that people copy
    builds the same net: as many parameters, and with one net's weights, layer by layer in the order
    in which rows go through them, the same outputs; the parts of its drawing have its layers.

    >>> from howdeep.nets.families import family
    >>> check_family(family("resmlp"), "resmlp")
    """
    inputs = COLUMNS if family.kind.takes(COLUMNS) else PIXELS
    assert family.kind.takes(inputs), f"{name}: it takes neither columns nor images"
    for blocks in BLOCKS:
        rung = Rung(name, blocks, WIDTH, inputs, OUTPUTS)
        _check_outputs(family, rung)
        _check_cost(family, rung)
        _check_names(family, rung)
        _check_code(family, rung)
        if inputs.zero_from < inputs.columns:
            _check_start(family, rung)


def _check_outputs(family: Family, rung: Rung) -> None:
    where = f"{rung.family}-{rung.blocks}"
    params, x = _nets(family, rung), _rows(rung, NETS, 20)
    if family.calibrate is not None:
        params = family.calibrate(rung, params, _rows(rung, 50))[0]
    out = family.apply(rung, params, x)
    shape = (NETS, 20, OUTPUTS)
    assert out.shape == shape, f"{where}: outputs are {tuple(out.shape)}, not {shape}"
    for m in range(NETS):
        own = {name: value[m] for name, value in params.items()}
        module = _module(family, rung)
        module.load_state_dict(family.state_dict(rung, own))
        far = (module(x[m]) - out[m]).abs().max()
        assert far <= NEAR, f"{where}: the plain module says something else, by {far:.1e}"
        alone = family.apply(rung, {n: v[m : m + 1] for n, v in params.items()}, x[m : m + 1])
        assert (alone[0] - out[m]).abs().max() <= NEAR, f"{where}: a net sees the others"


def _check_cost(family: Family, rung: Rung) -> None:
    where, cost = f"{rung.family}-{rung.blocks}", family.cost(rung)
    module = _module(family, rung)
    parameters = sum(p.numel() for p in module.parameters())
    assert cost.parameters == parameters, f"{where}: {parameters} parameters, not {cost.parameters}"
    weighted = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
    layers = sum(isinstance(part, weighted) for part in module.modules())
    assert cost.weight_layers == layers, f"{where}: {layers} layers, not {cost.weight_layers}"
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(_rows(rung, 7))
    flops = counter.get_total_flops() / 7
    assert cost.flops == flops, f"{where}: {flops:.0f} FLOPs a row, not {cost.flops:.0f}"


def _check_code(family: Family, rung: Rung) -> None:
    where, code = f"{rung.family}-{rung.blocks}", family.code(rung)
    again = family.code(rung)
    assert code == again, f"{where}: its code is another at the second call"
    shown, real = built(code).eval(), _module(family, rung)
    params = _nets(family, rung)
    if family.calibrate is not None:
        params = family.calibrate(rung, params, _rows(rung, 50))[0]
    real.load_state_dict(family.state_dict(rung, {n: v[0] for n, v in params.items()}))
    counts = [sum(p.numel() for p in net.parameters()) for net in (shown, real)]
    assert counts[0] == counts[1], f"{where}: its code has {counts[0]} parameters, not {counts[1]}"
    x = _rows(rung, 20)
    taken = x
    if family.kind.needs == "images":
        taken = x.reshape(len(x), *rung.inputs.image).permute(0, 3, 1, 2)
    for own, theirs in zip(layers(shown, taken), layers(real, x), strict=True):
        own.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        far = (shown(taken) - real(x)).abs().max()
    assert far <= NEAR, f"{where}: its code says something else, by {far:.1e}"
    parts = family.parts(rung)
    count, weighted = sum(p.layers * p.times for p in parts), family.cost(rung).weight_layers
    assert count == weighted, f"{where}: {count} layers in its parts, not {weighted}"


def built(code: str) -> nn.Module:
    """The `net` that a family's code defines, where nothing but PyTorch is known.

    Raises:
        AssertionError: it defines none.
    """
    names = {"math": math, "torch": torch, "nn": nn}
    exec(compile(code, "<code>", "exec"), names)  # noqa: S102  what the family itself wrote
    net = names.get("net")
    assert isinstance(net, nn.Module), "its code defines no `net`"
    return net


def layers(net: nn.Module, x: Tensor) -> list[nn.Module]:
    """The modules with parameters of their own, in the order in which rows x go through them."""
    seen: list[nn.Module] = []
    own = [m for m in net.modules() if next(m.parameters(recurse=False), None) is not None]
    held = [m.register_forward_hook(lambda module, _x, _out: seen.append(module)) for m in own]
    with torch.no_grad():
        net(x)
    for hook in held:
        hook.remove()
    return list(dict.fromkeys(seen))


def _check_names(family: Family, rung: Rung) -> None:
    where = f"{rung.family}-{rung.blocks}"
    first, again = (family.init(rung, torch.Generator().manual_seed(7)) for _ in range(2))
    same = first.keys() == again.keys() and all(torch.equal(first[n], again[n]) for n in first)
    assert same, f"{where}: its weights come from elsewhere than its generator"
    scaled = set(family.scales(rung)) - first.keys()
    assert not scaled, f"{where}: scaled are rates of {sorted(scaled)}, which there are not"
    decayed = set(family.decayed(rung)) - first.keys()
    assert not decayed, f"{where}: {sorted(decayed)} decay, which there are not"


def _check_start(family: Family, rung: Rung) -> None:
    start = family.init(rung, torch.Generator().manual_seed(0))
    params = {name: value.unsqueeze(0) for name, value in start.items()}
    x = _rows(rung, 1, 20)
    without = x.clone()
    without[..., rung.inputs.zero_from :] = 0
    same = torch.equal(family.apply(rung, params, x), family.apply(rung, params, without))
    assert same, f"{rung.family}-{rung.blocks}: zero-started columns speak from the start"


def _module(family: Family, rung: Rung) -> nn.Module:
    return family.module(rung).eval()


def _nets(family: Family, rung: Rung) -> dict[str, Tensor]:
    each = [family.init(rung, torch.Generator().manual_seed(seed)) for seed in range(NETS)]
    stacked = {name: torch.stack([net[name] for net in each]) for name in each[0]}
    draw = torch.Generator().manual_seed(99)  # biases and zero-started weights must show, too
    return {n: v + 0.1 * torch.randn(v.shape, generator=draw) for n, v in stacked.items()}


def _rows(rung: Rung, *shape: int) -> Tensor:
    draw = torch.Generator().manual_seed(1)
    return torch.randn(*shape, rung.inputs.columns, generator=draw)
