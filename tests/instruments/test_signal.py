"""`signal` against autograd, Adam, closed forms and published theory."""

from __future__ import annotations

import math

import any_nets
import pytest
import torch
from scipy import integrate
from torch import Tensor, nn

from howdeep import instruments
from howdeep.instruments import Effort, Measurement, _jacobian
from howdeep.instruments._mean_field import critical, mean_field
from howdeep.instruments._reach import energies, reach
from howdeep.instruments._subject import Rows, untouched
from howdeep.instruments._trace import trace
from howdeep.instruments._updates import BATCH, Batches, ratios

SIGNAL = instruments.get("signal")


# ---- theory -------------------------------------------------------------------------------------
def test_tanh_is_critical_where_it_was_published() -> None:
    assert critical("tanh", 0.05) == pytest.approx(1.76, abs=0.02)  # Schoenholz 2017, figure 1
    assert critical("relu") == pytest.approx(2.0, abs=1e-6)  # He 2015


@pytest.mark.parametrize(
    ("weight", "gradient", "correlation"),
    [(0.8, 2.3, 2.3), (1.3, 7.8, 7.8), (2.0, 21.5, 25.2), (2.5, 8.0, 11.8), (4.5, 3.0, 6.4)],
)
def test_scales_are_those_of_another_program(
    weight: float, gradient: float, correlation: float
) -> None:
    found = mean_field("tanh", weight, 0.05)
    assert found.gradient_scale == pytest.approx(gradient, rel=0.02)
    assert found.correlation_scale == pytest.approx(correlation, rel=0.02)


@pytest.mark.parametrize("weight", [1.5, 40.0])
@pytest.mark.parametrize(
    ("name", "phi", "slope"),
    [
        ("tanh", torch.tanh, lambda x: 1 - torch.tanh(x) ** 2),
        ("sigmoid", torch.sigmoid, lambda x: torch.sigmoid(x) * torch.sigmoid(-x)),
        ("relu", torch.relu, lambda x: (x > 0).double()),
        ("gelu", nn.functional.gelu, None),
    ],
)
def test_the_fixed_point_is_one_by_adaptive_quadrature(
    name: str, phi: object, slope: object, weight: float
) -> None:
    bias = 0.1
    found = mean_field(name, weight, bias)
    if not found.settles:
        assert weight > 2
        assert name in ("relu", "gelu")
        return

    def mean(function: object) -> float:
        def at(z: float) -> float:
            x = torch.tensor(z * math.sqrt(found.square), dtype=torch.float64)
            density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
            return float(function(x)) ** 2 * density  # type: ignore[operator]

        return sum(integrate.quad(at, *ends)[0] for ends in ((-9, 0), (0, 9)))

    assert weight * mean(phi) + bias == pytest.approx(found.square, rel=1e-4)
    if slope is not None:
        assert weight * mean(slope) == pytest.approx(found.chi, rel=1e-4)


def drawn(weight: float, bias: float, layers: int, width: int) -> nn.Module:
    parts: list[nn.Module] = []
    last = 20
    for _ in range(layers):
        one = nn.Linear(last, width)
        nn.init.normal_(one.weight, 0, (weight / last) ** 0.5)
        nn.init.normal_(one.bias, 0, bias**0.5)
        parts += [one, nn.Tanh()]
        last = width
    return nn.Sequential(*parts, nn.Linear(last, 5))


def test_the_measured_scale_covers_that_of_theory() -> None:
    """The interval holds theory's rate in at least 17 of 20 nets, on both sides of criticality."""
    torch.manual_seed(1)
    rows = Rows((torch.randn(32, 20),), torch.randint(0, 5, (32,)))
    for weight in (1.0, 3.2):
        truth, hits = math.log(mean_field("tanh", weight, 0.05).chi), 0
        for _ in range(20):
            net = drawn(weight, 0.05, 16, 96)
            sites = trace(net, rows, nn.functional.cross_entropy).of("weights")
            found = reach([energies(sites[:-1], len(rows))])
            assert found is not None
            hits += found.low <= truth <= found.high
        assert hits >= 17, f"{weight}: {hits} of 20"


def test_a_study_net_has_no_scale_where_too_few_layers_have_a_gradient() -> None:
    assert reach([[1.0, 2.0, 3.0, 4.0]]) is None
    assert reach([[0.0] * 20]) is None
    flat = reach([[1.0] * 9])
    assert flat is not None
    assert math.isinf(flat.xi)


