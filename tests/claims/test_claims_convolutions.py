"""The claims' convolutional nets against PyTorch's layers, and the receptive field by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from howdeep.claims._filters import gabors, near_gabor, tuning
from howdeep.claims._nets import stacked
from howdeep.claims.nets.conv import Down, Shape, conv, states
from howdeep.claims.nets.pictures import Frame, maps, pictures
from howdeep.claims.receptive_field import field, squares

NETS, ROWS = 2, 3


def _generators() -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in range(NETS)]


@pytest.mark.parametrize("down", ["none", "stride", "max", "mean"])
def test_a_net_on_series_is_what_pytorchs_layers_make(down: Down) -> None:
    shape = Shape(11, 4, layers=2, channels=3, taps=3, down=down)
    arm = conv("x", shape)
    params = stacked(arm, _generators())
    x = torch.randn(NETS, ROWS, 11, generator=torch.Generator().manual_seed(9))
    found = arm.apply(params, x)
    for net in range(NETS):
        h = x[net].unsqueeze(1)
        for layer in range(2):
            weight = params[f"conv{layer}.weight"][net]  # (channels in x taps, channels out)
            kernel = weight.T.reshape(3, -1, 3)
            bias = params[f"conv{layer}.bias"][net]
            h = F.conv1d(h, kernel, bias, padding=1, stride=2 if down == "stride" else 1).relu()
            odd = (0, h.shape[2] % 2)
            if down == "max":
                h = F.max_pool1d(F.pad(h, odd), 2)
            if down == "mean":
                h = F.avg_pool1d(F.pad(h, odd), 2)
        flat = h.transpose(1, 2).flatten(1)
        expected = flat @ params["head.weight"][net] + params["head.bias"][net]
        torch.testing.assert_close(found[net], expected, rtol=1e-4, atol=1e-5)


def test_a_twin_that_has_the_same_filter_everywhere_is_the_convolution() -> None:
    shape = Shape(12, 4, layers=2, channels=3, taps=3)
    params = stacked(conv("x", shape), _generators())
    own = dict(params)
    for layer in range(2):
        places = shape.windows(layer)
        for part in ("weight", "bias"):
            value = params[f"conv{layer}.{part}"]
            own[f"conv{layer}.{part}"] = value.unsqueeze(1).expand(-1, places, *value.shape[1:])
    x = torch.randn(NETS, ROWS, 12, generator=torch.Generator().manual_seed(9))
    same = states(replace(shape, shared=False), own, x)
    for a, b in zip(states(shape, params, x), same, strict=True):
        torch.testing.assert_close(a, b)


def test_a_net_on_pictures_is_what_pytorchs_layers_make() -> None:
    frame = Frame(9, 4, (3, 5), first=5)
    params = stacked(pictures("x", frame), _generators())
    x = torch.randn(NETS, ROWS, 81, generator=torch.Generator().manual_seed(9))
    found = maps(frame, params, x)
    for net in range(NETS):
        h = x[net].view(ROWS, 1, 9, 9)
        for layer in range(2):
            weight, bias = (params[f"conv{layer}.{part}"][net] for part in ("weight", "bias"))
            h = F.conv2d(h, weight, bias, padding=weight.shape[-1] // 2).relu()
            h = F.max_pool2d(h, 2, ceil_mode=True)
            torch.testing.assert_close(found[layer][net], h)


def test_changing_a_place_changes_a_unit_exactly_within_its_field() -> None:
    shape = Shape(31, 1, layers=4, channels=6, taps=3, down="none", head="mean")
    params = {k: v.double() for k, v in stacked(conv("x", shape), _generators()).items()}
    g = torch.Generator().manual_seed(9)
    x = torch.randn(NETS, 40, 31, generator=g, dtype=torch.float64)
    before = states(shape, params, x)[-1][:, :, 15]
    reached = []
    for place in range(31):
        moved = x.clone()
        moved[..., place] += 1
        reached.append(bool((states(shape, params, moved)[-1][:, :, 15] != before).any()))
    half = field(4, 3) // 2
    assert reached == [abs(place - 15) <= half for place in range(31)]
    assert ((squares(shape, params, x) > 0).all(0)).tolist() == reached


def test_gabor_functions_are_found_and_noise_is_not() -> None:
    g = torch.Generator().manual_seed(1)
    planted, noise = gabors(50, 7, g), torch.randn(50, 49, generator=g)
    assert near_gabor(planted).mean() > 0.9 > 0.4 > near_gabor(noise).mean()
    assert tuning(planted).mean() > 0.4 > 0.3 > tuning(noise).mean()
    assert float(tuning(torch.eye(49)[24:25])) < 1e-5  # a point has no direction
