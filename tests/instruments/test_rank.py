"""`rank` against constructed spectra, scikit-dimension and simulation."""

from __future__ import annotations

import any_nets
import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from howdeep import instruments
from howdeep.instruments import Effort, Measurement
from howdeep.instruments._dimension import spread, two_nn
from howdeep.instruments._outputs import outputs

RANK = instruments.get("rank")


def test_equal_directions_are_counted() -> None:
    made = torch.Generator().manual_seed(0)
    for rank in (1, 3, 7):
        left = torch.linalg.qr(torch.randn(200, rank + 1, generator=made))[0]
        left = torch.linalg.qr(left - left.mean(0))[0][:, :rank]
        right = torch.linalg.qr(torch.randn(20, rank, generator=made))[0]
        found = spread(left @ right.T + 5.0)
        assert found.effective_rank == pytest.approx(rank, rel=1e-3)
        assert found.participation == pytest.approx(rank, rel=1e-3)
        assert found.saturation == pytest.approx(rank / 20)


def test_ranks_are_entropies_of_numpys_singular_values() -> None:
    x = np.random.default_rng(1).normal(size=(90, 12)) * np.arange(1, 13)
    values = np.linalg.svd(x - x.mean(0), compute_uv=False)
    variances = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    found = spread(torch.from_numpy(x))
    assert found.effective_rank == pytest.approx(np.exp(stats.entropy(values)))
    assert found.participation == pytest.approx(variances.sum() ** 2 / (variances**2).sum())
    needed = 1 + int((np.cumsum(variances) / variances.sum() < 0.99).sum())
    assert found.saturation == pytest.approx(needed / 12)


def test_what_does_not_vary_has_no_rank() -> None:
    assert spread(torch.full((30, 5), 7.3)).effective_rank == 0.0
    assert two_nn(torch.full((30, 5), 7.3)) is None


@pytest.mark.parametrize("dimension", [1, 3, 6])
def test_two_nn_is_that_of_scikit_dimension(dimension: int) -> None:
    skdim = pytest.importorskip("skdim", reason="scikit-dimension is not installed")
    made = np.random.default_rng(dimension)
    flat = made.normal(size=(400, dimension)) @ made.normal(size=(dimension, 15))
    found = two_nn(torch.from_numpy(flat))
    assert found is not None
    truth = skdim.id.TwoNN(discard_fraction=0.1).fit(flat).dimension_
    assert found.value == pytest.approx(truth, rel=1e-3)


def test_the_interval_of_two_nn_covers() -> None:
    """Of 60 draws of a plane, at least 53 (95 % less three deviations)."""
    made, hits = torch.Generator().manual_seed(4), 0
    for _ in range(60):
        found = two_nn(torch.rand(300, 2, generator=made))
        assert found is not None
        hits += found.low <= 2.0 <= found.high
    assert hits >= 53, hits


def test_a_bottleneck_is_found_and_told() -> None:
    torch.manual_seed(5)
    net = nn.Sequential(
        nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1), nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 2)
    )
    one = instruments.subject(net, (torch.randn(80, 8), torch.arange(80) % 2), name="narrow")
    told = RANK.measure(one, Effort())["layers"]
    assert [layer["name"] for layer in told] == ["input", "0", "2", "3", "5"]
    assert told[3]["rank"] == pytest.approx(1.0, abs=1e-2)
    assert told[3]["intrinsic"] == pytest.approx(1.0, abs=0.4)
    assert told[0]["intrinsic"] > 3
    shown = RANK.section((Measurement("rank", "narrow", -1, {"rows": 80, "layers": told}),))
    assert any("rows collapse at 3" in getattr(part, "text", "") for part in shown.parts)


def test_batches_of_rows_give_the_same_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    one = any_nets.subject("conv")
    whole = outputs(one.net, one.train)
    monkeypatch.setattr("howdeep.instruments._passage.HELD", 5_000)
    parts = outputs(one.net, one.train)
    assert [a.name for a in whole] == [b.name for b in parts] == ["input", "0", "4", "8"]
    for a, b in zip(whole, parts, strict=True):
        torch.testing.assert_close(a.rows, b.rows)
        torch.testing.assert_close(a.units, b.units)
    assert whole[1].units.shape == (len(one.train) * 16, 8), "16 places of each map"


def test_few_rows_are_refused_in_words() -> None:
    one = instruments.subject(nn.Linear(3, 2), (torch.randn(8, 3), torch.arange(8) % 2))
    assert RANK.suits(one) == "8 rows; ranks need 20"
