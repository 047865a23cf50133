"""A short training of a copy: does it learn, and what happens on the way?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from howdeep.faults._patient import Patient, copied
from howdeep.instruments import Rows
from howdeep.instruments._subject import main

BATCH = 64


@dataclass(frozen=True, eq=False)
class Trial:
    """One short training at one rate.

    `start` and `end`: loss of the rows in training mode before and after. `curve`: of each batch.
    `moves`: by parameter, how far it moved in all, relative to its own size. `broke`: the step at
    which a loss or gradient was no number any more, -1 where none was; `at`: the batch of it.
    """

    rate: float
    start: float
    end: float
    curve: tuple[float, ...]
    moves: dict[str, float]
    net: nn.Module
    broke: int = -1
    at: Rows | None = field(default=None, repr=False)
    why: str = ""  # what the loss refused, where it did


def trial(patient: Patient, steps: int, rate: float = 0.0, rows: int = 256, seed: int = 0) -> Trial:
    """Train a copy of the patient's net for some steps; the same numbers every time.

    Every parameter that may learn is trained, in batches of 64 rows from at most `rows`.
    """
    rate = rate or patient.rate or patient.usual
    net, seen = copied(patient.net), patient.train.some(rows)
    named = dict(net.named_parameters())
    learning = {n: p for n, p in named.items() if p.requires_grad and n not in patient.left_out}
    before = {name: p.detach().clone() for name, p in named.items()}
    draw = torch.Generator().manual_seed(seed)
    curve: list[float] = []
    broke, at, why = -1, None, ""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net.train()
        start = loss_of(patient, net, seen)
        if learning:
            optimizer = patient.make(list(learning.values()), rate)
            for step, index in enumerate(_batches(len(seen), steps, draw)):
                batch = seen.take(index)
                optimizer.zero_grad()
                outputs = main(net(*batch.inputs))
                try:
                    loss = patient.loss(outputs, batch.targets)
                except Exception as error:  # it is anyone's: some refuse outputs out of range
                    broke, at = step, batch
                    if bool(torch.isfinite(outputs).all()):  # else the step before broke it
                        why = f"{type(error).__name__}: {error}"[:300]
                    break
                curve.append(float(loss.detach()))
                if loss.requires_grad:
                    loss.backward()  # type: ignore[no-untyped-call]
                if not (math.isfinite(curve[-1]) and _finite(learning.values())):
                    broke, at = step, batch
                    break
                optimizer.step()
        end = loss_of(patient, net, seen) if broke < 0 else math.inf
    moves = {name: _moved(before[name], p.detach()) for name, p in named.items()}
    return Trial(rate, start, end, tuple(curve), moves, net, broke, at, why)


@torch.no_grad()
def loss_of(patient: Patient, net: nn.Module, rows: Rows) -> float:
    """The loss of rows in the net's present mode; its buffers stay as they were."""
    held = [(buffer, buffer.clone()) for buffer in net.buffers()]
    outputs = main(net(*rows.inputs))
    try:
        found = float(patient.loss(outputs, rows.targets))
    except Exception:  # it is anyone's: some refuse outputs out of range
        found = math.inf
    finally:
        for buffer, value in held:
            buffer.copy_(value)
    return found if math.isfinite(found) else math.inf


def _batches(rows: int, steps: int, draw: torch.Generator) -> list[Tensor]:
    """So many batches of row numbers, in epochs; of few rows all of them each time."""
    size = min(BATCH, rows)
    found: list[Tensor] = []
    while len(found) < steps:
        order = torch.randperm(rows, generator=draw)
        found += [order[i : i + size] for i in range(0, rows - size + 1, size)]
    return found[:steps]


def _finite(parameters: object) -> bool:
    grads = [p.grad for p in parameters if p.grad is not None]  # type: ignore[attr-defined]
    return all(bool(torch.isfinite(grad).all()) for grad in grads)


def _moved(before: Tensor, after: Tensor) -> float:
    size = float(before.norm())
    return float((after - before).norm()) / size if size > 0 else 0.0
