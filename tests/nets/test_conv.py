"""Convolutional nets: stages that fit, the receptive field, batch statistics, bits in company."""

from __future__ import annotations

import itertools

import pytest
import torch

from howdeep.base.errors import ConfigError
from howdeep.base.nouns import Inputs, Rung
from howdeep.nets.families import _conv, family

SIDES = (4, 5, 7, 8, 12, 15, 16, 24, 25, 28, 32, 47, 48, 49, 64, 96, 224)


def rung(side: int, blocks: int, name: str = "resnet", **options: str) -> Rung:
    inputs = Inputs(side * side, side * side, side * side, (side, side, 1))
    return Rung(name, blocks, 16, inputs, 3, tuple(options.items()))


def net(r: Rung, seed: int = 0) -> dict[str, torch.Tensor]:
    init = family(r.family).init(r, torch.Generator().manual_seed(seed))
    return {name: value.unsqueeze(0) for name, value in init.items()}


@pytest.mark.parametrize("side", SIDES)
def test_the_stages_fit_the_image(side: int) -> None:
    maps: dict[str, torch.Size] = {}
    r = rung(side, 1)
    x = torch.zeros(1, 2, side * side)
    family("resnet").apply(r, net(r), x, tap=lambda name, h: maps.setdefault(name, h.shape))
    sides = [shape[-1] for name, shape in maps.items() if name.startswith(("stem", "stages"))]
    assert sides[0] <= _conv.FIRST_MAP
    assert sides[-1] >= min(side, _conv.LEAST_MAP)
    assert maps[f"stages.{_conv.stages_of(side) - 1}.0"][2] == 16
    assert _conv.stages_of(side) == 3 or sides[-1] < 2 * _conv.LEAST_MAP - 1


@pytest.mark.parametrize("name", ["resnet", "cnn"])
@pytest.mark.parametrize(("side", "blocks"), list(itertools.product((32, 64), (0, 1, 2))))
def test_the_receptive_field_is_what_gradients_reach(name: str, side: int, blocks: int) -> None:
    """One middle unit before the pooling, its gradient in the pixels of a large enough image.

    Positive weights and inputs, so that no path is switched off or cancels out; no norm, for batch
    statistics mix all pixels.
    """
    small = rung(side, blocks, name, norm="none")
    field = family(name).cost(small).receptive_field
    large = 2 * field + 64
    big = Inputs(large * large, large * large, large * large, (large, large, 1))
    params = {n: v.abs() * 0.1 for n, v in net(small).items()}
    last: list[torch.Tensor] = []
    x = torch.ones(1, 1, large * large, requires_grad=True)

    def keep(at: str, h: torch.Tensor) -> None:
        if at.startswith(("stem", "stages")):
            last[:] = [h]

    stem, stages = _conv.stem_of(side), _conv.stages_of(side)
    with pytest.MonkeyPatch.context() as patch:  # the stages of the small image, on the large one
        patch.setattr(_conv, "stem_of", lambda _side: stem)
        patch.setattr(_conv, "stages_of", lambda _side: stages)
        wide = Rung(name, blocks, 16, big, 3, small.options)
        family(name).apply(wide, params, x, tap=keep)
    h = last[0][0, 0].sum(0)
    middle = h[h.shape[0] // 2, h.shape[1] // 2]
    (grad,) = torch.autograd.grad(middle, x)
    reached = grad.view(large, large).abs().sum(0) > 0
    first, *_, end = reached.nonzero().flatten().tolist()
    assert end - first + 1 == field


def test_the_receptive_field_of_the_default_ladder() -> None:
    fields = [family("resnet").cost(rung(28, n)).receptive_field for n in (0, 1, 2, 4, 8)]
    assert fields == [15, 71, 127, 239, 463]
    convs = [family("resnet").cost(rung(28, n)).weight_layers - 1 for n in (0, 1, 2, 4, 8)]
    assert convs == [3, 9, 15, 27, 51]


@pytest.mark.parametrize("name", ["resnet", "cnn"])
def test_calibrated_statistics_are_those_of_the_rows(name: str) -> None:
    """On the rows it was calibrated on, a net gives the outputs that the calibration gave."""
    r = rung(16, 2, name)
    x = torch.randn(300, 256, generator=torch.Generator().manual_seed(1))
    two = {n: torch.cat([net(r)[n], net(r, 1)[n]]) for n in net(r)}
    params, out = family(name).calibrate(r, two, x)  # type: ignore[misc]
    again = family(name).apply(r, params, x.expand(2, -1, -1))
    assert torch.allclose(out, again, atol=1e-6)
    one = family(name).apply(r, params, x[:7].expand(2, -1, -1))  # no statistics of a small batch
    assert torch.allclose(one, out[:, :7], atol=1e-5)
    training = family(name).apply(r, two, x[:7].expand(2, -1, -1))
    assert not torch.allclose(training, out[:, :7], atol=1e-2)


@pytest.mark.parametrize("name", ["resnet", "cnn"])
def test_a_net_has_the_same_bits_in_any_company(name: str) -> None:
    r = rung(12, 1, name)
    many = [net(r, seed) for seed in range(5)]
    stacked = {n: torch.cat([each[n] for each in many]).requires_grad_() for n in many[0]}
    x = torch.randn(5, 8, 144, generator=torch.Generator().manual_seed(2))
    out = family(name).apply(r, stacked, x)
    grads = torch.autograd.grad(out.square().sum(), list(stacked.values()))
    for m, each in enumerate(many):
        alone = {n: v.requires_grad_() for n, v in each.items()}
        own = family(name).apply(r, alone, x[m : m + 1])
        assert torch.equal(own[0], out[m])
        mine = torch.autograd.grad(own.square().sum(), list(alone.values()))
        assert all(torch.equal(a[0], b[m]) for a, b in zip(mine, grads, strict=True))


def test_an_option_that_does_not_exist_is_refused_with_the_choices() -> None:
    with pytest.raises(ConfigError, match="batch, none"):
        family("cnn").cost(rung(8, 1, norm="layer"))
