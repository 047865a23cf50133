"""Training steps that are recorded once and replayed: the same arithmetic, every operand in place.

On a GPU small kernels take less time than Python takes to ask for them. A CUDA graph replays a
recorded step for the price of one call, on the same addresses every time; so nothing in a step may
come from Python: batches, learning rates and the average's move lie on the device for all steps to
the next evaluation, and a counter there says which of them are next.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from howdeep.base.trials import Group, Result
from howdeep.data.scoring import metric_of
from howdeep.data.task import Task
from howdeep.nets import ladder
from howdeep.trainers.fused import backends, evaluate
from howdeep.trainers.fused.encoded import Placed
from howdeep.trainers.fused.loop import (
    Pausing,
    Stepper,
    TrainingRun,
    finished,
    gradients,
    orders_of,
    train_pausing,
)
from howdeep.trainers.fused.weights import FusedWeights

LEAVE = 0.5  # a program is recorded again once half of its nets have stopped: it takes milliseconds
AHEAD = 64  # steps asked for at a time: a GPU's queue is finite, and others want to begin
IN_PASSING = 4  # arrays of an evaluation's activations at a time
Replay = Callable[[Callable[[], None]], Callable[[int], None]]


def called(step: Callable[[], None]) -> Callable[[int], None]:
    """Without recording: call the step as often as asked."""

    def run(count: int) -> None:
        for _ in range(count):
            step()

    return run


class Recorded:
    """A step as a CUDA graph, on the stream that is current, which may not be the default one."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.step = step
        self.graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, count: int) -> None:
        """Take `count` steps; returns when they are asked for, not when they are done."""
        if self.graph is None:
            # A real step first: libraries take their handles and workspaces, which a recording
            # must find there.
            self.step()
            count -= 1
            self.graph = recorded(self.step)
        for _ in range(count):
            self.graph.replay()


def recorded(step: Callable[[], None]) -> torch.cuda.CUDAGraph:
    """The kernels of a step, not run. Other streams go on, unlike with `torch.cuda.graph`."""
    graph = torch.cuda.CUDAGraph()
    graph.capture_begin(capture_error_mode="thread_local")
    try:
        step()
    except BaseException:
        with contextlib.suppress(RuntimeError):  # the recording is spoilt; what spoilt it counts
            graph.capture_end()
        raise
    graph.capture_end()
    return graph


def replay_on(device: torch.device) -> Replay:
    """How steps are repeated on a device."""
    return Recorded if device.type == backends.CUDA else called


class Step:
    """One step of the nets `held`, as a callable without arguments or memory of its own."""

    def __init__(
        self, job: TrainingRun, fused: FusedWeights, held: Sequence[int], data: Placed
    ) -> None:
        r, device = fused.recipe, data.x.device
        self.fused, self.data, self.kind = fused, data, metric_of(job.task).loss
        folds = torch.tensor([job.nets[net].fold for net in held])
        most = min(r.evaluate_every, r.max_steps)
        self.at = torch.zeros(1, dtype=torch.long, device=device)
        self.orders = torch.zeros(most, len(held), job.size, dtype=torch.long, device=device)
        # The optimiser's kernel takes rates in float64 on a processor, in float32 on a GPU.
        exact = torch.float32 if device.type == backends.CUDA else torch.float64
        self.rates = torch.zeros(most, len(fused.slots), dtype=exact, device=device)
        self.moves = torch.zeros(most, device=device)
        self.loss = torch.zeros(len(held), device=device)
        # Where each net's fold begins in y and w, and, unless folds share it, in x.
        rows = len(data.folds[0].y)
        self.begin = (folds * rows).to(device).view(-1, 1) if len(data.folds) > 1 else None
        self.shared = len(data.x) == rows
        self.scaling: tuple[Tensor, Tensor] | None = None
        if data.shift is not None and data.spread is not None:
            own = folds.to(device)
            self.scaling = (data.shift[own].unsqueeze(1), data.spread[own].unsqueeze(1))

    def load(self, orders: Tensor) -> None:
        """The batches (count, M, B) of the next steps, with their learning rates and moves."""
        fused, count = self.fused, len(orders)
        steps = range(fused.step, fused.step + count)
        rates = [[fused.rate(slot, step) for slot in fused.slots] for step in steps]
        self.at.zero_()
        self.orders[:count].copy_(orders)
        self.rates[:count].copy_(torch.tensor(rates, dtype=torch.float64))
        self.moves[:count].copy_(torch.tensor([fused.move(step) for step in steps]))

    def __call__(self) -> None:
        index = self.orders.index_select(0, self.at)[0]
        x, y, w = self._gather(index)
        self.loss.copy_(gradients(self.fused, x, y, w, self.kind))
        rates = self.rates.index_select(0, self.at)[0].unbind()
        self.fused.update_in_place(rates, self.moves.index_select(0, self.at)[0])
        self.at.add_(1)

    def _gather(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """x (M, B, D), y (M, B), loss weights (M, B) of the rows `index` (M, B) of their folds."""
        everywhere = index if self.begin is None else index + self.begin
        rows = everywhere.flatten()
        flat = index.flatten() if self.shared else rows
        x = self.data.x.index_select(0, flat).view(*index.shape, -1)
        if self.scaling is not None:
            x = x.float().sub_(self.scaling[0]).div_(self.scaling[1])
        y, w = (part.index_select(0, rows).view(index.shape) for part in (self.data.y, self.data.w))
        return x, y, w


class ReplayedSteps:
    """Takes the steps of one group, recording them again whenever nets have left."""

    def __init__(self, data: Placed, replay: Replay) -> None:
        self.data, self.replay = data, replay
        self.held: list[int] = []

    def __call__(
        self, job: TrainingRun, fused: FusedWeights, held: list[int], count: int
    ) -> Pausing[Tensor]:
        """`Stepper.steps`; pauses while steps are under way, at the latest with all asked for."""
        if held != self.held:
            self.step = Step(job, fused, held, self.data)
            self.run, self.held = self.replay(self.step), list(held)
        orders = orders_of(job, held, count)
        self.step.load(torch.stack([orders[job.feed(net)] for net in held], 1))
        for start in range(0, count, AHEAD):
            self.run(min(AHEAD, count - start))
            yield
        fused.step += count
        return self.step.loss


def static(group: Group, task: Task, data: Placed, replay: Replay) -> Pausing[tuple[Result, ...]]:
    """`loop.train_pausing` by replayed steps: on a processor bit for bit the same results."""
    return train_pausing(group, task, data.folds, Stepper(ReplayedSteps(data, replay), LEAVE))


def memory(group: Group, folds: int) -> float:
    """Bytes on the device that a group takes, about: a step, its recording, an evaluation."""
    width, cost = group.net.width, ladder.cost(group.net)
    net = ladder.net_bytes(cost, width, group.how.batch, passes=2)
    return folds * len(group.members) * (net + IN_PASSING * 4 * evaluate.GPU_CHUNK_FLOATS)


def train(group: Group, task: Task, data: Placed) -> tuple[Result, ...]:
    """`fused.train` on the device where `data` lies, this group alone."""
    device = data.x.device
    with backends.prepared(), backends.stream(device):
        return finished(static(group, task, data, replay_on(device)))
