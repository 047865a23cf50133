"""Receptive fields against perturbed pixels, the published formula and finite differences."""

from __future__ import annotations

from collections.abc import Callable

import any_nets
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep import instruments
from howdeep.base.nouns import Rung
from howdeep.instruments import Effort, Subject
from howdeep.instruments import receptive_field as field
from howdeep.instruments._field import seen
from howdeep.instruments._subject import Rows


class Residual(nn.Module):
    """A sum of branches of other fields, poolings as functions, a concatenation, a shuffle."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.wide = nn.Conv2d(4, 4, 3, padding=2, dilation=2)
        self.narrow = nn.Conv2d(4, 4, 1)
        self.last = nn.Conv2d(8, 3, (1, 3), padding="same")

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu_(self.stem(x))
        h = h + self.narrow(F.relu(self.wide(h)))
        h = F.max_pool2d(h, 2, stride=1)
        h = torch.cat([h, F.avg_pool2d(h, 3, stride=1, padding=1)], 1)
        h = h.reshape(len(h), 2, 4, *h.shape[2:]).transpose(1, 2).reshape(h.shape)
        return self.last(F.pad(h, (2, 0, 1, 0)))[:, :, 1:].mean((2, 3))


class Flat(nn.Module):
    """Images laid out flat, height, width, channels."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 3, 3, padding=1), nn.Conv2d(3, 3, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = x.reshape(len(x), 10, 12, 2).permute(0, 3, 1, 2)
        return self.two(F.interpolate(self.one(h), scale_factor=2)).mean((2, 3))


