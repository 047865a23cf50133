"""Which depths train, said from the start: nets whose fate is known, the words, and refusals."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import howdeep
from howdeep import instruments
from howdeep.base.errors import ConfigError, InstrumentError
from howdeep.instruments import Effort
from howdeep.instruments._trainable_page import StartCell, chaos, section, words
from howdeep.testing.sections import check_parts

X = torch.randn(96, 12, generator=torch.Generator().manual_seed(1))
Y = (X[:, 0] > 0).long()


def plain(activation: type[nn.Module], gain: float = 0.0, width: int = 64) -> object:
    def build(depth: int) -> nn.Module:
        parts: list[nn.Module] = []
        for i in range(depth):
            one = nn.Linear(width if i else 12, width)
            if gain:
                nn.init.normal_(one.weight, 0, gain / one.in_features**0.5)
            parts += [one, activation()]
        return nn.Sequential(*parts, nn.Linear(width, 2))

    return build


class Residual(nn.Module):
    def __init__(self, depth: int) -> None:
        super().__init__()
        self.stem, self.head = nn.Linear(12, 32), nn.Linear(32, 2)
        self.ups = nn.ModuleList(nn.Linear(32, 32) for _ in range(depth))
        self.scale = depth**-0.5

    def forward(self, x: Tensor) -> Tensor:
        h = self.stem(x)
        for up in self.ups:
            h = h + self.scale * torch.relu(up(h))
        return self.head(h)


@pytest.mark.parametrize(
    ("build", "depth", "says"),
    [
        (plain(nn.Sigmoid), 10, "does not train"),
        (plain(nn.ReLU), 50, "does not train"),  # torch's own start
        (plain(nn.Tanh, 3.0), 80, "does not train"),  # gain 3: chaos
        (plain(nn.ReLU, 2.0**0.5), 20, "trains"),  # He
        (plain(nn.ReLU, 2.0**0.5, width=16), 60, "does not train"),  # too narrow for it
        (Residual, 100, "trains"),
        (plain(nn.ReLU), 3, "too few layers to tell"),
    ],
)
def test_nets_whose_fate_is_known(build: object, depth: int, says: str) -> None:
    (found,) = howdeep.trainable(build, (X, Y), depths=[depth])
    assert found.says == says, found.values()


def test_gradients_that_are_lost_altogether_do_not_train() -> None:
    def build(depth: int) -> nn.Module:
        net = plain(nn.ReLU)(depth)  # type: ignore[operator]
        for parameter in net.parameters():
            nn.init.zeros_(parameter)
        return net

    (found,) = howdeep.trainable(build, (X, Y), depths=[12])
    assert found.says == "does not train"


def test_the_same_forecast_twice_and_torchs_numbers_as_they_were() -> None:
    before = torch.get_rng_state()
    one = howdeep.trainable(plain(nn.Tanh), (X, Y), depths=(8, 6), effort=Effort(draws=2))
    assert [found.depth for found in one] == [6, 8]
    again = howdeep.trainable(plain(nn.Tanh), (X, Y), depths=(8, 6), effort=Effort(draws=2))
    assert [f.values() for f in one] == [f.values() for f in again]
    assert torch.equal(before, torch.get_rng_state())


def test_words_and_section_say_within_this_budget() -> None:
    found = howdeep.trainable(plain(nn.Sigmoid), (X, Y), depths=(3, 10, 20))
    text = words(found)
    assert "depths 10 and 20 do not train within this budget" in text
    assert text.startswith("Depth 3 has too few layers")
    shown = section(found)
    check_parts("trainable", shown)
    assert shown.parts
    assert not section(()).parts


def test_the_chart_counts_its_predictions() -> None:
    cells = [
        StartCell(1.0, 10, 0.9, True), StartCell(1.0, 40, 0.1, False),
        StartCell(2.0, 10, 0.9, True), StartCell(2.0, 40, 0.2, True),
    ]  # fmt: skip
    shown = chaos(cells, "tanh", 0.5)
    check_parts("chaos", shown)
    heat = shown.parts[0].pictures[0].chart  # type: ignore[union-attr]
    assert heat.limits == (1, 2)
    assert "3 of 4 predictions are right" in heat.summary
    assert not chaos([], "tanh", 0.5).parts


@pytest.mark.parametrize(
    ("build", "depths", "error", "says"),
    [
        (plain(nn.ReLU), (), ConfigError, "there are none"),
        (plain(nn.ReLU), (0,), ConfigError, "0 is no depth"),
        (lambda depth: depth, (2,), InstrumentError, "gives int, no torch.nn.Module"),
        (lambda depth: 1 / 0, (2,), InstrumentError, "ZeroDivisionError"),
        (lambda depth: nn.Linear(5, 2), (2,), InstrumentError, "does not take rows"),
    ],
)
def test_what_cannot_be_forecast_is_refused(
    build: object, depths: tuple[int, ...], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        howdeep.trainable(build, (X, Y), depths=depths)


def test_the_chart_from_order_to_chaos_is_made_of_ones_own_rows() -> None:
    """Deep nets train between order and chaos alone, as theory says before."""
    made = torch.Generator().manual_seed(0)
    x = torch.randn(400, 12, generator=made)
    y = (x[:, :2].sum(1) > 0).long()
    told: list[str] = []
    effort = Effort(steps=120, tell=lambda what, done, of: told.append(what))
    weights = (0.3, 1.76, 40.0)
    cells = instruments.order_to_chaos(
        (x, y), "tanh", depths=(3, 24), weights=weights, width=48, effort=effort
    )
    assert told == ["nets of 3 layers", "nets of 24 layers"]
    deep = {cell.weight: cell for cell in cells if cell.layers == 24}
    assert [deep[w].predicted for w in weights] == [False, True, False]
    assert deep[1.76].measured > 0.85
    assert max(deep[0.3].measured, deep[40.0].measured) < 0.75
    assert cells[:3] == instruments.order_to_chaos(
        (x, y), "tanh", depths=(3,), weights=weights, width=48, effort=Effort(steps=120)
    )
    check_parts("chaos", instruments.chaos_section(cells, "tanh", 0.8))
    relu = instruments.order_to_chaos(
        (x, y), "relu", depths=(16,), weights=(0.5, 2.0), width=48, effort=Effort(steps=120)
    )
    assert [cell.predicted for cell in relu] == [False, True]
    assert relu[1].measured > relu[0].measured + 0.2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"activation": "gelu"}, "has no chart"),
        ({"depths": ()}, "above 0"),
        ({"weights": (-1.0,)}, "above 0"),
        ({"data": (torch.randn(20, 3), torch.randn(20))}, "class numbers"),
        ({"data": (torch.full((20, 3), torch.nan), torch.arange(20) % 2)}, "NaN"),
    ],
)
def test_what_has_no_chart_is_refused(more: dict[str, object], says: str) -> None:
    asked = {"data": (torch.randn(20, 3), torch.arange(20) % 2), **more}
    with pytest.raises((ConfigError, InstrumentError), match=says):
        instruments.order_to_chaos(asked.pop("data"), **asked)  # type: ignore[arg-type]
