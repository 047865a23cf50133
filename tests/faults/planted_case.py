"""A net of the table: healthy and shown to train, or with a fault that is shown to hurt."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from nets_of_all_kinds import Data, Rows, seeded
from torch import Tensor, nn
from torch.nn import functional as F

STEPS, BATCH = 60, 64


@dataclass(frozen=True, eq=False)
class Case:
    """One net with its rows, loss and training.

    `fault`: "" for none. `places`: the least and the largest number of the layers that may be
    named, `None` where the fault has no layer. `rate`: the one that is said, 0 for none. `sure`: a
    fault by definition, which need not hurt.
    """

    name: str
    net: nn.Module
    train: Rows
    test: Rows | None
    loss: Callable[[Any, Tensor], Tensor]
    fault: str = ""
    places: tuple[int, int] | None = None
    rate: float = 0.0
    optimizer: str = "adam"
    sure: bool = False
    left_out: tuple[str, ...] = ()
    twin: Rows | None = None  # the rows without the fault, where it is in them

    def but(self, **changed: Any) -> Case:
        return replace(self, **changed)


def healthy(name: str, net: nn.Module, data: Data, **more: Any) -> Case:
    return Case(name, net, data.train, None, data.loss, **more)


USUAL = {"adam": 3e-3, "adamw": 3e-3, "sgd": 0.1, "momentum": 0.03}


def optimizer_of(case: Case, net: nn.Module, rate: float = 0.0) -> torch.optim.Optimizer:
    learning = [p for n, p in net.named_parameters() if p.requires_grad and n not in case.left_out]
    rate = rate or case.rate or USUAL[case.optimizer]
    if case.optimizer in ("adam", "adamw"):
        return (torch.optim.Adam if case.optimizer == "adam" else torch.optim.AdamW)(learning, rate)
    return torch.optim.SGD(learning, rate, momentum=0.9 if case.optimizer == "momentum" else 0.0)


def taken(rows: Rows, index: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
    x = rows[0] if isinstance(rows[0], tuple) else (rows[0],)
    return tuple(part[index] for part in x), rows[1][index]


def said(net: nn.Module, x: tuple[Tensor, ...]) -> Tensor:
    out = net(*x)
    return out[0] if isinstance(out, tuple) else out


def progress(case: Case, net: nn.Module, rate: float = 0.0, steps: int = STEPS) -> float:
    """Train a net here, by a plain loop: the share of the guess's loss that it removes."""
    optimizer = optimizer_of(case, net, rate)
    n = len(case.train[1])
    with seeded(11):
        net.train()
        for _ in range(steps):
            x, y = taken(case.train, torch.randperm(n)[:BATCH])
            optimizer.zero_grad()
            loss = case.loss(said(net, x), y)
            if not torch.isfinite(loss):
                return -1.0
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            x, y = taken(case.train, torch.arange(n))
            end = float(case.loss(said(net, x), y))
    return max(-1.0, 1 - end / guess(case)) if end == end else -1.0


def guess(case: Case) -> float:
    """The loss of the class shares, or of the mean: closed forms, for the losses used here."""
    y = case.train[1]
    if y.is_floating_point():
        if bool(((y == 0) | (y == 1)).all()):
            p = y.mean().clamp(1e-6, 1 - 1e-6)
            return float(-(p * p.log() + (1 - p) * (1 - p).log()))
        return float(y.var(unbiased=False))
    share = torch.bincount(y).float() / len(y)
    share = share[share > 0]
    return float(-(share * share.log()).sum())


def could(case: Case) -> float:
    """What a plain small net makes of the same rows, standardised, in the same steps."""
    x = case.train[0] if isinstance(case.train[0], tuple) else (case.train[0],)
    flat = torch.cat([
        F.one_hot(p, 12).float().flatten(1) if not p.is_floating_point() else p.flatten(1)
        for p in x
    ], 1)  # fmt: skip
    flat = torch.nan_to_num(flat)
    flat = (flat - flat.mean(0)) / flat.std(0).clamp_min(1e-6)
    y = case.train[1]
    outputs = 1 if y.is_floating_point() else int(y.max()) + 1
    with seeded(5):
        net = nn.Sequential(
            nn.Linear(flat.shape[1], 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(),
            nn.Linear(48, outputs),
        )  # fmt: skip
    if not y.is_floating_point():
        loss: Any = F.cross_entropy
    elif bool(((y == 0) | (y == 1)).all()):
        loss = F.binary_cross_entropy_with_logits
    else:
        loss = F.mse_loss
    y = y.reshape(len(y), -1) if y.is_floating_point() else y
    plain = Case("plain", net, (flat, y), None, loss)
    return progress(plain, net)


def stands(case: Case, net: nn.Module) -> tuple[bool, float]:
    """Whether a case is what it says, by training a copy here, and its progress: a healthy net
    removes a third of the guess's loss; one with a graded fault at most 60 % of what a plain small
    net does in the same steps, at the rate that is said, or at the best of three where none is.
    """
    if case.sure:
        return True, float("nan")
    if case.fault == "batch_norm":
        return evaluates_badly(case, net)
    if not case.fault:
        done = progress(case, net)
        return done >= 1 / 3, done
    if case.twin is not None:  # without its fault the net has to train
        well = case.but(train=case.twin, twin=None)
        if progress(well, copy.deepcopy(net)) < 1 / 3:
            return False, 0.0
    usual = USUAL[case.optimizer]
    rates = [case.rate] if case.rate else [usual, 0.3 * usual, 3 * usual]
    done = max(progress(case, copy.deepcopy(net), rate) for rate in rates)
    return done <= 0.6 * could(case), done


def evaluates_badly(case: Case, net: nn.Module) -> tuple[bool, float]:
    """Trained here, or as it is where it knows something: less than half of what training mode
    knows is left in evaluation.
    """
    x, y = taken(case.train, torch.arange(len(case.train[1])))
    with torch.no_grad():
        known = 1 - float(case.loss(said(copy.deepcopy(net).train(), x), y)) / guess(case)
    if known < 1 / 3:
        known = progress(case, net)
    with torch.no_grad():
        serves = 1 - float(case.loss(said(net.eval(), x), y)) / guess(case)
    return known >= 1 / 3 and serves < 0.4 * known, serves
