"""A trace holds what passes as it is; large nets and many rows are looked at in pieces."""

from __future__ import annotations

import any_nets
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from howdeep import instruments
from howdeep.instruments import Effort, _passage
from howdeep.instruments._gallery import gallery
from howdeep.instruments._memory import _Alive
from howdeep.instruments._outputs import outputs
from howdeep.instruments._subject import untouched
from howdeep.instruments._trace import trace


class InPlace(nn.Module):
    """Writes over what its layers gave, in five ways."""

    def __init__(self, way: str) -> None:
        super().__init__()
        self.a, self.b, self.head = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.drop, self.way = nn.Dropout(0.5), way

    def forward(self, x: Tensor) -> Tensor:
        h = self.drop(self.a(x))
        if self.way == "sum":
            h += 1.0
        elif self.way == "relu":
            h = F.relu(h, inplace=True)
        elif self.way == "item":
            h[:, 0] = 0.0
        elif self.way == "out":
            h = torch.mul(h.detach(), 2.0, out=h.detach()) if not h.requires_grad else h.mul_(2.0)
        else:
            h = torch.tanh_(h)
        return self.head(torch.relu(self.b(h)))


@pytest.mark.parametrize("way", ["sum", "relu", "item", "out", "tanh"])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("back", [False, True])
def test_what_is_written_over_is_shown_as_it_was(way: str, training: bool, back: bool) -> None:
    torch.manual_seed(0)
    net, x = InPlace(way), torch.randn(20, 6)
    one = instruments.subject(net, (x, torch.arange(20) % 3))
    before = torch.get_rng_state()
    with untouched(net):
        found = trace(net, one.train, one.loss if back else None, training=training)
    assert torch.equal(torch.get_rng_state(), before)
    sites = {site.name: site for site in found.sites}
    torch.testing.assert_close(sites["a"].output, net.a(x).detach())
    entered = sites["b"].entered
    assert entered is not None
    torch.testing.assert_close(sites["b"].output, net.b(entered).detach())
    assert (sites["b"].slope is not None) == back


@pytest.mark.parametrize(
    ("layer", "what", "saturated"),
    [
        (nn.ReLU6(), "relu6", 0.25),
        (nn.ReLU6(inplace=True), "relu6", 0.25),
        (nn.Hardtanh(-3.0, 3.0), "hardtanh", 0.5),
        (nn.Hardtanh(), "hardtanh", 0.75),
        (nn.Hardtanh(0.0, 6.0), "relu6", 0.25),
        (nn.Softsign(), "softsign", 0.5),
    ],
)
def test_activations_keep_their_constants(layer: nn.Module, what: str, saturated: float) -> None:
    net = nn.Sequential(nn.Linear(1, 1, bias=False), layer, nn.Linear(1, 2))
    with torch.no_grad():
        net[0].weight.fill_(1.0)
    x = torch.tensor([[-9.0], [-2.0], [0.5], [7.0]])
    one = instruments.subject(net, (x, torch.tensor([0, 1, 0, 1])))
    (told,) = instruments.get("signal").measure(one, Effort())["activations"]
    assert (told["what"], told["saturated"]) == (what, saturated)


@pytest.mark.parametrize("name", ["plain", "functional", "conv", "recurrent", "attention"])
def test_pieces_of_rows_give_what_all_rows_give(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = any_nets.subject(name)

    def found() -> list[object]:
        told = instruments.get("signal").measure(one, Effort())
        units = gallery(one, one.train, None, {})["units"]
        return [
            *(told[key] for key in ("square", "cosine", "slope", "energy", "ratio")),
            [a["dead"] for a in told["activations"]],
            [u["unit"] for u in units],
            [float(o.rows.sum()) for o in outputs(one.net, one.train)],
        ]

    whole = found()
    monkeypatch.setattr(_passage, "HELD", 1_500)
    for mine, theirs in zip(found(), whole, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4, abs=1e-6)


def test_a_trace_takes_no_copies_and_pieces_do_not_grow_with_rows() -> None:
    net = nn.Sequential(*[part for _ in range(6) for part in (nn.Linear(64, 64), nn.ReLU())])
    x = torch.randn(256, 64)
    one = instruments.subject(net, (x, torch.zeros(256, 64)))
    with untouched(net), torch.no_grad(), _Alive(iter([*net.parameters(), x])) as alive:
        trace(net, one.train)
    assert alive.peak <= 12 * x.nbytes * 1.05, "each value once"
    seen = []
    for rows in (64, 256):
        part = one.train.take(torch.arange(rows))
        with untouched(net), _Alive(iter([*net.parameters(), *part.inputs])) as alive:
            _passage.passages(net, part, one.loss, 30_000_000 // 32)
        seen.append(alive.peak)
    assert seen[1] <= 1.1 * seen[0]
