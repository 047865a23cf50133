"""`python door.py`: run howdeep's command line on many inputs, each within narrow limits.

Reads JSON lists of arguments, one a line, from standard input; answers each with a line of JSON:
exit code, output, complaints, seconds of CPU. Every command is a child of its own, forked once
everything is imported, so that its limits bound what howdeep does with the input: 5 s of CPU and
512 MB above what is there already. They are lifted where training begins.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from howdeep import (
    api,  # noqa: F401  imports everything, so that no child has to
    cli,
)
from howdeep.route import session

CPU, MEMORY, WALL = 5, 512 * 2**20, 600
LIMITS = (resource.RLIMIT_CPU, resource.RLIMIT_AS)


def used() -> tuple[int, int]:
    """Seconds of CPU, rounded up, and bytes of address space that this process has taken."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return int(spent.ru_utime + spent.ru_stime) + 1, pages * resource.getpagesize()


def bound() -> None:
    """Soft limits only, so that training may lift them."""
    for limit, taken, more in zip(LIMITS, used(), (CPU, MEMORY), strict=True):
        resource.setrlimit(limit, (taken + more, resource.RLIM_INFINITY))


def lift_where_training_begins() -> None:
    start = session.start

    def lifted(*given: Any) -> Any:
        for limit in LIMITS:
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return start(*given)

    session.start = lifted


def child(arguments: list[str], out: Any) -> None:
    """Never returns: ends with the command's exit code, or with 1 after a traceback."""
    os.dup2(out.fileno(), 1)
    os.dup2(out.fileno(), 2)
    sys.argv = ["howdeep", *arguments]
    status = 1
    bound()
    try:
        cli.main()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def answer(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile("w+", errors="replace") as out:
        pid = os.fork()
        if pid == 0:
            child(arguments, out)
        _, status, spent = os.wait4(pid, 0)
        out.seek(0)
        said = out.read()
    seconds = round(spent.ru_utime + spent.ru_stime, 2)
    return {"code": os.waitstatus_to_exitcode(status), "said": said, "seconds": seconds}


def main() -> None:
    if "--train" in sys.argv:
        lift_where_training_begins()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
