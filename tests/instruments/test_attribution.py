"""Attributions against captum, closed forms and planted truths; the gallery by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import any_nets
import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

import howdeep
from howdeep import instruments
from howdeep.instruments import Effort, Subject
from howdeep.instruments import _attribute as attribute
from howdeep.instruments._pixels import pixels
from howdeep.instruments._tiles import coloured, picture, tile
from howdeep.instruments.attribution import patches
from howdeep.store.study import Study

MEASURE = instruments.get("attribution").measure


def attributed(one: Subject) -> tuple[Tensor, tuple[Tensor, ...]]:
    return attribute.explained(one, one.unseen), attribute.base(one)


@pytest.mark.parametrize("name", ["plain", "functional", "two inputs", "conv", "recurrent"])
def test_integrated_gradients_and_gradients_are_those_of_captum(name: str) -> None:
    captum = pytest.importorskip("captum.attr")
    one = any_nets.subject(name)
    which, start = attributed(one)

    def logits(*x: Tensor) -> Tensor:
        out = one.net.eval()(*x)
        return out[0] if isinstance(out, tuple) else out

    ours = attribute.integrated(one, one.unseen, start, which, 24)
    theirs = captum.IntegratedGradients(logits).attribute(
        one.unseen.inputs, tuple(b.expand_as(x) for b, x in zip(start, one.unseen.inputs,
                                                                strict=True)),
        target=which, n_steps=24, method="gausslegendre",
    )  # fmt: skip
    fast = attribute.times_input(one, one.unseen, start, which)
    needed = tuple(x.clone().requires_grad_() for x in one.unseen.inputs)  # else captum warns
    slopes = captum.Saliency(logits).attribute(needed, target=which, abs=False)
    for a, b, c, d, x, s in zip(ours, theirs, fast, slopes, one.unseen.inputs, start, strict=True):
        torch.testing.assert_close(a, b.float(), atol=1e-5, rtol=1e-3)
        torch.testing.assert_close(c, d * (x - s), atol=1e-6, rtol=1e-4)


def test_occlusion_is_the_ablation_of_captum() -> None:
    captum = pytest.importorskip("captum.attr")
    one = any_nets.subject("plain")
    which, start = attributed(one)
    masks = [(torch.arange(6) == i,) for i in range(6)]
    ours = attribute.occluded(one, one.unseen, start, which, masks)
    theirs = captum.FeatureAblation(one.net.eval()).attribute(
        one.unseen.inputs[0], start[0], target=which
    )
    torch.testing.assert_close(ours, theirs.float(), atol=1e-5, rtol=1e-4)
    picture_net = any_nets.subject("conv")
    how = pixels(picture_net)
    assert how is not None
    which, start = attributed(picture_net)
    grid, shape = patches(how)
    assert shape == (7, 7)
    total = torch.stack([mask[0] for mask in grid]).sum(0)
    assert (total == 1).all(), "patches cover every pixel once"
    ours = attribute.occluded(picture_net, picture_net.unseen, start, which, grid)
    number = torch.stack([i * mask[0] for i, mask in enumerate(grid)]).sum(0)[None]
    theirs = captum.FeatureAblation(picture_net.net.eval()).attribute(
        picture_net.unseen.inputs[0], start[0], target=which, feature_mask=number
    )
    for i, mask in enumerate(grid):
        torch.testing.assert_close(
            theirs[:, mask[0]][:, 0].float(), ours[:, i], atol=1e-5, rtol=1e-3
        )


def test_all_three_are_weights_times_distance_on_a_linear_net() -> None:
    one = any_nets.subject("regression")
    one = replace(one, net=nn.Linear(6, 1))
    which, start = attributed(one)
    truth = one.net.weight * (one.unseen.inputs[0] - start[0])
    masks = [(torch.arange(6) == i,) for i in range(6)]
    for found in (
        attribute.times_input(one, one.unseen, start, which)[0],
        attribute.integrated(one, one.unseen, start, which, 4)[0],
        attribute.occluded(one, one.unseen, start, which, masks),
    ):
        torch.testing.assert_close(found, truth.detach(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", any_nets.SHAPES)
def test_attributions_add_up_to_the_change_of_the_output(name: str) -> None:
    values = MEASURE(any_nets.subject(name), Effort())
    assert values["missing"] < 0.02


def test_a_planted_feature_gets_all_and_a_net_that_ignores_inputs_nothing() -> None:
    one = any_nets.subject("plain")

    class Third(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.stack([torch.tanh(x[:, 2]), -x[:, 2], 0 * x[:, 0]], 1)

    features = MEASURE(replace(one, net=Third(), fresh=None), Effort())["features"]
    assert features[0]["name"] == "column 2"
    for method in ("gradient", "integrated", "occlusion"):
        assert features[0][method][0] == pytest.approx(1.0)
        assert features[1][method][0] == pytest.approx(0.0)


def test_rank_correlation_is_that_of_scipy_and_a_net_is_like_itself() -> None:
    draws = np.random.default_rng(0)
    a, b = draws.normal(size=(5, 30)), draws.normal(size=(5, 30)).round(1)
    ours = attribute.alike((torch.tensor(a),), (torch.tensor(b),))
    theirs = [spearmanr(abs(x), abs(y)).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    one = any_nets.subject("plain")
    same = MEASURE(replace(one, fresh=lambda seed: one.net), Effort())
    assert same["sanity"]["integrated"][0] == pytest.approx(1.0, abs=1e-5)
    said = str(instruments.get("attribution").section(
        (instruments.Measurement("attribution", "plain", -1, same),)
    ))  # fmt: skip
    assert "not to be trusted" in said


def test_a_taught_net_differs_from_one_that_learnt_nothing() -> None:
    one = any_nets.subject("plain", rows=900)
    torch.manual_seed(0)
    steps = torch.optim.Adam(one.net.parameters(), 0.01)
    for _ in range(150):
        steps.zero_grad()
        one.loss(one.net(one.train.inputs[0]), one.train.targets).backward()
        steps.step()
    steps.zero_grad(set_to_none=True)
    for fresh in (one.fresh, None):
        values = MEASURE(replace(one, fresh=fresh), Effort())
        assert values["sanity"]["integrated"][2] < 0.7
    named = [feature["name"] for feature in values["features"][:3]]
    assert set(named) == {"column 0", "column 1", "column 2"}, "classes are the largest of these"


def test_a_study_names_its_columns_and_sums_those_of_one(tmp_path: Path) -> None:
    draws = np.random.default_rng(0)
    kind, number, noise = (
        draws.choice(list("abcd"), 700),
        draws.normal(size=700),
        draws.normal(size=700),
    )
    y = np.where((kind == "a") | (kind == "b"), "in", "out")
    howdeep.run({"kind": kind, "number": number, "noise": noise}, y=y, depths=(0, 1), max_seeds=2,
                max_steps=300, rivals="none", jobs=1, out=str(tmp_path / "s"))  # fmt: skip
    with Study.open(str(tmp_path / "s")) as study:
        one = instruments.subjects(study)[-1]
    own = attribute.columns_of(one)
    every = sorted(torch.cat(list(own.values())).tolist())
    assert every == sorted(set(every)), "a column is of one feature"
    assert len(own["kind"]) >= 4
    values = MEASURE(one, Effort())
    assert values["features"][0]["name"] == "kind"
    assert values["features"][0]["integrated"][1] > 0.7
    assert sum(f["integrated"][0] for f in values["features"]) == pytest.approx(1.0, abs=1e-4)


def test_units_are_told_by_the_rows_that_excite_them() -> None:
    x = torch.zeros(200, 3, dtype=torch.float32)
    y = torch.arange(200) % 2
    x[:, 1] = 3.0 * y + 0.1 * torch.randn(200, generator=torch.Generator().manual_seed(0))
    net = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.1, 0.0]]))
        net[0].bias.zero_()
    one = instruments.subject(net, (x[:100], y[:100]), test=(x[100:], y[100:]))
    unit = MEASURE(one, Effort())["units"][0]
    assert (unit["unit"], unit["class"], unit["share"], unit["usual"]) == (0, "1", 1.0, 0.5)
    assert unit["feature"] == "column 1"


def test_pictures_come_back_and_colours_say_for_and_against() -> None:
    held = tile(torch.tensor([[[0.0, 1.0]]]))
    assert picture(held) == (1, 2, 1, b"\x00\xff")
    red, blue, white = coloured(torch.tensor([[[2.0, -2.0, 0.0]]]))[:, 0].T.tolist()
    assert (red, blue, white) == ([1, 0, 0], [0, 0, 1], [1, 1, 1])
    assert tile(torch.zeros(1, 200, 100))[:2] == [50, 25]


def test_filters_and_maps_of_pictures_are_kept() -> None:
    values = MEASURE(any_nets.subject("conv"), Effort())
    assert len(values["filters"]) == 8
    assert values["filters"][0][:3] == [3, 3, 1]
    assert len(values["maps"]) == 4
    assert {len(unit["pictures"]) for unit in values["units"]} == {3}
