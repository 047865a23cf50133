"""Many small nets trained as one tensor program: all seeds and learning rates of an arm at once.

As studies train (docs/recipe.md): Adam, unless told otherwise, with a warm-up, then a constant
rate; weights averaged (decay .99) and the checkpoint that is best on the choosing rows kept; each
arm at its own best learning rate, found on choosing rows, in a grid that grows while its best is
at an end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from howdeep.claims._claim import Effect
from howdeep.claims._data import Data, Rows
from howdeep.claims._lab import Lab
from howdeep.claims._nets import Arm, Params, stacked
from howdeep.claims._optimisers import Optimizer, update
from howdeep.metrics import Loss
from howdeep.trainers.fused.losses import losses

CHUNK = 2_000  # rows that are evaluated at a time


@dataclass(frozen=True)
class How:
    """How nets are trained. `rates`: exponents of two of the learning rates tried.

    `finish`: "average" keeps the best average of weights by the choosing rows; "last" the weights
    at the end; "cosine" those after a rate that falls to zero. `grow`: how many further rates are
    tried where the best is at an end. `optimizer`, and the `decay` of "adamw": `_optimisers`.
    `apart`: as many training rows has each seed for itself, so that seeds are draws of rows, too;
    all have all rows where 0.
    """

    steps: int = 600
    batch: int = 64
    rates: tuple[int, ...] = (-9, -7, -5)
    finish: Literal["average", "last", "cosine"] = "average"
    looks: int = 10
    warmup: float = 0.1
    grow: int = 2
    optimizer: Optimizer = "adam"
    decay: float = 0.0
    apart: int = 0


@dataclass(frozen=True, eq=False)
class Trained:
    """Nets of one learning rate (exponent of two) with their scores, one net a seed.

    `params` (S, ...) are those kept. `test` (S, N): what each test row adds to the score, 1 where
    its class is right; of numbers 1 - error² / variance. `seen`: mean score on training rows (S,).
    `losses` (looks, S): of the batches before each look. `chosen`: mean score on choosing rows by
    rate. `diverged` (S,): became non-finite.
    """

    rate: int
    params: Params
    test: Tensor
    seen: Tensor
    chosen: dict[int, float]
    losses: Tensor
    diverged: Tensor

    def scores(self) -> list[float]:
        """The test score of each seed."""
        return [round(float(v), 6) for v in self.test.mean(1)]


def tuned(arm: Arm, data: Data, how: How, seeds: int, lab: Lab) -> Trained:
    """The arm's nets at its best learning rate: `seeds` nets for each rate, all at once."""
    found = _by_rate(arm, data, how, seeds, lab, how.rates)
    for _ in range(how.grow):
        best = max(found, key=lambda rate: (_marked(found[rate]), -rate))
        step = 2 if len(how.rates) > 1 and how.rates[1] - how.rates[0] == 2 else 1
        if best not in (min(found), max(found)) or len(how.rates) < 2:
            break
        more = best - step if best == min(found) else best + step
        found |= _by_rate(arm, data, how, seeds, lab, (more,))
    best = max(found, key=lambda rate: (_marked(found[rate]), -rate))
    marks = {rate: round(_marked(one), 6) for rate, one in sorted(found.items())}
    return replace(found[best], chosen=marks)


def _marked(one: Trained) -> float:
    return next(iter(one.chosen.values()))


def at_rate(arm: Arm, data: Data, how: How, seeds: int, lab: Lab, rate: int) -> Trained:
    """The arm's nets at one learning rate, be it its best or not."""
    return _by_rate(arm, data, how, seeds, lab, (rate,))[rate]


def at_rates(arm: Arm, data: Data, how: How, seeds: int, lab: Lab) -> dict[int, Trained]:
    """The arm's nets at each of the rates of `how`, and at no other."""
    return _by_rate(arm, data, how, seeds, lab, how.rates)


