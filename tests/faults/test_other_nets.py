"""Nets as other people build them: nothing falls over, nothing healthy is named, ills are."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import nets_of_all_kinds as make
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

import howdeep
from howdeep.base.errors import InstrumentError

BLOBS = make.blobs(21)


def net(*end: nn.Module, outputs: int = 4, act: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    with make.seeded(4):
        return nn.Sequential(
            nn.Linear(16, 32), act(), nn.Linear(32, 32), act(), nn.Linear(32, outputs), *end
        )


def named(model: nn.Module, rows: Any = BLOBS.train, loss: Any = F.cross_entropy, **more: Any
          ) -> tuple[str, ...]:  # fmt: skip
    return howdeep.doctor(model, rows, loss, **more).faults


# ---- healthy ------------------------------------------------------------------------------------
class Mixed(nn.Module):
    """An image, a number of a kind for each row, and tokens with -1 for none."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.kind = nn.Conv2d(1, 4, 3), nn.Embedding(3, 4)
        self.word, self.head = nn.Embedding(8, 4), nn.Linear(4 * 36 + 8, 4)

    def forward(self, image: Tensor, kind: Tensor, words: Tensor) -> Tensor:
        there = (words >= 0).float()[..., None]
        text = (self.word(words.clamp_min(0)) * there).mean(1)
        parts = [F.relu(self.image(image)).flatten(1), self.kind(kind), text]
        return self.head(torch.cat(parts, 1))


class Keeping(nn.Module):
    """Keeps what its layers gave, as for a look at features."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.kept = net(), {}

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.body(x)
        self.kept["first"] = self.body[0](x)
        return self.last


def mixed() -> tuple[nn.Module, Any]:
    data = make.images(3)
    draw = torch.Generator().manual_seed(0)
    x, y = data.train
    kind = torch.randint(0, 3, (len(y),), generator=draw)
    words = torch.randint(-1, 8, (len(y), 5), generator=draw)
    with make.seeded(0):
        return Mixed(), ((x, kind, words), y)


def kept() -> tuple[nn.Module, Any]:
    model = Keeping()
    model(BLOBS.train[0])
    return model, BLOBS.train


def old_weight_norm() -> tuple[nn.Module, Any]:
    model = net()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nn.utils.weight_norm(model[2])
    return model, BLOBS.train


def normed() -> nn.Module:
    model = net()
    parametrizations.weight_norm(model[0])
    parametrizations.orthogonal(model[2])
    return model


def lazy() -> tuple[nn.Module, Any]:
    model = nn.Sequential(
        nn.LazyConv2d(6, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(4)
    )
    return model, make.images(3).train


def zero_head() -> tuple[nn.Module, Any]:
    model = net()
    nn.init.zeros_(model[4].weight)
    return model, BLOBS.train


SOUND: dict[str, Callable[[], tuple[nn.Module, Any]]] = {
    "float64": lambda: (net().double(), (BLOBS.train[0].double(), BLOBS.train[1])),
    "bfloat16": lambda: (net().bfloat16(), (BLOBS.train[0].bfloat16(), BLOBS.train[1])),
    "several kinds of inputs": mixed,
    "what an earlier pass left": kept,
    "weight_norm of old": old_weight_norm,
    "parametrised weights": lambda: (normed(), BLOBS.train),
    "no sizes yet": lazy,
    "last layer at zero": zero_head,
    "log_softmax before cross_entropy, which is the same": lambda: (
        net(nn.LogSoftmax(1)), BLOBS.train
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOUND)
def test_nothing_is_said_of(kind: str) -> None:
    model, rows = SOUND[kind]()
    assert named(model, rows) == ()


def grouped(model: nn.Module) -> torch.optim.Optimizer:
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, 3e-3)


OPTIMIZERS: dict[str, Callable[[nn.Sequential], torch.optim.Optimizer]] = {
    "AdamW in groups": grouped,
    "RMSprop": lambda m: torch.optim.RMSprop(m.parameters(), 3e-3),
    "Adam with AMSGrad": lambda m: torch.optim.Adam(m.parameters(), 3e-3, amsgrad=True),
    "NAdam": lambda m: torch.optim.NAdam(m.parameters(), 3e-3),
    "SGD, Nesterov": lambda m: torch.optim.SGD(m.parameters(), 0.05, momentum=0.9, nesterov=True),
    "of the head alone": lambda m: torch.optim.Adam(m[4].parameters(), 1e-2),
}  # fmt: skip


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_nothing_is_said_of_an_optimizer(kind: str) -> None:
    model = net()
    assert named(model, optimizer=OPTIMIZERS[kind](model)) == ()


# ---- with a fault -------------------------------------------------------------------------------
class Then(nn.Module):
    def __init__(self, body: nn.Module, does: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.body, self.does = body, does

    def forward(self, x: Tensor) -> Tensor:
        return self.does(self.body(x))


class Hidden(nn.Module):
    """Layers in a list or a dict of Python's, or weights in one."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(16, 32), nn.Linear(32, 4)
        layers = [nn.Linear(32, 32), nn.Linear(32, 32)]
        self.held: Any = {"list": layers, "dict": dict(enumerate(layers)),
                          "weights": [layer.weight for layer in layers]}[kind]  # fmt: skip
        self.kind = kind

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.first(x))
        for held in self.held.values() if self.kind == "dict" else self.held:
            h = F.relu(F.linear(h, held) if self.kind == "weights" else held(h))
        return self.last(h)


