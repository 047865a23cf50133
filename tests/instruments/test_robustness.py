"""Corruptions by hand, attacks against closed forms and brute force."""

from __future__ import annotations

import itertools
from dataclasses import replace

import any_nets
import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor, nn

from howdeep import instruments
from howdeep.instruments import Effort, Rows, Subject
from howdeep.instruments import _attack as attacks
from howdeep.instruments import _score as score
from howdeep.instruments._corrupt import blurred, compressed, corruptions
from howdeep.instruments._pixels import pixels, shifted


def linear(rows: int = 300) -> Subject:
    """A linear net of two classes, whose worst case is known."""
    torch.manual_seed(0)
    net = nn.Linear(5, 2)
    x = torch.randn(rows, 5)
    y = (x[:, 0] + 0.3 * torch.randn(rows) > 0).long()
    return instruments.subject(net, (x[:200], y[:200]), test=(x[200:], y[200:]))


def squares(rows: int = 120) -> Subject:
    """Pictures (N, 1, 8, 8) in which a bright bar stands or lies."""
    draws = torch.Generator().manual_seed(1)
    x, y = 0.1 * torch.rand(rows, 1, 8, 8, generator=draws), torch.arange(rows) % 2
    x[y == 0, :, 2:4, :] += 0.8
    x[y == 1, :, :, 2:4] += 0.8
    net = any_nets.conv()
    return instruments.subject(net, (x[:80], y[:80]), test=(x[80:], y[80:]))


def free(one: Subject) -> attacks.Box:
    """A box without ends of the valid range."""
    box = attacks.box(one)
    wide = tuple(torch.full_like(low, 1e6) for low in box.low)
    return replace(box, low=tuple(-w for w in wide), high=wide)


def test_fgsm_and_pgd_reach_the_closed_form_on_a_linear_net() -> None:
    """The margin moves by strength * sum |unit * (w1 - w0)|, which nothing in the box exceeds."""
    one = linear()
    box, rows = free(one), one.unseen
    gap = (one.net.weight[1] - one.net.weight[0]).detach()
    for strength in box.strengths:
        before = attacks.margins(one, one.outputs(rows), rows.targets)
        most = before + strength * (box.units[0] * gap).abs().sum()
        for attacked in (
            attacks.fgsm(one, rows, box, strength),
            attacks.pgd(one, rows, box, strength),
        ):
            found = attacks.margins(one, one.outputs(attacked), rows.targets)
            torch.testing.assert_close(found, most, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["plain", "functional", "two inputs", "recurrent", "attention",
                                  "conv", "regression"])  # fmt: skip
def test_pgd_is_never_weaker_than_fgsm_and_stays_in_its_box(name: str) -> None:
    one = any_nets.subject(name)
    rows, box = one.unseen, attacks.box(one)
    for strength in (box.strengths[1], box.strengths[4]):
        fast, slow = attacks.fgsm(one, rows, box, strength), attacks.pgd(one, rows, box, strength)
        of = [attacks.margins(one, one.outputs(r), rows.targets) for r in (rows, fast, slow)]
        assert (of[2] >= of[1] - 1e-5).all()
        assert (of[2] >= of[0] - 1e-5).all()
        assert of[2].mean() > of[0].mean(), "it does nothing"
        assert score.by_row(one, slow).mean() <= score.by_row(one, fast).mean() + 1e-9
        for x, x0, unit, low, high in zip(
            slow.inputs, rows.inputs, box.units, box.low, box.high, strict=True
        ):
            assert ((x - x0).abs() <= strength * unit + 1e-5).all()
            assert (x >= torch.minimum(low, x0) - 1e-6).all()
            assert (x <= torch.maximum(high, x0) + 1e-6).all()


def test_pgd_comes_near_brute_force_on_a_net_that_bends() -> None:
    torch.manual_seed(4)
    net = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 3))
    with torch.no_grad():
        net[0].weight.mul_(3)
    x = torch.randn(120, 2)
    one = instruments.subject(net, (x[:80], x[:80].sum(1).abs().long() % 3),
                              test=(x[80:], x[80:].sum(1).abs().long() % 3))  # fmt: skip
    box, rows, strength = free(one), one.unseen, 0.3
    found = attacks.margins(
        one, one.outputs(attacks.pgd(one, rows, box, strength, 20)), rows.targets
    )
    grid = torch.tensor(list(itertools.product(torch.linspace(-1, 1, 41).tolist(), repeat=2)))
    best = torch.stack([
        attacks.margins(
            one, one.net(row + strength * box.units[0] * grid), target.expand(len(grid))
        ).max()
        for row, target in zip(rows.inputs[0], rows.targets, strict=True)
    ])  # fmt: skip
    start = attacks.margins(one, one.outputs(rows), rows.targets)
    assert (found <= best + 0.05).all()
    assert ((found - start).sum() / (best - start).sum()) > 0.95


