"""What evaluations have shown of each net: its best checkpoint per view, and when it may stop.

A view is frozen once its own rows have seen no gain for `patience` evaluations. A net that goes on
for the sake of its other view no longer moves a frozen one, so the rows that score a view's
checkpoint never decide how long that view trains.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from howdeep.trainers.fused.weights import Tensors

Keep = Callable[[], Tensors]


@dataclass
class ViewTrack:
    """One view of one net. A checkpoint is better by metric, or at equal metric by `tie`."""

    metric: float | None = None
    tie: float | None = None
    train: float | None = None  # of the weights that are kept in the end
    step: int = 0
    since: int = 0
    frozen: bool = False
    weights: Tensors = field(default_factory=dict)

    def see(self, step: int, seen: Seen, keep: Keep, patience: int) -> None:
        if self.frozen:
            return
        gained = self.metric is None or seen.metric > self.metric
        if gained or (seen.metric, seen.tie) > (self.metric, self.tie):
            self.metric, self.tie, self.step = seen.metric, seen.tie, step
            self.weights = keep()
        self.since = 0 if gained else self.since + 1
        self.frozen = self.since >= patience


@dataclass(frozen=True)
class Seen:
    """One evaluation of one view: the metric and minus the loss on its rows.

    `train`: the metric on training rows, not a number where those were not looked at.
    """

    metric: float
    tie: float
    train: float = math.nan


@dataclass
class NetTrack:
    """One net: its views, how far it came, and whether it went non-finite."""

    views: list[ViewTrack]
    steps: int = 0
    nonfinite: bool = False
    curve: list[tuple[int, float, float]] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        return self.nonfinite or all(view.frozen for view in self.views)

    def see(self, step: int, seen: Sequence[Seen], keep: Keep, patience: int) -> None:
        """An evaluation at `step`: one `Seen` per view; `keep` copies the weights it was of."""
        self.steps = step
        if not torch.tensor([[s.metric, s.tie] for s in seen]).isfinite().all():
            self.nonfinite = True
            return
        val = sum(s.metric for s in seen) / len(seen)
        self.curve.append((step, seen[0].train, val))
        for view, what in zip(self.views, seen, strict=True):
            view.see(step, what, keep, patience)


def track(nets: int, views: int) -> list[NetTrack]:
    """A fresh record for each net."""
    return [NetTrack([ViewTrack() for _ in range(views)]) for _ in range(nets)]
