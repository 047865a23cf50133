"""`check_family`: what every family of nets keeps to; for one's own as for those that ship."""

from __future__ import annotations

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
    come from its generator alone, and no net of the program sees another.

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