def test_a_sure_net_does_not_hide_from_pgd() -> None:
    """Logits times 1000: the gradient of the log loss is exactly 0, so that FGSM finds nothing."""
    one = linear()

    class Sure(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = one.net

        def forward(self, x: Tensor) -> Tensor:
            return 1000 * self.net(x)

    sure = replace(one, net=Sure())
    box, rows = free(one), one.unseen
    right = score.by_row(sure, rows) == 1
    fast = attacks.fgsm(sure, rows, box, 0.4)
    still = (fast.inputs[0] == rows.inputs[0]).all(1).numpy()
    assert still[right].mean() > 0.5
    hit = [score.by_row(s, attacks.pgd(s, rows, box, 0.4)) for s in (one, sure)]
    np.testing.assert_array_equal(*hit)


def test_blur_is_that_of_scipy_and_shifts_are_by_hand() -> None:
    x = torch.rand(3, 2, 9, 11, generator=torch.Generator().manual_seed(0))
    theirs = ndimage.gaussian_filter(
        x.double().numpy(), (0, 0, 1.5, 1.5), mode="nearest", truncate=4
    )
    np.testing.assert_allclose(blurred(x, 1.5).numpy(), theirs, atol=1e-5)
    moved = shifted(x, 2, -1)
    torch.testing.assert_close(moved[..., 2:, :-1], x[..., :-2, 1:])
    torch.testing.assert_close(moved[..., 0, :-1], x[..., 0, 1:])


def test_jpeg_keeps_a_flat_picture_and_spoils_a_busy_one() -> None:
    pytest.importorskip("PIL")
    flat = torch.full((1, 3, 16, 16), 0.5)
    assert (compressed(flat, 7) - flat).abs().max() < 0.02
    busy = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    errors = [float((compressed(busy, q) - busy).square().mean()) for q in (90, 25, 7)]
    assert errors == sorted(errors)
    assert errors[2] > 0.01


def test_pictures_of_both_layouts_are_the_same() -> None:
    one = squares()
    x = one.train.inputs[0]
    flat = Rows((x.permute(0, 2, 3, 1).flatten(1),), one.train.targets)
    other = replace(one, parts={"train": flat}, image=(8, 8, 1))
    how, also = pixels(one), pixels(other)
    assert how is not None
    assert also is not None
    torch.testing.assert_close(how.pictures(x), also.pictures(flat.inputs[0]))
    torch.testing.assert_close(also.inputs(also.pictures(flat.inputs[0])), flat.inputs[0])
    torch.testing.assert_close(how.inputs(how.pictures(x)), x)


def test_shift_consistency_is_what_can_be_counted_by_hand() -> None:
    """A net that looks whether a bar is anywhere: one of four shifts by 4 or 5 pushes it out."""
    one = squares()

    class Bar(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            total = x.amax((1, 2, 3))
            return torch.stack([total, 0.4 - total], 1)

    values = instruments.get("robustness").measure(replace(one, net=Bar()), Effort())
    assert [kept[0] for kept in values["consistency"]["kept"]] == [1, 1, 1, 0.75, 0.75]
    found = {curve["name"]: curve for curve in values["corruptions"]}
    assert found["shift"]["strength"] == [1, 2, 3, 4, 5]
    assert [lost[0] for lost in found["shift"]["lost"]][:3] == [0, 0, 0]
    assert found["shift"]["lost"][0][2] > 0, "no row changed of 40 is not certainty"


def test_noise_and_gaps_of_a_table_are_of_its_columns() -> None:
    one = linear(3_200)
    kinds, _ = corruptions(one)
    rows = one.train
    (noisy,) = kinds[0].apply(rows, 0.5)
    by_hand = (noisy.inputs[0] - rows.inputs[0]).std(0) / rows.inputs[0].std(0)
    torch.testing.assert_close(by_hand, torch.full((5,), 0.5), rtol=0.2, atol=0)
    (gone,) = kinds[1].apply(rows, 0.3)
    changed = gone.inputs[0] != rows.inputs[0]
    assert float(changed.float().mean()) == pytest.approx(0.3, abs=0.05)
    mean = rows.inputs[0].mean(0).expand_as(rows.inputs[0])
    torch.testing.assert_close(gone.inputs[0][changed], mean[changed])


def test_whole_numbers_are_left_alone_with_a_note() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(12, 2))
    x = torch.randint(0, 9, (60, 3))
    one = instruments.subject(net, (x, x[:, 0] % 2))
    values = instruments.get("robustness").measure(one, Effort())
    assert (values["corruptions"], values["attacks"]) == ([], [])
    assert any("whole numbers" in note for note in values["notes"])
    assert (
        not instruments.get("robustness")
        .section((instruments.Measurement("robustness", "x", -1, values),))
        .parts
    )


def test_what_is_lost_is_paired_by_row() -> None:
    values = instruments.get("robustness").measure(linear(), Effort())
    for curve in (*values["corruptions"], *values["attacks"]):
        for scored, lost in zip(curve["score"], curve["lost"], strict=True):
            assert values["clean"][0] - scored[0] == pytest.approx(lost[0], abs=2e-6)
            assert lost[1] <= lost[0] <= lost[2]
    scores = [curve["score"] for curve in values["attacks"]]
    assert all(slow[0] <= fast[0] for fast, slow in zip(*scores, strict=True))


@pytest.mark.parametrize("name", ["calibration", "robustness", "trust"])
def test_class_numbers_that_do_not_fit_are_told(name: str) -> None:
    x, y = torch.randn(60, 3), torch.full((60,), -100)
    one = instruments.subject(nn.Linear(3, 2), (x, y))
    _, notes = instruments.measured([one], [name])
    assert "class numbers from -100 to -100 do not fit 2 outputs" in notes[0]
