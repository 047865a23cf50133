"""Nets on rows: outputs of many nets at once, cut into chunks that stay in cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from howdeep.base.nouns import Rung
from howdeep.data import scoring
from howdeep.data.task import RowIndex, Task
from howdeep.nets.families import family
from howdeep.trainers.fused import gpu_scores, native
from howdeep.trainers.fused.encoded import EncodedFold
from howdeep.trainers.fused.native import stacks
from howdeep.trainers.fused.track import Seen
from howdeep.trainers.fused.weights import Tensors

CHUNK_FLOATS = 2**16  # of one net: chunks stay in cache, and do not depend on who runs along
GPU_CHUNK_FLOATS = 2**20  # few and large ones
TRAIN_SAMPLE = 1_000  # training rows on which the training score is taken
TRAIN_EVERY = 4  # evaluations from one look at them to the next: they cost as much as validation


def outputs(rung: Rung, weights: Tensors, fold: EncodedFold, rows: RowIndex) -> NDArray[np.float32]:
    """Outputs (M, n, C) of M nets on `rows` of their fold."""
    return _outputs(rung, weights, fold, rows).cpu().numpy()


def _outputs(rung: Rung, weights: Tensors, fold: EncodedFold, rows: RowIndex) -> Tensor:
    """The same where the nets are."""
    chain = native.chain_of(rung) if fold.x.is_cpu else None
    if chain is not None:
        return torch.from_numpy(native.outputs(rung, chain, weights, fold, rows))
    stack = stacks.stack_of(rung) if fold.x.is_cpu else None
    apply: Callable[[Tensor], Tensor] = partial(family(rung.family).apply, rung, weights)
    if stack is not None:
        apply = stacks.applied(stack, rung, weights)
    m = len(next(iter(weights.values())))
    size = CHUNK_FLOATS if fold.x.is_cpu else GPU_CHUNK_FLOATS
    chunk = max(64, size // max(rung.inputs.columns, rung.width) // 16 * 16)
    index = torch.from_numpy(rows).to(fold.x.device)
    # Written in place: small pieces kept between large temporaries would tear the heap apart.
    out = torch.empty(m, len(rows), rung.outputs, device=fold.x.device)
    with torch.no_grad():
        for piece, room in zip(torch.split(index, chunk), torch.split(out, chunk, 1), strict=True):
            room.copy_(apply(fold.rows(piece).expand(m, -1, -1)))
    return out


def calibrated(
    rung: Rung, weights: Tensors, fold: EncodedFold, sample: RowIndex
) -> tuple[Tensors, Tensor | None]:
    """The weights with what their family measures on the training rows `sample`.

    With them come the outputs (M, n, C) there; None where the weights are all there is.
    """
    calibrate = family(rung.family).calibrate
    stack = stacks.stack_of(rung) if fold.x.is_cpu else None
    if calibrate is None:
        return weights, None
    if stack is not None:
        calibrate = partial(stacks.calibrate, stack)
    with torch.no_grad():
        rows = torch.from_numpy(sample).to(fold.x.device)
        return calibrate(rung, weights, fold.rows(rows))


def sampled(rows: RowIndex) -> RowIndex:
    """The training rows on which the training score is taken.

    >>> sampled(np.arange(5_000))[:3], len(sampled(np.arange(5_000)))
    (array([ 0,  5, 10]), 1000)
    """
    return rows[:: max(1, len(rows) // TRAIN_SAMPLE)][:TRAIN_SAMPLE]


def seen(
    task: Task,
    rung: Rung,
    weights: Tensors,
    fold: EncodedFold,
    choose: Sequence[RowIndex],
    sample: RowIndex,
    trained: Tensor | None = None,
) -> list[list[Seen]]:
    """Per net, one `Seen` per view, from one pass over all the rows that are looked at.

    `sample`: training rows, none to leave them out; `trained`: the outputs there where they are
    known.
    """
    every = np.concatenate([*choose, *([sample] if trained is None else [])])
    there = _outputs(rung, weights, fold, every)
    if not there.is_cpu:
        looked = sum(len(rows) for rows in choose)
        last = there[:, looked:] if trained is None else trained
        return gpu_scores.seen(task, there[:, :looked], fold, choose, last, sample)
    out = there.numpy()
    *pieces, own = np.split(out, np.cumsum([len(rows) for rows in choose]), axis=1)
    train = np.full(len(out), np.nan)
    if len(sample):
        train = means(task, own if trained is None else trained.numpy(), sample, fold)
    scored = [
        (means(task, piece, rows, fold), ties(task, piece, rows, fold))
        for piece, rows in zip(pieces, choose, strict=True)
    ]
    nets = range(len(out))
    return [[Seen(float(m[i]), float(t[i]), float(train[i])) for m, t in scored] for i in nets]


def row_scores(
    task: Task, out: NDArray[np.float32], rows: RowIndex, fold: EncodedFold
) -> NDArray[np.float32]:
    """What rows contribute (M, n) to the metric, of outputs (M, n, C)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return scoring.scorer(task, rows).contributions(out, fold.scale).astype(np.float32)


def means(
    task: Task, out: NDArray[np.float32], rows: RowIndex, fold: EncodedFold
) -> NDArray[np.float64]:
    """The metric (M,)."""
    return row_scores(task, out, rows, fold).mean(axis=1, dtype=np.float64)


def ties(
    task: Task, out: NDArray[np.float32], rows: RowIndex, fold: EncodedFold
) -> NDArray[np.float64]:
    """What breaks ties (M,): mean log probability of the true class, or minus squared error."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(scoring.scorer(task, rows).ties(out, fold.scale).mean(axis=1))
