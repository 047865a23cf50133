"""One GPU: several groups at a time, each a program of its own on a stream of its own.

A program is a group, never more: a product of many nets at once may add up in another order than
one of fewer, and a trial's key names its group, not who else was waiting. What fills the GPU are
programs side by side, as the depths of a round: while it works through the steps of all of them,
this process looks at one.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace

import torch

from howdeep.base.trials import Group, Outcome, Result
from howdeep.data.task import Task
from howdeep.executors._executor import Setup
from howdeep.executors.here import outcome, trouble
from howdeep.executors.processes import Processes
from howdeep.trainers import trainer_of
from howdeep.trainers.fused import backends, static
from howdeep.trainers.fused.encoded import Placed, encoded, of_encoding, placed
from howdeep.trainers.fused.loop import Pausing

Stream = AbstractContextManager[object]
AT_ONCE = 8  # programs: CUDA's queues of work to a GPU are as many, unless told
SHARE = 0.8  # of the free memory may be planned with: estimates are no measurements
BROKEN = re.compile(r"CUDA|cuBLAS|CUBLAS|cuDNN|CUDNN")  # the device, which nothing works on after


class Running:
    """A group under way: its course, its stream, and its share of the time."""

    def __init__(self, group: Group, course: Pausing[tuple[Result, ...]], stream: Stream) -> None:
        self.group, self.course, self.stream, self.seconds = group, course, stream, 0.0

    def turn(self) -> Outcome | None:
        """Look at the steps that are done and ask for the next; its outcome at the end."""
        try:
            with backends.prepared(), self.stream:
                next(self.course)
        except StopIteration as end:
            return Outcome(self.group, "done", end.value)
        except Exception as error:
            answer = trouble(self.group, error, {})
            if answer.state == "failed" and BROKEN.search(str(error)):
                raise  # to go on would only fail the groups that come after, too
            return answer
        return None


class Gpu:
    """Trains nets on one device; classical models on `jobs` worker processes, one per core.

    `platform`: of the machine with its device, None = as found.
    """

    name = "gpu"

    def __init__(
        self, device: torch.device, jobs: int = 1, platform: dict[str, str] | None = None
    ) -> None:
        self.device, self.most, self._platform = device, AT_ONCE, platform
        # Kept, for memory and workspaces that a stream once had stay with it.
        self._streams = [backends.stream(device) for _ in range(AT_ONCE)]
        self._others = Processes(jobs) if jobs > 1 else None
        self._replay = static.replay_on(device)
        self._kept: tuple[Task, dict[str, Placed]] | None = None

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        """One `Outcome` per group, as they come in, all marked with this machine and its GPU."""
        if self._platform is None:
            self._platform = backends.platform(self.device.type)
        with closing(self._answers(groups, task, self._platform)) as answers:
            for answer in answers:
                yield replace(answer, platform=self._platform)

    def _answers(
        self, groups: Sequence[Group], task: Task, platform: dict[str, str]
    ) -> Generator[Outcome, None, None]:
        nets = [g for g in groups if trainer_of(g.rung).on_device]
        rivals = [g for g in groups if not trainer_of(g.rung).on_device]
        if self._others is None:
            yield from (outcome(group, task, (), platform) for group in rivals)
        elif rivals:
            yield from self._others(rivals, task)
        if nets:
            every = self._placed(task, {group.net.inputs.encoding for group in nets})
            for name, data in every.items():
                own = [group for group in nets if group.net.inputs.encoding == name]
                yield from self.train(own, task, data)

    def _placed(self, task: Task, wanted: set[str]) -> dict[str, Placed]:
        """The encoded rows on the device, by encoding, kept between rounds."""
        if self._kept is None or self._kept[0] is not task or self._kept[1].keys() != wanted:
            self._kept = None  # first, so that there is never room for two needed
            data = encoded(task)
            made = {e: placed(of_encoding(task, data, e), self.device) for e in sorted(wanted)}
            self._kept = (task, made)
        return self._kept[1]

    def train(self, groups: Sequence[Group], task: Task, data: Placed) -> Iterator[Outcome]:
        """Nets only, on rows that lie on the device; programs take turns."""
        waiting, running = deque(groups), deque[Running]()
        try:
            yield from self._in_turns(waiting, running, task, data)
        finally:
            if running and self.device.type == backends.CUDA:  # stopped in the middle
                torch.cuda.synchronize(self.device)  # nothing is dropped that still runs

    def _in_turns(
        self, waiting: deque[Group], running: deque[Running], task: Task, data: Placed
    ) -> Iterator[Outcome]:
        tick = time.monotonic()
        while waiting or running:
            while waiting and self._room(waiting[0], running, task):
                course = static.static(waiting[0], task, data, self._replay)
                taken = {one.stream for one in running}
                free = next(stream for stream in self._streams if stream not in taken)
                running.append(Running(waiting.popleft(), course, free))
            answer = running[0].turn()
            tick, passed = time.monotonic(), time.monotonic() - tick
            for each in running:
                each.seconds += passed / len(running)
            one = running.popleft()
            if answer is None:
                running.append(one)
                continue
            if answer.state == "lost":
                self._make_room(len(running))
            yield replace(answer, seconds=one.seconds)

    def _room(self, group: Group, running: Sequence[Running], task: Task) -> bool:
        """Whether one more may be under way; the first always may."""
        if not running:
            return True
        if len(running) >= self.most:
            return False
        if self.device.type != backends.CUDA:
            return True
        try:
            needed = static.memory(group, len(task.folds))
        except Exception:  # a family that fails; begun, it does so by itself
            return True
        free = torch.cuda.mem_get_info(self.device)[0]
        idle = torch.cuda.memory_reserved(self.device) - torch.cuda.memory_allocated(self.device)
        return needed <= SHARE * (free + idle)

    def _make_room(self, others: int) -> None:
        """After one was lost for want of memory: fewer at a time, for it will be tried again."""
        self.most = max(1, min(self.most - 1, others))
        if self.device.type == backends.CUDA:
            torch.cuda.empty_cache()

    def close(self) -> None:
        """End the worker processes and give the memory back."""
        self._kept = None
        if self._others is not None:
            self._others.close()


def make(setup: Setup) -> Gpu:
    """The GPU of this machine, and worker processes for what cannot be trained on it.

    Raises:
        ConfigError: there is no such device here.
    """
    platform = backends.platform(setup.device)
    return Gpu(backends.device(setup.device), setup.jobs, platform)
