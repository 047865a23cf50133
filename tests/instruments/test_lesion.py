"""Lesions against weights that are set to zero and layers that are taken out by hand."""

from __future__ import annotations

import copy
from collections.abc import Callable

import any_nets
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from howdeep import instruments
from howdeep.base.nouns import Inputs, Rung
from howdeep.instruments import Effort, lesion
from howdeep.instruments._blocks import blocks, without
from howdeep.instruments._subject import Rows, untouched
from howdeep.nets.families import family

QUICK = Effort(rows=400, draws=5, steps=0)


class Basic(nn.Module):
    """A residual block as torchvision writes it: in-place sum, in-place ReLU, a projection."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = nn.Conv2d(before, after, 1, stride) if before != after else None

    def forward(self, x: Tensor) -> Tensor:
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


def resnet() -> nn.Module:
    stem = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True))
    stages = nn.Sequential(Basic(4, 4, 1), Basic(4, 4, 1)), nn.Sequential(Basic(4, 6, 2))
    return nn.Sequential(stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3))


def of_family(name: str, depth: int = 3) -> nn.Module:
    image = (8, 8, 1) if family(name).kind.name == "conv" else ()
    rung = Rung(name, depth, 16, Inputs(64, 64, 64, image), 3)
    own = family(name)
    net = own.module(rung)
    state = own.state_dict(rung, own.init(rung, torch.Generator().manual_seed(0)))
    net.load_state_dict(state, strict=False)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in net.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=generator)
    return net.eval()


def zeroed(net: nn.Module, *names: str) -> nn.Module:
    other = copy.deepcopy(net)
    with torch.no_grad():
        for name, weight in other.named_parameters():
            if name.rpartition(".")[0] in names or name in names:
                weight.zero_()
    return other


def identity(net: nn.Module, name: str) -> nn.Module:
    other = copy.deepcopy(net)
    at, _, last = name.rpartition(".")
    setattr(other.get_submodule(at), last, nn.Identity())
    return other


ATTENTION = {
    "0.layers.0.self_attn": (
        "0.layers.0.self_attn.out_proj",
        "0.layers.0.self_attn.out_proj.weight",
    ),
    "0.layers.0.linear": ("0.layers.0.linear2",),
}
CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], dict[str, tuple[str, ...]]]] = {
    "resmlp": (
        lambda: of_family("resmlp"), (64,),
        {f"parts.blocks_{i}": (f"parts.blocks_{i}_down",) for i in range(3)},
    ),
    "dcn": (
        lambda: of_family("dcn"), (64,),
        {f"parts.blocks_{i}": (f"parts.blocks_{i}",) for i in range(3)},
    ),
    "resnet": (
        lambda: of_family("resnet", 2), (64,),
        {"parts.stages_0_0_conv": ("parts.stages_0_0_conv2",),
         "parts.stages_1_1_conv": ("parts.stages_1_1_conv2",)},
    ),
    "torchvision": (
        resnet, (1, 8, 8), {"1.0.conv": ("1.0.bn2",), "1.1.conv": ("1.1.bn2",)}
    ),
    "attention": (any_nets.attention, (5, 8), ATTENTION),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_branch_left_out_is_one_whose_last_weights_are_zero(name: str) -> None:
    build, shape, expected = CASES[name]
    torch.manual_seed(0)
    net, x = build().eval(), torch.randn(12, *shape)
    with untouched(net):
        found = {block.name: block for block in blocks(net, Rows((x,), torch.zeros(12)))}
    for block, last in expected.items():
        assert block in found, f"{block} is not among {sorted(found)}"
        assert found[block].kind == "branch"
        for mode in (torch.no_grad(), torch.enable_grad()):
            with mode, without(net, found[block]) as run:
                said = run(x)
            torch.testing.assert_close(said, zeroed(net, *last)(x))
            assert not torch.allclose(said, net(x))
    if name == "torchvision":
        branches = {n for n, block in found.items() if block.kind == "branch"}
        assert branches == set(expected), "the block with a projection has no identity"


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_a_layer_left_out_is_an_identity_in_its_place(name: str) -> None:
    net, x = of_family(name), torch.randn(12, 64)
    with untouched(net):
        found = blocks(net, Rows((x,), torch.zeros(12)))
    assert len(found) >= 2
    assert all(block.kind == "layer" for block in found)
    for block in found:
        with torch.no_grad(), without(net, block) as run:
            said = run(x)
        other = identity(net, block.name)
        torch.testing.assert_close(said, other(x))
    assert not any("head" in block.name or "stem" in block.name for block in found)


def test_repeated_parts_of_lists_are_blocks_and_what_holds_them_is_not() -> None:
    class Listed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Linear(6, 8)
            part = lambda: nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 8))  # noqa: E731
            self.body = nn.ModuleList([part() for _ in range(3)])
            self.head = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            h = self.stem(x)
            for part in self.body:
                h = part(h)
            return self.head(h)

    net = Listed().eval()
    with untouched(net):
        found = blocks(net, Rows((torch.randn(9, 6),), torch.zeros(9)))
    assert [block.name for block in found] == ["body.0", "body.1", "body.2"]


def test_the_scale_is_what_a_block_adds_over_the_stream() -> None:
    net, x = of_family("resmlp"), torch.randn(50, 64)
    with untouched(net):
        first = blocks(net, Rows((x,), torch.zeros(50)))[0]
    parts = net.parts
    with torch.no_grad():
        h = parts["stem"](x)
        norm = parts["blocks_0_norm"](h) if "blocks_0_norm" in parts else h
        added = net.scale * parts["blocks_0_down"](torch.relu(parts["blocks_0_up"](norm)))
    expected = float(added.square().mean().sqrt() / h.square().mean().sqrt())
    assert first.scale == pytest.approx(expected, rel=1e-4)


def trained() -> instruments.Subject:
    """x + f(x) twice: the first holds what the head reads, the second adds almost nothing."""

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.head = (nn.Linear(6, 6) for _ in range(3))

        def forward(self, x: Tensor) -> Tensor:
            h = x + self.first(x)
            h = h + self.second(torch.relu(h))
            return self.head(h)

    with torch.random.fork_rng():
        torch.manual_seed(0)
        net, x = Two(), torch.randn(900, 6)
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
        net.first.weight.copy_(-2 * torch.eye(6))
        net.second.weight.fill_(1e-4)
        net.head.weight.copy_(-torch.eye(6))
    y = x.argmax(1)
    return instruments.subject(net, (x[:500], y[:500]), test=(x[500:], y[500:]))


def test_a_block_that_is_needed_is_told_from_one_that_is_not() -> None:
    one = trained()
    values = instruments.get("lesion").measure(one, Effort(rows=400, draws=10, steps=150))
    first, second = values["blocks"]
    assert (first["name"], second["name"]) == ("first", "second")
    assert values["net"] == 1.0
    assert first["drop"][1] > 0.5, "without it the signs are turned around"
    assert second["drop"] == [0.0, pytest.approx(-3 / 400), pytest.approx(3 / 400)]
    assert first["scale"] == pytest.approx(2.0, rel=1e-3)
    assert second["scale"] < 1e-3
    assert first["after"][0] < first["drop"][0], "the others do not take over"


def test_falls_are_those_of_weights_set_to_zero() -> None:
    net = of_family("resmlp")
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(300, 64, generator=generator)
    one = instruments.subject(net, (x[:100], net(x[:100]).argmax(1)),
                              test=(x[100:], net(x[100:]).argmax(1)))  # fmt: skip
    values = instruments.get("lesion").measure(one, QUICK)
    assert values["net"] == 1.0
    assert values["tuned"] is None
    test = one.parts["test"]
    for i, block in enumerate(values["blocks"]):
        other = zeroed(net, f"parts.blocks_{i}_down")(test.inputs[0]).argmax(1)
        fall = 1.0 - float((other == test.targets).double().mean())
        assert block["drop"][0] == pytest.approx(fall, abs=1e-5)
        assert block["drop"][1] <= fall <= block["drop"][2]


def test_an_r2_falls_by_what_errors_grow() -> None:
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    x = torch.randn(200, 6, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        y = net(x)[:, 0]
    one = instruments.subject(net, (x[:100], y[:100]), test=(x[100:], y[100:]))
    values = instruments.get("lesion").measure(one, QUICK)
    assert values["net"] == pytest.approx(1.0)
    from sklearn.metrics import r2_score

    with torch.no_grad():
        said = identity(net, "2")(x[100:])[:, 0]
    assert values["blocks"][0]["drop"][0] == pytest.approx(1 - r2_score(y[100:], said), rel=1e-4)


def test_the_interval_is_a_paired_bootstrap_of_rows() -> None:
    generator = np.random.default_rng(0)
    whole = (generator.random(300) < 0.9).astype(float)
    cut = np.where(generator.random(300) < 0.1, 1 - whole, whole)
    value, low, high = lesion._fall(whole, cut, 4000)
    each = whole - cut
    drawn = [each[generator.integers(0, 300, 300)].mean() for _ in range(4000)]
    assert value == pytest.approx(each.mean())
    assert (low, high) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.006)
    assert lesion._fall(whole, whole, 100) == (0.0, -3 / 300, 3 / 300)


def test_tuning_is_bounded_by_operations_and_leaves_the_net_alone() -> None:
    assert lesion._steps(1e3, 4, Effort(steps=200)) == 200
    assert 0 < lesion._steps(1e7, 4, Effort(steps=200)) < 200
    assert lesion._steps(1e9, 4, Effort(steps=200)) == 0
    one = trained()
    before = copy.deepcopy(one.net.state_dict())
    instruments.get("lesion").measure(one, Effort(rows=100, draws=1, steps=12))
    assert all(torch.equal(before[name], value) for name, value in one.net.state_dict().items())
    assert not any(module._forward_hooks for module in one.net.modules())


def test_a_net_without_such_a_block_is_told_so() -> None:
    one = any_nets.subject("conv")
    net = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 3))
    other = any_nets.subject("plain")
    _, notes = instruments.measured(
        [instruments.subject(net, (other.train.inputs[0], other.train.targets))], ["lesion"]
    )
    assert "no block of it can be left out" in notes[0]
    assert [b["name"] for b in instruments.get("lesion").measure(one, QUICK)["blocks"]] == ["4"]


def test_that_a_fall_follows_the_scale_is_said_only_where_it_is_shown() -> None:
    def said(falls: list[float]) -> str:
        own = [
            {
                "name": str(i),
                "kind": "branch",
                "scale": 0.1 * (i + 1),
                "drop": [f, f, f],
                "after": None,
            }
            for i, f in enumerate(falls)
        ]
        values = {"kind": "classes", "rows": 100, "found": len(own), "steps": 0, "net": 0.9,
                  "tuned": None, "blocks": own}  # fmt: skip
        section = instruments.get("lesion").section(
            (instruments.Measurement("lesion", "x", 4, values),)
        )
        return " ".join(part.text for part in section.parts if hasattr(part, "text"))

    assert "cost more (rank correlation 1.00" in said([0.01 * i for i in range(10)])
    assert "is not shown here" in said([0.03, 0.01, 0.02, 0.05, 0.01, 0.04, 0.02, 0.03])
    assert "rank correlation" not in said([0.01, 0.02, 0.03])
