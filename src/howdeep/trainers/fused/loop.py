"""THE training loop: the nets of a group as one tensor program with a leading net axis M.

Each net of the program is one (member, fold) of the group: its own seed, batches and learning
rate. Adam with a warm-up, then a constant rate; the weight average is evaluated on validation
rows, its best checkpoint kept, and a net stops after `patience` evaluations without gain. A net's
result does not depend on who trains next to it: matrix products are batched per net, a net that
stops or diverges leaves the program, and nothing is summed over nets but the loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor

from howdeep.base.trials import Group, Result
from howdeep.data.scoring import metric_of
from howdeep.data.task import RowIndex, Task
from howdeep.metrics import Loss
from howdeep.nets.families import family
from howdeep.trainers.fused import backends, evaluate, native, seeding
from howdeep.trainers.fused.encoded import EncodedFold, of_encoding
from howdeep.trainers.fused.losses import losses, slopes
from howdeep.trainers.fused.native import stacks
from howdeep.trainers.fused.outcome import results
from howdeep.trainers.fused.track import NetTrack, track
from howdeep.trainers.fused.weights import FusedWeights, copier

Found = TypeVar("Found")
Pausing = Generator[None, None, Found]  # work that pauses, and what it gives in the end


@dataclass(frozen=True)
class Net:
    """One net of the program: which member of the group, which fold, which rate (exponent)."""

    member: int
    fold: int
    rate: int


@dataclass(frozen=True, eq=False)
class FoldRows:
    """The rows of one fold that a stage uses: to train, to choose checkpoints (one per view)."""

    train: RowIndex
    choose: tuple[RowIndex, ...]
    sample: RowIndex  # of train, for the training curve


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """All that is fixed while a group trains. Nets that differ only in rate share their batches."""

    group: Group
    task: Task
    data: Sequence[EncodedFold]
    parts: tuple[FoldRows, ...]
    nets: tuple[Net, ...]
    feeds: dict[tuple[int, int], seeding.Batches]  # by (seed, fold)
    size: int  # of a batch

    def feed(self, net: int) -> tuple[int, int]:
        return self.group.members[self.nets[net].member].seed, self.nets[net].fold


@dataclass(frozen=True)
class Stepper:
    """How steps are taken: `steps(job, fused, held, count)` takes `count` with the nets `held`.

    It gives their last losses (M,), and may pause in between. Nets that have stopped leave the
    program where at most the share `leave` of it is still training.
    """

    steps: Callable[[TrainingRun, FusedWeights, list[int], int], Pausing[Tensor]]
    leave: float


def train(group: Group, task: Task, data: Sequence[EncodedFold]) -> tuple[Result, ...]:
    """Train a group and score it: one `Result` per member, in the group's order.

    `data` is `encoded(task)`. Pure: equal arguments give equal bits on one platform.
    """
    own = of_encoding(task, data, group.net.inputs.encoding)
    with backends.prepared():
        return finished(train_pausing(group, task, own, Stepper(_steps, leave=1.0)))


def finished(way: Pausing[Found]) -> Found:
    """What a course gives in the end."""
    while True:
        try:
            next(way)
        except StopIteration as end:
            return end.value


def train_pausing(
    group: Group, task: Task, data: Sequence[EncodedFold], way: Stepper
) -> Pausing[tuple[Result, ...]]:
    """`train` in pieces, for several groups at a time: it pauses where steps are under way.

    To be run in `backends.prepared`, on the device where `data` lies: the group's own encoding.
    """
    job = _job(group, task, data)
    tracks = track(len(job.nets), len(job.parts[0].choose))
    yield from _run(job, _weights_of(job), tracks, way)
    by_member: list[list[NetTrack]] = [[] for _ in group.members]
    for net, record in sorted(zip(job.nets, tracks, strict=True), key=lambda p: p[0].fold):
        by_member[net.member].append(record)
    return results(group, task, data, by_member)


def _run(
    job: TrainingRun, fused: FusedWeights, tracks: list[NetTrack], way: Stepper
) -> Pausing[None]:
    """Train until every net has stopped or the step cap is reached."""
    recipe = job.group.how
    held = list(range(len(job.nets)))
    while fused.step < recipe.max_steps:
        count = min(recipe.evaluate_every, recipe.max_steps - fused.step)
        last = yield from way.steps(job, fused, held, count)
        finite = (torch.isfinite(last) & fused.finite()).cpu().tolist()
        going = [i for i, net in enumerate(held) if not tracks[net].stopped]
        _look(job, fused, tracks, held)
        for i in going:
            tracks[held[i]].nonfinite |= not finite[i]
        keep = [i for i in going if not tracks[held[i]].stopped]
        if not keep:
            return
        if len(keep) < len(held) and len(keep) <= way.leave * len(held):
            held = [held[i] for i in keep]
            fused.take(torch.tensor(keep, device=fused.count.device))


def _part(group: Group, task: Task, fold: int) -> FoldRows:
    """A rate search sees rows of its own: never those that score, nor a fold's held-out ones."""
    here = task.folds[fold]
    if seeding.stream(group) == "tune":
        rows, choose = here.tune_train, [here.tune_val]
    else:
        rows, choose = here.train, [view.choose for view in here.views]
    return FoldRows(rows, tuple(choose), evaluate.sampled(rows))


