"""Python runs this first in every process that has this folder on its path: workers, too.

Appends to the file named by WATCH_LOG a line of JSON for everything that the process writes,
starts, asks of the network, or takes from a pickle.
"""

import json
import os
import sys

LOG = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PATHS = {  # events with the number of their arguments that are paths
    "os.mkdir": 1,
    "os.rename": 2,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.link": 2,
    "os.symlink": 2,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.utime": 1,
    "tempfile.mkstemp": 1,
    "tempfile.mkdtemp": 1,
}
OTHER = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "pickle.", "urllib.")


def note(event: str, *what: object) -> None:
    os.write(LOG, (json.dumps([os.getpid(), event, *map(str, what)]) + "\n").encode())


def hook(event: str, args: tuple) -> None:  # type: ignore[type-arg]
    if event == "open":
        if isinstance(args[0], str | bytes | os.PathLike) and args[2] & WRITING:
            note("write", os.path.realpath(os.fsdecode(args[0])))
    elif event == "sqlite3.connect":
        note("sqlite", os.fsdecode(args[0]))
    elif event in PATHS:
        paths = [p for p in args[: PATHS[event]] if isinstance(p, str | bytes | os.PathLike)]
        if paths:  # else a descriptor, whose file was noted when it was opened
            note("write", *(os.path.realpath(os.fsdecode(p)) for p in paths))
    elif event.startswith(OTHER):
        note(event, repr(args)[:300])


sys.addaudithook(hook)
note("awake")
