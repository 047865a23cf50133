"""Worker processes on this machine, one thread of arithmetic each; they stay warm between rounds.

A worker that dies loses its group (the study tries it again) and is replaced.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

from howdeep.base.trials import Group, Outcome
from howdeep.data.task import Task
from howdeep.executors._executor import Setup
from howdeep.executors.crew import Crew, Worker, start, wire
from howdeep.executors.crew.shared import Shared, share


class Processes:
    """`jobs` workers that share one task; call it with groups, close it when done.

    The first of them are taken from the `crew`, if there is one.
    """

    name = "processes"

    def __init__(self, jobs: int, crew: Crew | None = None) -> None:
        self.jobs, self._crew = jobs, crew or Crew()
        self._task: Task | None = None
        self._shared: Shared | None = None
        self._workers: list[Worker | None] = [None] * jobs
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._starting = threading.Lock()  # no worker is started once it is closed

    def __call__(self, groups: Sequence[Group], task: Task) -> Iterator[Outcome]:
        """One `Outcome` per group, as they come in."""
        if self._task is not None and self._task is not task:
            self.close()
        if self._task is None:
            self._shared = share(task, self._crew.take_file())
        self._task, self._closed = task, False
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        todo: queue.SimpleQueue[Group] = queue.SimpleQueue()
        for group in groups:
            todo.put(group)
        answers: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        for slot in range(min(self.jobs, len(groups))):
            serve = (slot, task, todo, answers)
            self._threads.append(threading.Thread(target=self._serve, args=serve, daemon=True))
            self._threads[-1].start()
        for _ in groups:
            answer = answers.get()
            if isinstance(answer, BaseException):
                raise answer
            yield answer

    def _serve(
        self,
        slot: int,
        task: Task,
        todo: queue.SimpleQueue[Group],
        answers: queue.SimpleQueue[Outcome | BaseException],
    ) -> None:
        while not self._closed:
            try:
                group = todo.get_nowait()
            except queue.Empty:
                return
            try:
                answers.put(self._ask(slot, group, task))
            except BaseException as error:  # a thread has no one else to tell
                answers.put(error)
                return

    def _ask(self, slot: int, group: Group, task: Task) -> Outcome:
        answer = None
        worker = self._workers[slot]
        try:
            if worker is None:
                with self._starting:
                    if self._closed:
                        return Outcome(group, "lost", reason="the study was stopped")
                    worker = self._workers[slot] = self._fresh()
                wire.send_task(worker.stdin, task, self._shared)
            wire.send_group(worker.stdin, group)
            answer = wire.receive_outcome(worker.stdout, group)
        except (OSError, ValueError):
            pass  # the worker is gone; what is left of it is ended below
        if answer is not None:
            return answer
        self._workers[slot] = None
        if worker is not None:
            worker.end()
        code = worker.process.returncode if worker else None
        return Outcome(group, "lost", reason=f"worker process ended with {code}")

    def _fresh(self) -> Worker:
        """A worker that has not seen the task yet."""
        if self._crew.workers:
            return self._crew.workers.pop()
        return start(None if self._shared is None else self._shared.descriptor)

    def close(self) -> None:
        """End the workers at once; groups under way are lost and will be trained again.

        The threads are waited for: one that still reads a pipe when Python exits aborts it.
        """
        with self._starting:
            self._closed = True
            workers = [worker for worker in self._workers if worker is not None]
        try:
            for worker in workers:
                worker.kill()
            for thread in self._threads:
                if thread.ident is not None:  # a signal may come before it was started
                    thread.join()
            for worker in workers:
                worker.end()
        except BaseException:  # a signal while closing: none may be left behind
            for worker in workers:
                worker.process.kill()
            raise
        self._workers, self._threads = [None] * self.jobs, []
        self._task = None
        self._crew.close()
        if self._shared is not None:
            shared, self._shared = self._shared, None
            shared.close()


def make(setup: Setup) -> Processes:
    """So many workers as wanted, those that were started ahead first."""
    return Processes(setup.jobs, setup.crew)
