"""Worker processes, and how they are started.

A worker imports PyTorch before it can do anything. A crew is copied from a process that has done
so already, as long as that has nothing else in it; elsewhere a worker is begun again.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NoReturn, cast

PROGRAM = f"{__name__}.worker"  # what a worker runs, in a process of its own or in a copy
QUIET = {  # cores are used by processes; spinning threads are slower
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}
MOST = 8  # workers started ahead: on more cores the others start when there is work for them
LARGEST = 512 * 2**20  # bytes that a process may have to be copied: a copy keeps what it lets go
ALLOCATOR = "jemalloc_bg_thd"  # jemalloc's, which minds forks; pyarrow brings it


class Forked:
    """A copy of this process, told of as `subprocess.Popen` tells of a program."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._asking = threading.Lock()

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        with self._asking:
            return self._poll()

    def _poll(self) -> int | None:
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def wait(self) -> int:
        """Its exit code, once it has ended."""
        while (code := self.poll()) is None:
            with contextlib.suppress(ChildProcessError):  # another thread was told first
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        return code

    def kill(self) -> None:
        """End it; one that has ended may have left its number to another process."""
        with self._asking:
            if self._poll() is None:
                os.kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True, eq=False)
class Worker:
    """One process with its two pipes."""

    process: subprocess.Popen[bytes] | Forked
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
        [sys.executable, "-P", "-m", PROGRAM],  # -P: no modules of the folder
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **QUIET},
        start_new_session=True,
        pass_fds=() if file is None else (file,),
    )
    return Worker(process, cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout))


def copied(file: int | None = None) -> Worker:
    """A copy of this process that serves as a worker; `copies` says whether that is safe."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.flush()  # or what waits to be written would be written by both
    with contextlib.ExitStack() as unless_begun:
        asked, answered = os.pipe(), os.pipe()
        for end in (*asked, *answered):
            unless_begun.callback(os.close, end)
        # A signal to both must not find the copy where it would clean up as this process does.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if not pid:
                _serve(asked[0], answered[1], file)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        unless_begun.pop_all()
    os.close(asked[0])
    os.close(answered[1])
    return Worker(Forked(pid), os.fdopen(asked[1], "wb"), os.fdopen(answered[0], "rb"))


def copies() -> bool:
    """Whether this process can be copied: it is small, and a copy would lack its other threads."""
    if sys.platform != "linux" or len(_threads()) > 1:
        return False
    with open("/proc/self/statm") as file:  # the most it ever had may be its parent's
        resident = int(file.read().split()[1])
    return resident * os.sysconf("SC_PAGE_SIZE") < LARGEST


def _threads() -> list[str]:
    """Names of this process's threads, but for one that is begun again in a copy."""
    found = []
    for number in os.listdir("/proc/self/task"):
        with (
            contextlib.suppress(OSError),  # it has ended since
            open(f"/proc/self/task/{number}/comm") as file,
        ):
            found.append(file.read().strip())
    return [name for name in found if name != ALLOCATOR]


def _serve(asked: int, answered: int, file: int | None) -> NoReturn:
    """The copy: a worker as `start` begins one, with nothing else of this process open."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one that came before may wait
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.dup2(asked, 0)
        os.dup2(answered, 1)
        for name in os.listdir("/proc/self/fd"):
            if int(name) > 2 and int(name) != file:
                with contextlib.suppress(OSError):  # the listing's own
                    os.close(int(name))
        os.environ.update(QUIET)
        importlib.import_module(PROGRAM).main()  # it imports torch
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


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
    another = copied if count and copies() else start
    try:
        with contextlib.suppress(OSError):  # where none can be started, the study says so itself
            for _ in range(min(count, MOST)):
                crew.workers.append(another(crew.file))
        yield crew
    finally:
        crew.close()


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