class Series(nn.Module):
    """Rows of (time, channels), which a convolution turns around."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv1d(2, 4, 5, padding=2)
        self.two = nn.Conv1d(4, 4, 3, stride=2, dilation=3)

    def forward(self, x: Tensor) -> Tensor:
        return self.two(F.max_pool1d(self.one(x.transpose(1, 2)), 2)).mean(2)


NETS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "residual": (Residual, (2, 20, 24)),
    "flat": (Flat, (240,)),
    "series": (Series, (40, 2)),
    "any": (any_nets.conv, (1, 12, 12)),
    "transposed": (
        lambda: nn.Sequential(
            nn.Conv2d(1, 2, 4, stride=2),
            nn.ConvTranspose2d(2, 2, 4, stride=2, padding=1),
            nn.Conv2d(2, 3, 3),
        ),
        (1, 16, 16),
    ),
}


def positive(build: Callable[[], nn.Module]) -> nn.Module:
    """A net in which nothing cancels and no unit is cut off."""
    torch.manual_seed(0)
    net = build().eval()
    with torch.no_grad():
        for weight in net.parameters():
            weight.copy_(weight.abs() + 0.1)
    return net


@pytest.mark.parametrize("name", NETS)
def test_a_field_is_what_single_pixels_move(name: str) -> None:
    """Every pixel is changed by itself; the unit in the middle of each layer says which it saw."""
    build, shape = NETS[name]
    net = positive(build)
    x = torch.rand(1, *shape)
    rows = Rows((x,), torch.zeros(1))
    entered, found = field._pass(net, rows)
    assert found
    n = x.numel()
    moved = x.repeat(n, *[1] * len(shape)).reshape(n, -1)
    moved[torch.arange(n), torch.arange(n)] += 10  # more than any other in its pool
    many = field._pass(net, Rows((moved.reshape(n, *shape),), torch.zeros(n)))[1]
    for one, other in zip(found, many, strict=True):
        middle = tuple(s // 2 for s in one.output.shape[2:])
        at = (slice(None), slice(None), *middle)
        changed = ((other.output[at] - one.output[at]).abs().sum(1) > 1e-3).detach()
        box = seen(one.output, field._centre(one.output), entered)
        assert box is not None
        places = np.argwhere(changed.reshape(box[1][1:]).numpy())
        inside = [
            (max(a, 0), min(b, size - 1)) for (a, b), size in zip(box[0], box[1], strict=True)
        ][1:]
        channels = [i for i, (a, b) in enumerate(inside) if (a, b) == (0, box[1][i + 1] - 1)]
        measured = [(int(p.min()), int(p.max())) for p in places.T]
        for i, (a, b) in enumerate(inside):
            if i not in channels:
                assert measured[i] == (a, b), f"{name}, {one.name}, axis {i}"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [([(3, 1, 1), (3, 1, 1), (3, 1, 1)], 7), ([(7, 2, 1), (3, 2, 1), (3, 1, 2)], 27)],
)
def test_lengths_are_those_of_the_published_formula(
    layers: list[tuple[int, int, int]], expected: int
) -> None:
    """r = 1 + sum (k - 1) d of the product of the strides before (Araujo et al. 2019, eq. 2)."""
    channels, net, jump, length = 1, [], 1, 1
    for kernel, stride, dilation in layers:
        net.append(nn.Conv2d(channels, 2, kernel, stride, kernel // 2, dilation))
        length, jump, channels = length + (kernel - 1) * dilation * jump, jump * stride, 2
    net += [nn.Flatten(), nn.LazyLinear(2)]
    model = nn.Sequential(*net)
    x = torch.randn(20, 1, 64, 64)
    model(x)
    values = instruments.get("receptive_field").measure(
        instruments.subject(model, (x, torch.arange(20) % 2)), Effort(rows=4, draws=1)
    )
    assert values["field"][-1] == [length, length] == [expected, expected]
    assert values["size"] == [64, 64]


def test_a_layer_that_reads_the_whole_input_adds_no_place() -> None:
    """Six 3 x 3 layers on 7 x 7: the fourth reads units that see 7 x 7 already."""
    layers = [m for i in range(6) for m in (nn.Conv2d(1 if i == 0 else 2, 2, 3, padding=1),)]
    net = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, 2))
    one = instruments.subject(net, (torch.randn(30, 1, 7, 7), torch.arange(30) % 2))
    values = instruments.get("receptive_field").measure(one, Effort(rows=8, draws=1))
    assert [f[0] for f in values["field"]] == [3, 5, 7, 9, 11, 13]
    assert values["nothing_new"] == [False, False, False, True, True, True]


def test_the_effective_field_of_a_flat_kernel_is_its_share() -> None:
    """25 equal weights: 24 of them hold 95 %; a kernel of one weight has one place."""
    conv = nn.Conv2d(1, 1, 5, padding=2)
    net = nn.Sequential(conv, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    one = instruments.subject(net, (torch.randn(30, 1, 11, 11), torch.arange(30) % 2))
    for weights, expected in (
        (torch.ones(5, 5), 24.0),
        (torch.eye(5)[2:3].T @ torch.eye(5)[2:3], 1.0),
    ):
        with torch.no_grad():
            conv.weight.copy_(weights.reshape(1, 1, 5, 5))
        values = instruments.get("receptive_field").measure(one, Effort(rows=8, draws=2))
        assert values["effective"][0] == [expected] * 3


def test_squares_are_those_of_finite_differences() -> None:
    torch.manual_seed(1)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.Tanh(), nn.Conv2d(2, 1, 3, padding=1)
    ).double()
    x = torch.randn(3, 1, 7, 7)
    entered, found = field._pass(net.float(), Rows((x,), torch.zeros(3)))
    axes, size = field._axes(entered, found[0])
    squares = field._squares(found[1], entered, axes, size, 1)
    net, h = net.double(), 1e-5
    for row in range(3):
        for place in range(0, 49, 5):
            step = torch.zeros(49, dtype=torch.float64)
            step[place] = h
            up, down = (
                net(x[row : row + 1].double() + s * step.reshape(1, 1, 7, 7)) for s in (1, -1)
            )
            slope = float((up - down)[0, 0, 3, 3] / (2 * h))
            assert squares[row, place] == pytest.approx(slope**2, rel=1e-3, abs=1e-9)


def test_signs_of_channels_give_the_sum_over_channels() -> None:
    torch.manual_seed(2)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1))
    x = torch.randn(40, 1, 5, 5)
    entered, found = field._pass(net, Rows((x,), torch.zeros(40)))
    axes, size = field._axes(entered, found[0])
    drawn = field._squares(found[0], entered, axes, size, 20).mean(0).reshape(5, 5)[1:4, 1:4]
    exact = net[0].weight.detach().square().sum((0, 1)).numpy()
    np.testing.assert_allclose(drawn, exact, rtol=0.15)


def test_nets_of_a_study_take_images_laid_out_flat() -> None:
    from howdeep.nets.families import family, names

    convolutional = [name for name in names() if family(name).kind.name == "conv"]
    assert convolutional
    for name in convolutional:
        one = _of_family(name)
        values = instruments.get("receptive_field").measure(one, Effort(rows=8, draws=1))
        assert values["size"] == [28, 28], name
        side = family(name).cost(_rung(name)).receptive_field
        assert values["field"][-1] == [side, side], name


def _of_family(name: str) -> Subject:
    from howdeep.nets.families import family

    rung = _rung(name)
    own = family(name)
    net = own.module(rung)
    start = own.init(rung, torch.Generator().manual_seed(0))
    net.load_state_dict(own.state_dict(rung, start), strict=False)
    x = torch.randn(40, 784, generator=torch.Generator().manual_seed(1))
    return instruments.subject(net, (x, torch.arange(40) % 3))


def _rung(name: str) -> Rung:
    from howdeep.base.nouns import Inputs

    return Rung(
        family=name, blocks=1, width=8, inputs=Inputs(784, 784, 784, (28, 28, 1)), outputs=3
    )


def test_it_says_why_it_does_not_suit() -> None:
    suits = instruments.get("receptive_field").suits
    assert "no convolution" in suits(any_nets.subject("plain"))
    assert not suits(any_nets.subject("conv"))


def test_large_nets_are_measured_on_fewer_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    one = any_nets.subject("conv")
    assert field._samples(one, Effort()) == (64, 4)
    work = field.counted(one.net, one.unseen.take(torch.arange(1)))
    monkeypatch.setattr(field, "BUDGET", work * 2 * 20)
    assert field._samples(one, Effort()) == (20, 1)
    monkeypatch.setattr(field, "BUDGET", 1.0)
    assert field._samples(one, Effort()) == (8, 1)
