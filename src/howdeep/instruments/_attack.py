"""Attacks within a box around each row: one step (FGSM), and many (PGD), never the weaker.

Goodfellow, Shlens and Szegedy 2015, equation 1; Madry et al. 2018, equation 2. Both stay within the
valid range of inputs: pixels between black and white, columns between their ends in training rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from howdeep.base.errors import InstrumentError
from howdeep.instruments._classes import as_logits
from howdeep.instruments._outputs import held
from howdeep.instruments._passage import piece
from howdeep.instruments._pixels import pixels
from howdeep.instruments._subject import Rows, Subject, main, untouched

PIXELS = (1 / 255, 2 / 255, 4 / 255, 8 / 255, 16 / 255)  # of white less black
COLUMNS = (0.01, 0.03, 0.1, 0.2, 0.4)  # of a column's standard deviation
STEPS = 10


@dataclass(frozen=True, eq=False)
class Box:
    """How far inputs may be moved: `unit` of each, and what is valid; none for whole numbers."""

    units: tuple[Tensor, ...]
    low: tuple[Tensor, ...]
    high: tuple[Tensor, ...]
    strengths: tuple[float, ...]
    words: str


def box(subject: Subject) -> Box:
    """The box of a subject's inputs.

    Raises:
        InstrumentError: they are whole numbers, which no gradient moves.
    """
    how = pixels(subject)
    if how is not None:
        ones = torch.ones(1, how.channels, how.height, how.width)
        low, high = how.inputs(0 * ones)[0], how.inputs(ones)[0]
        return Box((high - low,), (low,), (high,), PIXELS, "of the range from black to white")
    train = subject.train.inputs
    if not all(x.is_floating_point() for x in train):
        raise InstrumentError("its inputs are whole numbers, which no gradient moves", "")
    low_high = [(x.amin(0), x.amax(0)) for x in train]
    units = tuple(x.std(0, correction=0) for x in train)
    words = "standard deviations of an encoded column"
    return Box(units, tuple(a for a, _ in low_high), tuple(b for _, b in low_high), COLUMNS, words)


def fgsm(subject: Subject, rows: Rows, box: Box, strength: float) -> Rows:
    """Each input moved by `strength` units along the sign of the loss gradient."""
    with untouched(subject.net):
        subject.net.eval()
        pieces = [_fgsm(subject, part, box, strength) for part in _parts(subject, rows)]
    return _joined(rows, pieces)


def pgd(
    subject: Subject, rows: Rows, box: Box, strength: float, steps: int = STEPS
) -> Rows:  # fmt: skip
    """The worst rows within the box that `steps` steps find, beginning with FGSM's.

    A step is 2.5 `strength` / `steps` along the sign of the gradient of the margin (of the best
    wrong logit over the true one: Carlini and Wagner 2017, as in section 5 of Madry et al.), which
    does not vanish where a net is sure, as that of the log loss does; of numbers, of the squared
    error. Of each row the point of the largest margin is kept, so that no row is better off than
    after FGSM.
    """
    with untouched(subject.net):
        subject.net.eval()
        pieces = [_pgd(subject, part, box, strength, steps) for part in _parts(subject, rows)]
    return _joined(rows, pieces)


def _fgsm(subject: Subject, rows: Rows, box: Box, strength: float) -> list[Tensor]:
    def mean_loss(outputs: Tensor) -> Tensor:
        return subject.loss(outputs, rows.targets)

    slopes = _slopes(subject, rows.inputs, mean_loss)
    moved = [x + strength * u * g.sign() for x, u, g in _zip(rows.inputs, box.units, slopes)]
    return _inside(moved, rows.inputs, box, strength)


def _pgd(subject: Subject, rows: Rows, box: Box, strength: float, steps: int) -> list[Tensor]:
    def badness(outputs: Tensor) -> Tensor:
        return margins(subject, outputs, rows.targets).sum()

    best = list(rows.inputs)
    worst = _margins_at(subject, best, rows.targets)
    at, step = _fgsm(subject, rows, box, strength), 2.5 * strength / max(steps, 1)
    for i in range(steps + 1):
        now = _margins_at(subject, at, rows.targets)
        better = now > worst
        worst = torch.where(better, now, worst)
        best = [torch.where(_like(better, x), x, b) for x, b in zip(at, best, strict=True)]
        if i < steps:
            slopes = _slopes(subject, at, badness)
            moved = [x + step * u * g.sign() for x, u, g in _zip(at, box.units, slopes)]
            at = _inside(moved, rows.inputs, box, strength)
    return best


def margins(subject: Subject, outputs: Tensor, targets: Tensor) -> Tensor:
    """How wrong each row is, (N,): above 0 for a wrong class; of numbers the squared error."""
    if subject.kind != "classes":
        return (
            (outputs.reshape(len(targets), -1) - targets.reshape(len(targets), -1)).square().sum(1)
        )
    values = as_logits(outputs)
    own = values.gather(1, targets.long()[:, None])[:, 0]
    others = values.scatter(1, targets.long()[:, None], -torch.inf).amax(1)
    return others - own


@torch.no_grad()
def _margins_at(subject: Subject, inputs: Sequence[Tensor], targets: Tensor) -> Tensor:
    return margins(subject, main(subject.net(*inputs)), targets)


def _slopes(subject: Subject, inputs: Sequence[Tensor], value: object) -> tuple[Tensor, ...]:
    """The gradient of a value of the outputs at each input.

    Raises:
        InstrumentError: none arrives there.
    """
    assert callable(value)
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    with torch.enable_grad():
        found = value(main(subject.net(*(x + 0 for x in leaves))))  # it may write over its inputs
        if not found.requires_grad:
            raise InstrumentError("no gradient reaches its inputs", "leave no_grad out of forward")
        slopes = torch.autograd.grad(found, leaves, allow_unused=True)
    return tuple(
        torch.zeros_like(x) if g is None else torch.nan_to_num(g)
        for g, x in zip(slopes, inputs, strict=True)
    )


def _inside(
    moved: Sequence[Tensor], start: Sequence[Tensor], box: Box, strength: float
) -> list[Tensor]:
    """Back into the box around the start and into the valid range (where the start was in it)."""
    out = []
    for x, x0, u, low, high in zip(moved, start, box.units, box.low, box.high, strict=True):
        near = torch.minimum(torch.maximum(x, x0 - strength * u), x0 + strength * u)
        out.append(
            torch.minimum(torch.maximum(near, torch.minimum(low, x0)), torch.maximum(high, x0))
        )
    return out


def _zip(*parts: Sequence[Tensor]) -> list[tuple[Tensor, ...]]:
    return list(zip(*parts, strict=True))


def _like(mask: Tensor, x: Tensor) -> Tensor:
    return mask.reshape(-1, *[1] * (x.ndim - 1))


def _parts(subject: Subject, rows: Rows) -> list[Rows]:
    size = piece(held(subject.net, rows))
    return [rows.take(part) for part in torch.split(torch.arange(len(rows)), size)]


def _joined(rows: Rows, pieces: list[list[Tensor]]) -> Rows:
    inputs = tuple(torch.cat(part).detach() for part in zip(*pieces, strict=True))
    return replace(rows, inputs=inputs)
