"""Costs against PyTorch's counter, closed forms and a counter of energy that is planted."""

from __future__ import annotations

from pathlib import Path

import any_nets
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from howdeep import instruments
from howdeep.instruments import Effort, _clock, _memory, cost
from howdeep.instruments._operations import all_seen, counted
from howdeep.instruments._subject import Rows
from howdeep.nets.families import family, names

QUICK = Effort(draws=1)


def layers_sum(net: nn.Module, rows: Rows) -> float:
    return sum(one.operations or 0.0 for one in cost._layers(net.eval(), rows))


OTHER = {
    "gru": (lambda: nn.GRU(5, 7, 2, bidirectional=True, batch_first=True), (3, 4, 5)),
    "cell": (lambda: nn.LSTMCell(5, 7), (3, 5)),
    "transposed": (lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (3, 4, 5, 5)),
    "grouped": (lambda: nn.Conv1d(4, 8, 3, groups=4, stride=2), (3, 4, 11)),
}


@pytest.mark.parametrize("name", any_nets.SHAPES)
def test_operations_of_layers_are_those_that_pytorch_counts(name: str) -> None:
    one = any_nets.subject(name)
    rows = one.train.some(6)
    assert layers_sum(one.net, rows) == counted(one.net.eval(), rows) > 0


@pytest.mark.parametrize("name", OTHER)
def test_so_are_those_of_other_layers(name: str) -> None:
    build, shape = OTHER[name]
    net, rows = build(), Rows((torch.randn(*shape),), torch.zeros(shape[0]))
    assert layers_sum(net, rows) == counted(net.eval(), rows) > 0


