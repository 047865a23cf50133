"""What each block is worth: the score without it, before and after the others are tuned again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from howdeep.base.errors import InstrumentError
from howdeep.instruments import _design as design
from howdeep.instruments._blocks import Block, blocks, without
from howdeep.instruments._design import PLAIN, Design
from howdeep.instruments._instrument import Effort, Instrument
from howdeep.instruments._intervals import student
from howdeep.instruments._layers import evenly
from howdeep.instruments._lesion_page import TITLE, section
from howdeep.instruments._operations import counted
from howdeep.instruments._probe import fitting
from howdeep.instruments._subject import Rows, Subject, main, passing, untouched
from howdeep.instruments._untrained import copied
from howdeep.instruments._values import number, numbers

FEW = 20  # rows below which a score says nothing
MOST = 16  # blocks that are left out, one at a time
BATCH = 64  # rows of a step of tuning
BUDGET = 4e11  # operations that tuning may take for one net: some half minute of a core
LEAST = 10  # steps, below which nothing is tuned
USUAL = 1e-3  # rate of Adam where a net's own is not known
SOFTER = 4  # how many times smaller than in training the rate of tuning is
Floats = NDArray[np.float64]


def _measure(subject: Subject, effort: Effort) -> dict[str, Any]:
    """Of each of `blocks`: its `scale` (what it adds over the stream, root mean squares), and by
    how much the score falls without it: `drop`, and `after` all others were tuned for some `steps`,
    over the whole net tuned alike; each [value, low, high] at 95 % by a paired bootstrap over rows.

    Lesions of residual nets: Veit et al. 2016, arXiv 1605.06431.
    """
    rows = subject.unseen.some(effort.rows)
    with untouched(subject.net):
        found = blocks(subject.net, rows.take(torch.arange(min(len(rows), 64))))
        if not found:
            what = "no block of it can be left out: no layer gives the shape that it takes"
            raise InstrumentError(what)
        kept = [found[i] for i in evenly(found, MOST)]
        subject.net.eval()
        work = counted(subject.net, rows.take(torch.arange(1)))
        whole = _scores(subject, subject.net, None, rows)
        cut = [_scores(subject, subject.net, block, rows) for block in kept]
        learns = any(p.requires_grad for p in subject.net.parameters())
        steps = _steps(work, len(kept), effort) if learns else 0
        again: list[Floats] = []
        for i, block in enumerate([None, *kept] if steps else []):
            effort.tell(f"lesion of {subject.name}: tuned without a block", i, len(kept) + 1)
            again.append(_tuned(subject, block, rows, steps))
    draws, by = 20 * effort.draws, design.of(rows)
    return {
        "kind": subject.kind,
        "rows": len(rows),
        "found": len(found),
        "steps": steps,
        "net": number(_level(whole, subject, by)),
        "tuned": number(_level(again[0], subject, by)) if again else None,
        "blocks": [
            {
                "name": block.name,
                "kind": block.kind,
                "scale": number(block.scale),
                "drop": numbers(_fall(whole, without_it, draws, by)),
                "after": numbers(_fall(again[0], again[i + 1], draws, by)) if again else None,
            }
            for i, (block, without_it) in enumerate(zip(kept, cut, strict=True))
        ],
    }


@torch.no_grad()
def _scores(subject: Subject, net: nn.Module, block: Block | None, rows: Rows) -> Floats:
    """What each row contributes to the score, (N,): 1 where it is right, or minus its squared error
    in shares of the targets' variance.
    """
    with without(net, block) as run:
        pieces = zip(*(torch.split(x, passing(rows)) for x in rows.inputs), strict=True)
        said = torch.cat([main(run(*piece)) for piece in pieces]).double().flatten(1)
    if subject.kind == "classes":
        return (said.argmax(1) == rows.targets).double().numpy()
    target = fitting(said, rows.targets)
    weights = torch.ones(len(rows)) if rows.weights is None else torch.from_numpy(rows.weights)
    counts = (weights / weights.sum()).double()[:, None]
    middle = (counts * target).sum(0)
    spread = (counts * (target - middle).square()).sum().clamp_min(1e-12)
    return (-torch.nan_to_num((said - target).square().sum(1) / spread, nan=1e6)).numpy()


def _level(scores: Floats, subject: Subject, by: Design) -> float:
    """The score of all rows: accuracy, or R2."""
    return by.mean(scores) + (0.0 if subject.kind == "classes" else 1.0)


def _fall(whole: Floats, cut: Floats, draws: int, by: Design = PLAIN) -> tuple[float, float, float]:
    """By how much the score is lower, with percentiles of a bootstrap over rows (Efron 1979);
    with weights or groups Student's interval over these.

    Where no row differs, the ends are those of the rule of three (Hanley & Lippman-Hand 1983).
    """
    each = whole - cut
    n = len(by.sums(each))
    if not each.any():
        return 0.0, -3 / n, 3 / n
    if not by.plain:
        return student(each, by=by)
    counts = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), max(draws, 1))
    low, high = np.quantile(counts @ each / n, [0.025, 0.975])
    value = float(each.mean())
    return value, min(float(low), value), max(float(high), value)


def _steps(work: float, count: int, effort: Effort) -> int:
    """Steps of tuning for each net, by what they take; 0 where that is too much."""
    each = 3 * BATCH * max(work, 1.0) * (count + 1)  # the way back takes twice the way forward
    found = min(effort.steps, int(BUDGET / each))
    return found if found >= min(LEAST, effort.steps) else 0


def _tuned(subject: Subject, block: Block | None, rows: Rows, steps: int) -> Floats:
    """Scores of a copy that is trained for some steps without the block."""
    net = copied(subject.net)
    net.train()
    for parameter in net.parameters():
        parameter.grad = None
    chosen = [p for p in net.parameters() if p.requires_grad]
    rate = (subject.rate or USUAL) / SOFTER
    torch.manual_seed(0)  # of dropout; `untouched` gives the generator back
    order = np.random.default_rng(0)
    with without(net, block) as run, torch.enable_grad():
        optimizer = torch.optim.Adam(chosen, rate)
        for step in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = rate * (1 + math.cos(math.pi * step / steps)) / 2
            drawn = order.integers(0, len(subject.train), min(BATCH, len(subject.train)))
            _step(run, optimizer, subject, subject.train.take(torch.from_numpy(drawn)))
    net.eval()
    return _scores(subject, net, block, rows)


def _step(
    run: Callable[..., Any], optimizer: torch.optim.Optimizer, subject: Subject, batch: Rows
) -> None:
    loss: Tensor = subject.loss(main(run(*batch.inputs)), batch.targets)
    optimizer.zero_grad()
    if loss.requires_grad and bool(torch.isfinite(loss)):
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()


def _suits(subject: Subject) -> str:
    if subject.kind not in ("classes", "numbers"):
        return "its targets are neither classes nor numbers, so that it has no score"
    if len(subject.unseen) < FEW:
        return f"fewer than {FEW} rows to score it on"
    return ""


INSTRUMENT = Instrument("lesion", TITLE, 60, _measure, section, _suits)
