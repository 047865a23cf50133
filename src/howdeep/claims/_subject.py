"""Nets of an arm as instruments see them: each an `nn.Module` with its rows."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from howdeep.claims._data import Data
from howdeep.claims._data import Rows as Held
from howdeep.claims._nets import Arm, Params
from howdeep.instruments._subject import Rows, Subject


class One(nn.Module):
    """Net number `at` of some nets with a leading net axis, which takes inputs (N, ...)."""

    def __init__(self, arm: Arm, params: Params, at: int) -> None:
        super().__init__()
        self.arm, self.names = arm, tuple(params)
        values = [nn.Parameter(params[name][at].detach().clone()) for name in self.names]
        self.values = nn.ParameterList(values)

    def forward(self, x: Tensor) -> Tensor:
        params = {n: v.unsqueeze(0) for n, v in zip(self.names, self.values, strict=True)}
        return self.arm.apply(params, x.unsqueeze(0))[0]


def subjects(arm: Arm, params: Params, data: Data) -> list[Subject]:
    """The nets of an arm, with classes to tell, as instruments take them; one a seed."""
    parts = {name: _rows(getattr(data, name)) for name in ("train", "choose", "test")}
    return [
        Subject(f"{arm.name} {at}", One(arm, params, at), parts, F.cross_entropy, "classes")
        for at in range(len(next(iter(params.values()))))
    ]


def _rows(rows: Held) -> Rows:
    return Rows((rows.x,), rows.y)


def right(subject: Subject, rows: Rows) -> float:
    """The share of rows that the net gets right."""
    found = subject.outputs(rows).argmax(1) == rows.targets
    return round(float(found.float().mean()), 6)


def lost(before: list[float], after: list[float]) -> list[float]:
    """The share of what was right that is lost, net by net; of a net that was never right 0.

    >>> lost([0.8, 0.0], [0.6, 0.1])
    [0.25, 0.0]
    """
    return [round(1 - b / a, 6) if a > 0 else 0.0 for a, b in zip(before, after, strict=True)]


def differ(a: list[float], b: list[float]) -> tuple[float, ...]:
    """a - b, net by net."""
    return tuple(x - y for x, y in zip(a, b, strict=True))


def learnt(values: list[float], chance: float) -> tuple[float, ...]:
    """How far each net's score is above chance."""
    return tuple(v - chance for v in values)
