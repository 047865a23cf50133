"""Nets and rows that are odd: every instrument measures or says why not, and nothing is raised."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from howdeep import instruments
from howdeep.instruments import Effort, Subject
from howdeep.testing.sections import check_parts

SMALL = Effort(rows=64, draws=2, steps=4)
NAN = float("nan")


class Words(nn.Module):
    """An LSTM over words."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(9, 6), nn.Linear(16, 3)
        self.lstm = nn.LSTM(6, 8, 2, batch_first=True, bidirectional=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(self.words(x))[0][:, -1])


class Several(nn.Module):
    """Numbers, a category and an image in one net."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(6, 8), nn.Embedding(9, 8), nn.Conv2d(1, 8, 3)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor, word: Tensor, image: Tensor) -> Tensor:
        return self.head(torch.relu(self.a(x) + self.b(word) + self.c(image).mean((2, 3))))


class Shared(nn.Module):
    """One layer four times, sums in place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.same, self.head = nn.Linear(6, 8), nn.Linear(8, 8), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu_(self.stem(x))
        for _ in range(4):
            h += torch.relu(self.same(h))
        return self.head(h)


class Closed(nn.Module):
    """No gradient leaves it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = mlp()

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def mlp(outputs: int = 3) -> nn.Module:
    return nn.Sequential(
        nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU6(), nn.Linear(8, outputs)
    )


def image() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU6(inplace=True), nn.Flatten(),
        nn.Linear(4 * 36, 3),
    )  # fmt: skip


def spoilt() -> nn.Module:
    net = mlp()
    with torch.no_grad():
        net[0].weight[0, 0] = NAN
    return net


def rows(*shape: int, n: int = 90) -> Tensor:
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(1))


def some(x: Tensor, *holes: int) -> Tensor:
    """With NaN in some rows."""
    out = x.clone()
    out.flatten(1)[list(holes), 0] = NAN
    return out


Y = torch.arange(90) % 3
WORDS = torch.randint(0, 9, (90, 5), generator=torch.Generator().manual_seed(2))
Odd = tuple[Callable[[], nn.Module], object, Tensor, int]
ODD: dict[str, Odd] = {  # a net, inputs, targets and how many rows it learnt from
    "words": (Words, WORDS, Y, 60),
    "several inputs": (Several, (rows(6), WORDS[:, 0], rows(1, 8, 8)), Y, 60),
    "shared weights": (Shared, rows(6), Y, 60),
    "numbers": (lambda: mlp(1), rows(6), rows(), 60),
    "two numbers": (lambda: mlp(2), rows(6), rows(2), 60),
    "nearly one class": (mlp, rows(6), (torch.arange(90) == 70).long(), 60),
    "one class": (mlp, rows(6), Y * 0, 60),
    "three rows": (mlp, rows(6, n=3), Y[:3], 3),
    "one row": (mlp, rows(6, n=1), Y[:1], 1),
    "one image": (image, rows(1, 8, 8, n=1), Y[:1], 1),
    "constant targets": (lambda: mlp(1), rows(6), torch.ones(90), 60),
    "constant inputs": (mlp, torch.ones(90, 6), Y, 60),
    "some NaN": (mlp, some(rows(6), 3, 70), Y, 60),
    "infinity": (mlp, some(rows(6), 3, 70).nan_to_num(torch.inf), Y, 60),
    "NaN targets": (lambda: mlp(1), rows(6), some(rows(1), 2, 80)[:, 0], 60),
    "NaN images": (image, some(rows(1, 8, 8), 4, 64), Y, 60),
    "all NaN": (mlp, rows(6) * NAN, Y, 60),
    "NaN weights": (spoilt, rows(6), Y, 60),
    "no gradient": (Closed, rows(6), Y, 60),
    "frozen": (lambda: mlp().requires_grad_(False), rows(6), Y, 60),
    "no weights": (nn.Identity, rows(6), Y, 60),
    "double precision": (lambda: mlp().double(), rows(6).double(), Y, 60),
    "half precision": (lambda: mlp().bfloat16(), rows(6).bfloat16(), Y, 60),
    "too many classes": (lambda: mlp(2), rows(6), Y, 60),
    "ignored class": (mlp, rows(6), torch.where(torch.arange(90) % 7 == 0, -100, Y), 60),
}


def subject(name: str) -> Subject:
    build, inputs, targets, learnt = ODD[name]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = build()

    def part(at: slice) -> object:
        return tuple(x[at] for x in inputs) if isinstance(inputs, tuple) else inputs[at]  # type: ignore[index]

    rest = slice(learnt, None)
    test = (part(rest), targets[rest]) if learnt < len(targets) else None
    return instruments.subject(net, (part(slice(learnt)), targets[:learnt]), test=test, name=name)


@pytest.mark.parametrize("name", ODD)
def test_every_instrument_measures_or_says_why_not(name: str) -> None:
    one = subject(name)
    for instrument in instruments.names():
        if instrument == "cost":
            continue  # by the clock
        found, notes = instruments.measured([one], [instrument], SMALL)
        assert found or notes, instrument
        for section in instruments.sections(found):
            check_parts(instrument, section)
        json.dumps([own.values for own in found], allow_nan=False)


def test_rows_that_hold_nan_are_left_out_and_told() -> None:
    found, notes = instruments.measured([subject("some NaN")], ["rank"], SMALL)
    assert "some NaN: 2 of 90 rows hold NaN or infinity and are left out" in notes
    assert found[0].values["rows"] == 29
    found, notes = instruments.measured([subject("all NaN")], ["rank"], SMALL)
    assert not found
    assert notes == ("all NaN: not measured: every training row holds NaN or infinity",)
    found, notes = instruments.measured([subject("NaN weights")], ["rank"], SMALL)
    assert not found
    assert "is not finite" in notes[0]
