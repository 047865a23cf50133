"""A worker process: reads a task, then groups, from standard input; writes outcomes to output.

It ends when its study does: a thread waits for the end of standard input and leaves at once, so
that a killed study leaves no training behind.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from typing import BinaryIO

from howdeep.base.trials import Group
from howdeep.executors.crew import wire
from howdeep.executors.here import outcome
from howdeep.trainers.fused import backends


def _read(asked: BinaryIO, groups: queue.Queue[Group]) -> None:
    while True:
        group = wire.receive_group(asked)
        if group is None:
            os._exit(0)
        groups.put(group)


def main() -> None:
    """Serve until standard input ends. Ctrl-C is the study's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, answers = os.fdopen(0, "rb", closefd=False), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up between frames
    given = wire.receive_task(asked)
    if given is None:
        return
    task, data = given
    groups: queue.Queue[Group] = queue.Queue()
    threading.Thread(target=_read, args=(asked, groups), daemon=True).start()
    platform = backends.platform(backends.CPU)
    while True:
        wire.send_outcome(answers, outcome(groups.get(), task, data, platform))


if __name__ == "__main__":
    main()