def _job(group: Group, task: Task, data: Sequence[EncodedFold]) -> TrainingRun:
    folds = range(len(group.members[0].rates))  # the first ones, where rates are tried
    # Sorted by rate, so that the optimiser takes runs of equal rate together.
    nets = sorted(
        (Net(i, f, member.rates[f]) for i, member in enumerate(group.members) for f in folds),
        key=lambda net: (net.rate, net.member, net.fold),
    )
    parts = tuple(_part(group, task, fold) for fold in folds)
    size = min(group.how.batch, *(len(part.train) for part in parts))  # one for all folds
    feeds = {}
    for member in group.members:
        for fold in folds:
            rows = torch.from_numpy(parts[fold].train)
            generator = seeding.batch_generator(group, member.seed, fold)
            feeds[member.seed, fold] = seeding.Batches(rows, size, generator)
    return TrainingRun(group, task, data, parts, tuple(nets), feeds, size)


def _weights_of(job: TrainingRun) -> FusedWeights:
    group, init = job.group, family(job.group.net.family).init
    start = [
        init(group.net, seeding.init_generator(group, net.member, net.fold)) for net in job.nets
    ]
    device = job.data[0].x.device
    return FusedWeights(group.net, group.how, start, [net.rate for net in job.nets], device)


def _steps(job: TrainingRun, fused: FusedWeights, alive: list[int], count: int) -> Pausing[Tensor]:
    """`count` optimiser steps of the nets alive, without a pause; their last losses (M,)."""
    yield from ()
    chain = native.chain_of(fused.rung, fused.recipe.precision)
    if chain is not None:
        return _native_steps(
            job, fused, alive, native.Steps(fused, chain, count, _loss(job)), count
        )
    orders = orders_of(job, alive, count)
    used = list(orders)
    which = torch.tensor([used.index(job.feed(net)) for net in alive])
    loss = torch.zeros(len(alive))
    for rows in torch.stack(list(orders.values()), 1):
        x, y, w = _gather(job, used, rows)
        if len(used) < len(alive):
            x, y, w = x[which], y[which], w[which]
        loss = gradients(fused, x, y, w, _loss(job))
        fused.update()
    return loss


def _native_steps(
    job: TrainingRun, fused: FusedWeights, alive: list[int], steps: native.Steps, count: int
) -> Tensor:
    """The same by the compiled kernels, net after net, on the same batches."""
    orders = orders_of(job, alive, count)
    loss = [
        steps.train(i, job.data[job.nets[net].fold], orders[job.feed(net)])
        for i, net in enumerate(alive)
    ]
    fused.step += count
    return torch.tensor(loss)


def orders_of(job: TrainingRun, nets: Sequence[int], count: int) -> dict[tuple[int, int], Tensor]:
    """The next `count` batches (count, B) of each feed that these nets learn from."""
    used = dict.fromkeys(job.feed(net) for net in nets)
    return {feed: job.feeds[feed].take(count) for feed in used}


def _loss(job: TrainingRun) -> Loss:
    return metric_of(job.task).loss


def gradients(fused: FusedWeights, x: Tensor, y: Tensor, w: Tensor, kind: Loss) -> Tensor:
    """The losses (M,) of a batch x (M, B, D), y and loss weights w (M, B); sets `fused.grads`."""
    program = stacks.steps(fused, x.shape[1]) if x.is_cpu else None
    if program is not None:
        with torch.no_grad():
            return program.gradients(x, lambda out, i: _slope(out, i, y, w, kind))
    fam = family(fused.rung.family)
    if fam.gradients is None:
        assert fused.recipe.precision == "fp32"  # what else a family has, it has by hand
        loss = losses(fam.apply(fused.rung, fused.p, x), y, w, kind)
        fused.differentiate(loss.sum())
        return loss.detach()
    with torch.no_grad():
        slope = partial(slopes, y=y, w=w, loss=kind)
        return fam.gradients(fused.rung, fused.p, x, slope, fused.grads, fused.recipe.precision)


def _slope(out: Tensor, net: int, y: Tensor, w: Tensor, kind: Loss) -> tuple[Tensor, Tensor]:
    """The loss (1,) of one net's outputs (B, C), and its slopes there."""
    loss, d = slopes(out.unsqueeze(0), y[net : net + 1], w[net : net + 1], kind)
    return loss, d[0]


def _gather(
    job: TrainingRun, used: list[tuple[int, int]], rows: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Batches of `rows` (G, B): x (G, B, D), y (G, B), loss weights (G, B)."""
    if len(job.data) == 1:
        here = job.data[0]
        return here.rows(rows), here.y[rows], here.w[rows]
    picked = [(job.data[fold], r) for (_, fold), r in zip(used, rows, strict=True)]
    return (
        torch.stack([here.rows(r) for here, r in picked]),
        torch.stack([here.y[r] for here, r in picked]),
        torch.stack([here.w[r] for here, r in picked]),
    )


def _look(job: TrainingRun, fused: FusedWeights, tracks: list[NetTrack], held: list[int]) -> None:
    """Evaluate the weight averages and tell each net's record, fold by fold."""
    group = job.group
    number = math.ceil(fused.step / group.how.evaluate_every)
    curve = seeding.stream(group) != "tune" and number % evaluate.TRAIN_EVERY == 1
    for fold, part in enumerate(job.parts):
        here = [i for i, net in enumerate(held) if job.nets[net].fold == fold]
        if all(tracks[held[i]].stopped for i in here):
            continue
        weights = fused.ema
        if len(here) < len(held):
            weights = {name: value[here] for name, value in fused.ema.items()}
        data = job.data[fold]
        weights, trained = evaluate.calibrated(group.net, weights, data, part.sample)
        sample = part.sample if curve or trained is not None else part.sample[:0]
        every = evaluate.seen(job.task, group.net, weights, data, part.choose, sample, trained)
        copies = copier(weights)
        for row, (i, seen) in enumerate(zip(here, every, strict=True)):
            if not tracks[held[i]].stopped:
                tracks[held[i]].see(fused.step, seen, partial(copies, row), group.how.patience)