def hidden(kind: str) -> nn.Module:
    with make.seeded(2):
        return Hidden(kind)


YES = make.yes_no(5)
ILL: dict[str, tuple[Callable[[], nn.Module], Any, Any, str]] = {
    "sigmoid, squeezed, with logits": (
        lambda: Then(net(outputs=1), lambda x: torch.sigmoid(x).squeeze(1)),
        (BLOBS.train[0], (BLOBS.train[1] > 1).float()), F.binary_cross_entropy_with_logits,
        "loss_fit",
    ),
    "softmax, clamped": (
        lambda: Then(net(), lambda x: x.softmax(1).clamp(1e-7, 1 - 1e-7)), BLOBS.train,
        F.cross_entropy, "loss_fit",
    ),
    "softmax, turned": (
        lambda: Then(net(), lambda x: x.view(-1, 2, 2).softmax(-1).flatten(1)), BLOBS.train,
        F.cross_entropy, "loss_fit",
    ),
    "log_softmax over rows": (
        lambda: net(nn.LogSoftmax(0)), BLOBS.train, F.nll_loss, "loss_fit",
    ),
    "layers in a list": (lambda: hidden("list"), BLOBS.train, F.cross_entropy, "frozen"),
    "layers in a dict": (lambda: hidden("dict"), BLOBS.train, F.cross_entropy, "frozen"),
    "weights in a list": (lambda: hidden("weights"), BLOBS.train, F.cross_entropy, "frozen"),
    "inputs of a million": (
        lambda: net(act=nn.Tanh), (1e6 * BLOBS.train[0] + 3e6, BLOBS.train[1]), F.cross_entropy,
        "input_scale",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ILL)
def test_it_is_named_and_cured(kind: str) -> None:
    build, rows, loss, fault = ILL[kind]
    found = howdeep.doctor(build(), rows, loss, cure=True)
    assert found.faults[0] == fault
    assert found.cures[0].works


def test_an_optimizer_of_another_net_is_named() -> None:
    model = net()
    other = torch.optim.Adam(copy.deepcopy(model).parameters(), 3e-3)
    found = howdeep.doctor(model, BLOBS.train, F.cross_entropy, optimizer=other, cure=True)
    assert found.faults == ("frozen",)
    assert found.cures[0].works
    assert found.cures[0].end[1] < 0.5 * found.cures[0].end[0]


def test_shuffled_targets_are_not_taken_for_a_bad_start() -> None:
    x, y = BLOBS.train
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(1))
    assert named(net(), (x, y[order])) == ("labels_shuffled",)
    numbers = make.numbers(2)
    x, y = numbers.train
    model = make.mlp(numbers, 2, 64, "relu", 1)
    assert named(model, (x, y[order[: len(y)] % len(y)]), F.mse_loss) == ("labels_shuffled",)


def picky(outputs: Tensor, targets: Tensor) -> Tensor:
    if not torch.isfinite(outputs).all():
        raise ValueError("outputs are no numbers")
    return F.mse_loss(outputs, targets)


@pytest.mark.parametrize("rate", [3.0, 100.0, 1e5])
def test_a_rate_that_breaks_outputs_is_no_loss_that_refuses_them(rate: float) -> None:
    data = make.numbers(2)
    model = make.mlp(data, 2, 32, "relu", 1)
    found = howdeep.doctor(model, data.train, picky, rate=rate, optimizer="sgd", cure=True)
    assert found.faults == ("rate_high",)
    assert found.cures[0].works


class Writing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(16, 8), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.sigmoid(self.first(x))
        h += 1
        return self.last(h)


def test_what_autograd_refuses_is_said() -> None:
    with pytest.raises(InstrumentError, match="no gradient can be taken"):
        named(Writing())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = torch.jit.script(net())
    with pytest.raises(InstrumentError, match=r"compiled by torch\.jit"):
        named(compiled)
