"""As accurate is not as trustworthy: planted differences are told, and none where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from howdeep import instruments
from howdeep.instruments import Effort, Measurement, Subject
from howdeep.instruments._apart import against, reference
from howdeep.instruments._packed import pack, unpack


class Steep(nn.Module):
    """Right by the sign of a sum: of one column a hundred times as steep as the rows are wide, or
    of all columns that say the same."""

    def __init__(self, weights: list[float]) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.tensor(weights))

    def forward(self, x: Tensor) -> Tensor:
        total = x @ self.weights
        return torch.stack([-total, total], 1)


def nets() -> list[Subject]:
    """Equally accurate: one leans on a column that noise drowns, one on many that average it."""
    draws = torch.Generator().manual_seed(0)
    y = torch.arange(1_200) % 2
    x = (2.0 * y[:, None] - 1) + 0.02 * torch.randn(1_200, 8, generator=draws)
    x[:, 0] *= 5  # wide: noise is in units of a column's spread
    half = 600
    first = instruments.subject(Steep([1.0] + [0.0] * 7), (x[:half], y[:half]),
                                test=(x[half:], y[half:]), name="mlp-1")  # fmt: skip
    second = replace(first, net=Steep([0.2] + [1.0] * 7), name="mlp-2", depth=2)
    same = replace(first, name="mlp-4", depth=4)
    return [replace(first, depth=1), second, same]


def test_a_net_that_leans_on_one_column_is_told_apart_from_one_as_accurate() -> None:
    found, _ = instruments.measured(nets(), ["trust"], Effort(rows=600))
    scores = [one.values["scores"]["as they are"]["value"][0] for one in found]
    assert scores == [1.0, 1.0, 1.0]
    told = {(one.net, one.measure): one.state for one in against(found)}
    assert reference(found).net == "mlp-1"
    # 2.5 standard deviations away, noise of 0.3 of them flips neither; missing cells leave a tie
    assert told[("mlp-2", "missing values 0.2")] == "better"
    assert told[("mlp-4", "missing values 0.2")] == ""
    assert told[("mlp-2", "as they are")] == ""
    section = instruments.sections(found)[0]
    assert "as accurate is not as trustworthy" in str(section)


def test_equal_nets_are_rarely_told_apart_though_the_best_was_picked() -> None:
    """Five nets of 90 % each, whose hits are drawn apart: the best of them looks better."""
    draws, wrong = np.random.default_rng(0), 0
    for _ in range(200):
        found = [
            Measurement("trust", f"mlp-{i}", i, {
                "rows": 400, "errors": {}, "order": ["as they are"],
                "scores": {"as they are": {"value": [hit.mean(), 0, 1], "rows": pack(hit)}},
            })
            for i in range(1, 6)
            for hit in ((draws.random(400) < 0.9).astype(float),)
        ]  # fmt: skip
        wrong += any(one.state for one in against(found))
    assert wrong <= 17, "5 % of 200, and what chance adds"


def test_one_net_has_nothing_to_be_compared_with() -> None:
    found, _ = instruments.measured(nets()[:1], ["trust"], Effort(rows=100))
    assert not instruments.get("trust").section(found).parts


def test_costs_are_counted() -> None:
    net = nn.Sequential(nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 3))
    one = instruments.subject(net, (torch.randn(60, 6), torch.arange(60) % 3))
    values = instruments.get("trust").measure(one, Effort())
    assert values["parameters"] == 6 * 10 + 10 + 10 * 3 + 3
    assert values["flops"] == 2 * (6 * 10 + 10 * 3)


@pytest.mark.parametrize("values", [[0.0, 1.0, 0.5, 0.75], [-3.25, 1e9]])
def test_rows_come_back(values: list[float]) -> None:
    found = unpack(pack(np.array(values)))
    np.testing.assert_allclose(found, np.clip(values, -6e4, 6e4), rtol=1e-3)