# ---- training -----------------------------------------------------------------------------------
def _by_rate(
    arm: Arm, data: Data, how: How, seeds: int, lab: Lab, rates: Sequence[int]
) -> dict[int, Trained]:
    """One program of seeds x rates nets. A seed's start and batches are the same at every rate."""
    start = stacked(arm, [lab.torch("start", arm.name, seed) for seed in range(seeds)])
    params = {
        name: torch.cat([value] * len(rates)).requires_grad_() for name, value in start.items()
    }
    rate = torch.tensor([2.0**r for r in rates for _ in range(seeds)])
    state = _State(params, rate, arm, how)
    feeds = [lab.torch("rows", seed) for seed in range(seeds)]
    many, shift = how.apart or len(data.train), how.apart * torch.arange(seeds).unsqueeze(1)
    losses, kept = [], _Kept(params, seeds * len(rates))
    every = max(1, how.steps // how.looks)
    total = torch.zeros(len(rate))
    for step in range(how.steps):
        rows = torch.stack([_batch(many, how.batch, g, step) for g in feeds]) + shift
        x = torch.cat([data.train.x[rows]] * len(rates))
        y = torch.cat([data.train.y[rows]] * len(rates))
        each = loss(arm.apply(params, x), y, data.outputs)
        grads = torch.autograd.grad(
            each.sum(), list(params.values()), allow_unused=True, materialize_grads=True
        )
        state.update(list(grads), step)
        total += torch.nan_to_num(each.detach(), nan=1e9, posinf=1e9)
        if (step + 1) % every == 0:
            losses.append(total / every)
            total = torch.zeros(len(rate))
            kept.see(state, score(arm, state.shown(), data.choose, data).mean(1))
    return _split(arm, data, kept, losses, rates, seeds, how.apart)


def _batch(rows: int, size: int, generator: torch.Generator, step: int) -> Tensor:
    """Row numbers (B,), drawn with replacement across batches and without within one."""
    if size >= rows:
        return torch.arange(rows)
    return torch.randperm(rows, generator=generator)[:size]


def loss(out: Tensor, y: Tensor, outputs: int) -> Tensor:
    """Mean loss (M,) of outputs (M, B, C): cross-entropy, or squared error of numbers."""
    kind: Loss = "squared" if outputs == 1 else "cross_entropy"
    return losses(out, y, torch.ones(y.shape), kind)


class _State:
    """Optimiser and weight average of M nets with a learning rate each."""

    def __init__(self, params: Params, rate: Tensor, arm: Arm, how: How) -> None:
        self.params, self.rate, self.how = params, rate, how
        self.scales = [arm.scales.get(name, 1.0) for name in params]
        self.first = [torch.zeros_like(value) for value in params.values()]
        self.second = [torch.zeros_like(value) for value in params.values()]
        self.average = {name: value.detach().clone() for name, value in params.items()}
        self.bad = torch.zeros(len(rate), dtype=torch.bool)

    @torch.no_grad()
    def update(self, grads: list[Tensor], step: int) -> None:
        how = self.how
        grads = self._safe(grads)
        rate = self.rate * _schedule(how, step)
        for i, (value, grad) in enumerate(zip(self.params.values(), grads, strict=True)):
            lr = (rate * self.scales[i]).view(-1, *[1] * (value.dim() - 1))
            moments = self.first[i], self.second[i]
            update(how.optimizer, value, grad, moments, lr, step, how.decay)
        keep = min(0.99, (1 + step) / (10 + step))
        for name, value in self.params.items():
            self.average[name].lerp_(value, 1 - keep)

    def _safe(self, grads: list[Tensor]) -> list[Tensor]:
        """Gradients without what is no number; a net that has such is marked."""
        norm = torch.stack([g.flatten(1).square().sum(1) for g in grads]).sum(0).sqrt()
        self.bad |= ~torch.isfinite(norm)
        if self.bad.any():
            grads = [torch.nan_to_num(g, 0.0, 0.0, 0.0) for g in grads]
        return grads

    def shown(self) -> Params:
        """The weights that are evaluated."""
        if self.how.finish == "average":
            return self.average
        return {name: value.detach() for name, value in self.params.items()}


def _schedule(how: How, step: int) -> float:
    warm = min(1.0, (step + 1) / max(1.0, how.warmup * how.steps))
    if how.finish != "cosine":
        return warm
    return warm * 0.5 * (1 + math.cos(math.pi * step / how.steps))


class _Kept:
    """The weights of each net that are kept: the best by the choosing rows, or the last."""

    def __init__(self, params: Params, nets: int) -> None:
        self.params = {name: value.detach().clone() for name, value in params.items()}
        self.best = torch.full((nets,), -math.inf)
        self.bad = torch.zeros(nets, dtype=torch.bool)

    def see(self, state: _State, marks: Tensor) -> None:
        marks = marks.nan_to_num(-math.inf).masked_fill(state.bad, -math.inf)
        better = marks > self.best if state.how.finish == "average" else torch.ones_like(state.bad)
        for name, value in state.shown().items():
            self.params[name][better] = value[better]
        self.best = torch.where(better, marks, self.best)
        self.bad = state.bad.clone()


@torch.no_grad()
def score(arm: Arm, params: Params, rows: Rows, data: Data) -> Tensor:
    """What each row adds to the score (M, N): 1 where its class is right; else 1 - error²/var."""
    nets = len(next(iter(params.values())))
    parts = []
    for start in range(0, len(rows), CHUNK):
        x, y = rows.x[start : start + CHUNK], rows.y[start : start + CHUNK]
        out = arm.apply(params, x.expand(nets, *x.shape))
        if data.outputs == 1:
            parts.append(1 - (out[..., 0] - y).square() / rows.y.var().clamp_min(1e-12))
        else:
            parts.append((out.argmax(-1) == y).float())
    return torch.cat(parts, 1)


def _split(
    arm: Arm,
    data: Data,
    kept: _Kept,
    losses: list[Tensor],
    rates: Sequence[int],
    seeds: int,
    apart: int,
) -> dict[int, Trained]:
    test = score(arm, kept.params, data.test, data).nan_to_num(0.0)
    known = score(arm, kept.params, data.train.first(apart * seeds or 2 * CHUNK), data)
    if apart:
        known = torch.stack([one.view(seeds, apart)[i % seeds] for i, one in enumerate(known)])
    seen = known.mean(1)
    curve = torch.stack(losses)
    out = {}
    for i, rate in enumerate(rates):
        own = slice(i * seeds, (i + 1) * seeds)
        mark = float(kept.best[own].clamp_min(-1e9).mean())
        params = {name: value[own] for name, value in kept.params.items()}
        out[rate] = Trained(
            rate, params, test[own], seen[own], {rate: mark}, curve[:, own], kept.bad[own]
        )
    return out


# ---- what is kept of it -------------------------------------------------------------------------
def summary(found: Trained) -> dict[str, Any]:
    """What an experiment keeps of an arm, as JSON: scores by seed, and by row over the seeds."""
    return {
        "test": found.scores(),
        "seen": [round(float(v), 6) for v in found.seen],
        "rows": [round(float(v), 4) for v in found.test.mean(0)],
        "rate": found.rate,
        "chosen": {str(rate): mark for rate, mark in found.chosen.items()},
        "loss": [round(float(v), 6) for v in found.losses.mean(1)],
        "diverged": int(found.diverged.sum()),
    }


def more(a: dict[str, Any], b: dict[str, Any]) -> Effect:
    """How much better arm a is than b on the test rows, seed by seed; both are `summary`."""
    values = tuple(x - y for x, y in zip(a["test"], b["test"], strict=True))
    rows = torch.tensor(a["rows"]) - torch.tensor(b["rows"])
    return Effect(values, row_error=float(rows.std() / math.sqrt(len(rows))))
