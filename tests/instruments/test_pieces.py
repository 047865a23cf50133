"""`pieces` against the tent map, fine grids, and nets that have none."""

from __future__ import annotations

import re

import any_nets
import pytest
import torch
from torch import Tensor, nn

from howdeep import instruments
from howdeep.base.errors import InstrumentError
from howdeep.instruments import Effort
from howdeep.instruments._regions import pieces

PIECES = instruments.get("pieces")


def tent(layers: int) -> nn.Module:
    """x -> 1 - |1 - 2x| on 0..1, so many times over, of two units a layer (Telgarsky 2016)."""
    parts: list[nn.Module] = []
    for i in range(layers):
        one = nn.Linear(2 if i else 1, 2)
        with torch.no_grad():
            one.weight.copy_(torch.tensor([[2.0, -2.0], [4.0, -4.0]] if i else [[2.0], [4.0]]))
            one.bias.copy_(torch.tensor([0.0, -2.0]))
        parts += [one, nn.ReLU()]
    head = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, -1.0]]))
    return nn.Sequential(*parts, head)


@pytest.mark.parametrize("layers", [1, 2, 3, 5, 8])
def test_the_tent_map_folds_twice_a_layer(layers: int) -> None:
    assert pieces(tent(layers), (torch.zeros(1, 1),), (torch.ones(1, 1),)) == [2**layers]
    part = pieces(tent(layers), (torch.zeros(1, 1),), (torch.full((1, 1), 0.5),))
    assert part == [2 ** (layers - 1)]


def by_grid(net: nn.Module, a: Tensor, b: Tensor, points: int = 8_001) -> int:
    """Pieces counted by the slope of the outputs on a fine grid, without a look inside."""
    t = torch.linspace(0, 1, points, dtype=torch.float64).reshape(-1, *[1] * a.ndim)
    with torch.no_grad():
        out = net(a.double() + (b - a).double() * t).flatten(1)
    bend = out.diff(n=2, dim=0).norm(dim=1) > 1e-10
    return 1 + int((bend[1:] & ~bend[:-1]).sum()) + int(bend[0])


@pytest.mark.parametrize(
    "net",
    [
        lambda: nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(),
                              nn.Linear(6, 2)),
        lambda: nn.Sequential(nn.Linear(3, 6), nn.ReLU6(), nn.Linear(6, 5), nn.LeakyReLU(0.2),
                              nn.Linear(5, 2)),
        lambda: nn.Sequential(nn.Linear(3, 5), nn.Hardtanh(-0.3, 0.4), nn.Linear(5, 5),
                              nn.Hardsigmoid(), nn.Linear(5, 2)),
        lambda: nn.Sequential(nn.Unflatten(1, (1, 3)), nn.Conv1d(1, 4, 2), nn.BatchNorm1d(4),
                              nn.MaxPool1d(2), nn.Flatten(), nn.PReLU(), nn.Linear(4, 2)),
    ],
    ids=["relu", "relu6", "hardtanh", "pool"],
)  # fmt: skip
def test_pieces_are_those_of_a_fine_grid(net: object) -> None:
    torch.manual_seed(7)
    found = []
    for _ in range(3):
        own = net()  # type: ignore[operator]
        a, b = torch.randn(3) * 2, torch.randn(3) * 2
        found += pieces(own, (a[None],), (b[None],))
        assert found[-1] == by_grid(own.double().eval(), a, b)
    assert max(found) > 2


class Bent(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x).pow(2)


def test_what_is_not_piecewise_linear_is_refused() -> None:
    rows = (torch.randn(30, 4), torch.arange(30) % 2)
    bent = instruments.subject(nn.Sequential(nn.Linear(4, 4), Bent(), nn.Linear(4, 2)), rows)
    assert PIECES.suits(bent) == ""
    with pytest.raises(InstrumentError, match="bent where no activation switches"):
        PIECES.measure(bent, Effort())
    for net, says in (
        (nn.Sequential(nn.Linear(4, 4), nn.GELU(), nn.Linear(4, 2)), "gelu \\(1.gelu\\)"),
        (nn.Sequential(nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 2)), "divides by"),
    ):
        why = PIECES.suits(instruments.subject(net, rows))
        assert re.search(says, why), why
    assert "lstm" in PIECES.suits(any_nets.subject("recurrent"))
    assert "multiheadattention" in PIECES.suits(any_nets.subject("attention"))


def test_several_inputs_shared_layers_and_the_start_are_counted() -> None:
    told = PIECES.measure(any_nets.subject("two inputs"), Effort(draws=2))
    assert told["paths"] == 2
    assert told["start"] is None
    assert told["pairs"]["low"] <= told["pairs"]["mean"] <= told["pairs"]["high"]
    plain = PIECES.measure(any_nets.subject("plain"), Effort(draws=2))
    assert plain["units"] == 32
    assert min(plain["start"]["counts"]) > 1
    linear = instruments.subject(nn.Linear(3, 2), (torch.randn(30, 3), torch.arange(30) % 2))
    assert PIECES.measure(linear, Effort(draws=2))["pairs"]["counts"] == [1, 1]
