"""Worker processes, and how they are started: nothing here takes long to import.

A worker imports PyTorch before it can do anything. A crew is started before the study reads its
data, so that both take that time at once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, cast

QUIET = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}
MOST = 8  # workers started ahead: on more cores the others start when there is work for them


@dataclass(frozen=True, eq=False)
class Worker:
    """One process with its two pipes."""

    process: subprocess.Popen[bytes]
    stdin: BinaryIO
    stdout: BinaryIO

    def kill(self) -> None:
        """End the process; whoever reads its pipe sees the end of it."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """End the process and close the pipes, which no thread may be using."""
        self.kill()
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):
                pipe.close()


def start(file: int | None = None) -> Worker:
    """A fresh worker, which inherits the file for its rows.

    It is in a session of its own, so that Ctrl-C reaches the study only.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "howdeep.executors.worker"],  # -P: no modules of the folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **QUIET},
        start_new_session=True,
        pass_fds=() if file is None else (file,),
    )
    return Worker(process, cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout))


def blank() -> int | None:
    """An empty file in memory, to be filled and sealed (`shared.share`).

    None where the system has no such memory.
    """
    if not hasattr(os, "memfd_create"):
        return None
    with contextlib.suppress(OSError):
        return os.memfd_create("howdeep", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    return None


@dataclass(eq=False)
class Crew:
    """Workers that wait for their task, and the empty file that they have open.

    Whoever takes one has to end it, or to close the file.
    """

    file: int | None = None
    workers: list[Worker] = field(default_factory=list)

    def take_file(self) -> int | None:
        """The file, once."""
        file, self.file = self.file, None
        return file

    def close(self) -> None:
        """End what nobody took."""
        while self.workers:
            self.workers.pop().end()
        file = self.take_file()
        if file is not None:
            os.close(file)


@contextlib.contextmanager
def ahead(count: int) -> Iterator[Crew]:
    """`count` workers on their way; those that nobody took are ended with the block."""
    crew = Crew(blank() if count else None)
    try:
        with contextlib.suppress(OSError):  # where none can be started, the study says so itself
            for _ in range(min(count, MOST)):
                crew.workers.append(start(crew.file))
        yield crew
    finally:
        crew.close()


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