def test_operations_without_a_layer_are_counted_in_all_but_in_no_layer() -> None:
    class Product(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(6, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(x @ torch.ones(6, 6))

    net, rows = Product(), Rows((torch.randn(4, 6),), torch.zeros(4))
    assert layers_sum(net, rows) == 2 * 4 * 6 * 3
    assert counted(net, rows) == 2 * 4 * 6 * (3 + 6)


@pytest.mark.parametrize("name", names())
def test_operations_of_a_familys_nets_are_those_that_its_plan_says(name: str) -> None:
    from howdeep.base.nouns import Inputs, Rung

    own = family(name)
    image = (28, 28, 1) if own.kind.name == "conv" else ()
    inputs = Inputs(784, 784, 784, image)
    rung = Rung(name, 2, 16, inputs, 3)
    net = own.module(rung).eval()
    rows = Rows((torch.randn(2, 784),), torch.zeros(2))
    said = own.cost(rung)
    assert sum(p.numel() for p in net.parameters()) == said.parameters
    with all_seen(), FlopCounterMode(display=False) as counter:
        net(*rows.inputs)
    assert layers_sum(net, rows) == counter.get_total_flops()
    assert layers_sum(net, rows) / 2 == pytest.approx(said.flops, rel=0.02)


def test_parameters_that_are_shared_count_once() -> None:
    one = any_nets.subject("functional")
    values = instruments.get("cost").measure(one, QUICK)
    own = 6 * 16 + 16 + 16 * 16 + 16 + 16 * 3 + 3
    assert values["parameters"] == own
    assert sum(count for _, _, count in values["layers"]) == own
    assert [name for name, _, _ in values["layers"]] == ["stem", "twice", "head"]
    assert values["layer_operations"] == [2.0 * 6 * 16, 2 * 2.0 * 16 * 16, 2.0 * 16 * 3]


def test_memory_of_a_chain_is_its_two_largest_neighbours() -> None:
    """Each output is freed once the next is there: 4 bytes x rows x (200 + 300)."""
    net = nn.Sequential(nn.Linear(10, 200), nn.Linear(200, 300), nn.Linear(300, 5)).eval()
    rows = Rows((torch.randn(16, 10),), torch.arange(16) % 5)
    assert _memory.passing(net, rows) == 4 * 16 * (200 + 300)
    assert _memory.held(net) == 4 * (10 * 200 + 200 + 200 * 300 + 300 + 300 * 5 + 5)


def test_a_sum_keeps_what_it_skips() -> None:
    """In x + f(x) the stream is alive while the branch is computed."""

    class Skip(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem, self.up, self.down = nn.Linear(4, 50), nn.Linear(50, 90), nn.Linear(90, 50)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = self.stem(x)
            return h + self.down(self.up(h))

    rows = Rows((torch.randn(8, 4),), torch.zeros(8))
    assert _memory.passing(Skip().eval(), rows) == 4 * 8 * (50 + 90 + 50)


def test_what_is_kept_for_the_way_back_is_a_closed_form() -> None:
    """A linear layer keeps its input, a ReLU its output, which the next layer shares."""
    net = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 3))
    rows = Rows((torch.randn(16, 10),), torch.randn(16, 3))
    found = _memory.kept(net, rows, lambda outputs, targets: (outputs * targets).sum())
    inputs, hidden, targets = 4 * 16 * 10, 4 * 16 * 20, 4 * 16 * 3
    assert found == inputs + hidden + targets
    deeper = nn.Sequential(net[0], nn.ReLU(), nn.Linear(20, 20), nn.ReLU(), net[2])
    more = _memory.kept(deeper, rows, lambda outputs, targets: (outputs * targets).sum())
    assert more == found + hidden


def test_a_batch_that_two_rows_show_to_be_too_large_is_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = any_nets.subject("plain")
    monkeypatch.setattr(cost, "ROOM", 10_000)
    values = instruments.get("cost").measure(one, QUICK)
    assert set(values["memory"]) == {"1", "32"}
    monkeypatch.setattr(cost, "MOST", 2e4)
    values = instruments.get("cost").measure(one, QUICK)
    assert set(values["latency"]) == {"1"}
    assert (
        instruments.get("cost")
        .section((instruments.Measurement("cost", "plain", -1, values),))
        .parts
    )


def test_times_are_of_as_many_passes_as_said_and_of_these_layers() -> None:
    one = any_nets.subject("plain")
    values = instruments.get("cost").measure(one, Effort(draws=3))
    for size in ("1", "32", "256"):
        found = values["latency"][size]
        assert found["passes"] == 30
        assert 0 < found["low"] <= found["p50"] <= found["high"]
        assert found["p50"] <= found["p95"]
    assert set(values["layer_seconds"]) == {"0", "2", "4"}
    whole = values["latency"]["32"]["p50"]
    assert all(t > 0 for t in values["layer_seconds"].values())
    assert min(values["layer_seconds"].values()) < whole


def test_time_within_a_layer_is_that_of_a_layer_that_waits() -> None:
    import time

    class Waits(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            time.sleep(0.005)
            return super().forward(x)

    net = nn.Sequential(nn.Linear(3, 3), Waits(3, 3))
    x = torch.randn(2, 3)
    found = _clock.layer_seconds(net, [("0", net[0]), ("1", net[1])], lambda: net(x), 5)
    assert found["1"] >= 0.005 > found["0"]


def test_the_interval_of_a_median_holds_it_in_most_draws() -> None:
    generator, held = torch.Generator().manual_seed(0), 0
    for _ in range(200):
        found = _clock.spread(torch.empty(40).exponential_(generator=generator).tolist())
        held += found["low"] <= 0.6931 <= found["high"]
    assert held >= 185


def test_energy_is_that_of_the_counters_also_when_one_begins_anew(tmp_path: Path) -> None:
    assert _clock.joules(lambda: None, 3, tmp_path) is None
    assert _clock.joules(lambda: None, 3, tmp_path / "none") is None
    counts = {"intel-rapl:0": 1_000_000, "intel-rapl:1": 9_900_000}
    for name, count in counts.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "energy_uj").write_text(f"{count}\n")
        (tmp_path / name / "max_energy_range_uj").write_text("10000000\n")

    def run() -> None:
        for name in counts:
            counts[name] = (counts[name] + 200_000) % 10_000_000
            (tmp_path / name / "energy_uj").write_text(f"{counts[name]}\n")

    assert _clock.joules(run, 5, tmp_path) == pytest.approx(0.4)


def test_nothing_that_a_clock_gave_is_among_what_has_to_be_the_same() -> None:
    instrument = instruments.get("cost")
    one = any_nets.subject("conv")
    first, second = (instrument.measure(one, QUICK) for _ in range(2))
    steady = set(first) - set(instrument.clocked)
    assert {name: first[name] for name in steady} == {name: second[name] for name in steady}
    assert not any("second" in name or "latency" in name for name in steady)