def test_theory_is_told_of_plain_untrained_nets_alone() -> None:
    def fresh(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return drawn(1.3, 0.05, 10, 96)

    rows = (torch.randn(40, 20), torch.arange(40) % 5)
    with torch.random.fork_rng():
        told = SIGNAL.measure(instruments.subject(fresh(9), rows, fresh=fresh), Effort())["start"]
    assert told["theory"]["activation"] == "tanh"
    assert told["theory"]["weight"] == pytest.approx(1.3, rel=0.05)
    assert told["theory"]["chi"] == pytest.approx(mean_field("tanh", 1.3, 0.05).chi, abs=0.03)
    assert told["width"] == 96
    for name in ("conv", "attention", "functional"):
        start = SIGNAL.measure(any_nets.subject(name), Effort())["start"]
        assert start["theory"] is None, name


# ---- Jacobians ----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["plain", "conv", "regression"])
def test_singular_values_are_those_of_jacrev(name: str) -> None:
    one = any_nets.subject(name)
    rows = one.train.some(3)
    with untouched(one.net):
        found = _jacobian.spectra(one.net, rows, 9, 2)
    assert found
    for spectrum in found:
        until = one.net.eval()[: int(spectrum.layer) + 1]  # type: ignore[index]
        truth = _by_jacrev(until, rows.inputs[0])
        assert spectrum.exact
        assert spectrum.largest == pytest.approx(float(truth[:, 0].mean()), rel=1e-4)
        assert spectrum.mean_square == pytest.approx(float(truth.square().mean()), rel=1e-4)
        middle = truth.quantile(0.5, dim=1).log().mean().exp()
        assert spectrum.quantiles[2] == pytest.approx(float(middle), rel=1e-3)


def _by_jacrev(net: nn.Module, x: Tensor) -> Tensor:
    held = [torch.func.jacrev(lambda row: net(row[None])[0])(row) for row in x]
    return torch.stack(
        [torch.linalg.svdvals(j.reshape(-1, x[0].numel()).detach().double()) for j in held]
    )


def test_large_jacobians_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    one = any_nets.subject("plain")
    rows = one.train.some(3)
    with untouched(one.net):
        exact = _jacobian.spectra(one.net, rows, 9, 2)
        monkeypatch.setattr(_jacobian, "EXACT", 0)
        found = _jacobian.spectra(one.net, rows, 9, 400)
    for truth, spectrum in zip(exact, found, strict=True):
        assert not spectrum.exact
        assert spectrum.largest == pytest.approx(truth.largest, rel=0.02)
        assert spectrum.mean_square == pytest.approx(truth.mean_square, rel=0.15)


class Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.hidden, self.head = nn.Embedding(9, 4), nn.Linear(20, 8), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.hidden(self.words(x).flatten(1))))


def test_of_words_the_first_layer_stands_for_the_input() -> None:
    torch.manual_seed(2)
    net, x = Words(), torch.randint(0, 9, (3, 5))
    with untouched(net):
        found = _jacobian.spectra(net, Rows((x,), torch.zeros(3)), 9, 2)
    assert [one.layer for one in found] == ["hidden", "head"]
    rest = nn.Sequential(nn.Flatten(), net.hidden, nn.Tanh(), net.head)
    truth = _by_jacrev(rest, net.words(x).detach())
    assert found[-1].largest == pytest.approx(float(truth[:, 0].mean()), rel=1e-4)


# ---- steps and units ----------------------------------------------------------------------------
def test_steps_are_those_of_adam() -> None:
    one = any_nets.subject("plain", rows=192)
    rows, rate, taken = one.train, 1e-3, 3
    with untouched(one.net):
        sites = trace(one.net, rows, one.loss).of("weights")
        layers = [site.layer for site in sites]
        found = ratios(one.net, layers, Batches(rows, taken, 7), one.loss, rate)
    net = one.net.eval()
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    held = [p.detach().clone() for p in net.parameters()]
    moved = [torch.zeros_like(p) for p in held]
    for i in range(taken):
        batch = rows.take(torch.arange(i * BATCH, (i + 1) * BATCH))
        optimiser.zero_grad()
        one.loss(net(*batch.inputs), batch.targets).backward()
        optimiser.step()
        with torch.no_grad():
            for p, before, step in zip(net.parameters(), held, moved, strict=True):
                step.copy_(p - before)
                p.copy_(before)
    truth = [float(s.norm() / h.norm()) for s, h in zip(moved, held, strict=True) if h.ndim > 1]
    assert found == pytest.approx(truth, rel=1e-3)


def test_dead_and_saturated_units_are_counted() -> None:
    torch.manual_seed(3)
    net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 3))
    with torch.no_grad():
        net[0].bias[:3] = -1e3
        net[2].weight *= 40
    x = torch.randn(50, 6)
    one = instruments.subject(net, (x, torch.arange(50) % 3))
    relu, tanh = SIGNAL.measure(one, Effort())["activations"]
    truth = float((1 - net[:4](x) ** 2 < 0.05).double().mean())
    assert (relu["name"], relu["dead"], relu["saturated"]) == ("1.relu", 0.25, None)
    assert tanh["saturated"] == pytest.approx(truth, abs=1e-5)
    assert truth > 0.3
    shown = SIGNAL.section((Measurement("signal", "n", -1, SIGNAL.measure(one, Effort())),))
    titles = [p.chart.title for part in shown.parts for p in getattr(part, "pictures", ())]
    assert "Dead units" in titles
    assert "Saturated values" in titles


def test_channels_are_units_of_maps() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2))
    with torch.no_grad():
        net[0].bias[0] = -1e3
    rows = (torch.rand(20, 1, 8, 8), torch.arange(20) % 2)
    told = SIGNAL.measure(instruments.subject(net, rows), Effort())["activations"]
    assert told[0]["dead"] == pytest.approx(0.25)


def test_of_two_layers_nothing_is_said() -> None:
    net = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3))
    one = instruments.subject(net, (torch.randn(30, 6), torch.arange(30) % 3))
    told = SIGNAL.measure(one, Effort())
    assert not SIGNAL.section((Measurement("signal", "n", -1, told),)).parts
