"""`python watch.py tables|parquet|images FOLDER`: read a hostile corpus under an audit hook.

Prints what was read, which forbidden events there were (code run, files written), whether the
watch was awake, the most seconds of CPU that a file took, and the megabytes that all of them took.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import scipy.sparse.csgraph  # these are imported where columns and splits first want them
import scipy.special
import scipy.stats  # noqa: F401
from PIL import Image

import howdeep.nets.families  # noqa: F401  what the option of that name imports when it is first said
from howdeep import modalities
from howdeep.base.errors import InputError
from howdeep.modalities.table.prepare import make_task
from howdeep.modalities.table.read import read_table
from howdeep.modalities.table.read.parquet_child import columns_of
from howdeep.route.options import parse_options
from howdeep.route.tasks import task_of

FORBIDDEN = ("pickle.", "exec", "os.system", "os.exec", "subprocess.", "socket.", "ctypes.dlopen")
# Python loads a codec when it is first used: now, before the watch.
CODECS = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "unicode_escape",
    "ascii",
    "latin-1",
    "cp437",
)


class Watch:
    """An audit hook (which cannot be taken off again) with a switch."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.on = True
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event.startswith(FORBIDDEN):
            self.events.append(f"{event} {args}"[:200])
        if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
            self.events.append(f"open {args[0]} for writing")
        if event == "open" and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self.events.append(f"open {args[0]} for writing")

    def awake(self) -> bool:
        """Whether it sees code that is run and a file that is opened for writing."""
        before, self.events = self.events, []
        exec("pass")  # noqa: S102
        with open(os.devnull, "w"):
            pass
        seen, self.events = len(set(self.events)), before
        return seen == 2


def table(path: str) -> None:
    if path.endswith((".json", ".toml", ".yaml")):
        parse_options({"config": path})
    else:
        make_task(read_table(path), "y")


def parquet(path: str) -> None:
    """What its reader does in a process of its own."""
    columns_of(Path(path).read_bytes())


def images(path: str) -> None:
    """With every switch that lets more of it in."""
    try:
        task_of(parse_options({"data": path, "skip_unreadable": True}))
    except InputError as error:
        if "--skip-unreadable" in error.what:  # not an option of this format
            task_of(parse_options({"data": path}))


def megabytes() -> float:
    """The most memory this process has held so far."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall("VmHWM:[^0-9]*([0-9]+)", status)[0]) / 1024


def main(kind: str, folder: str) -> None:
    read: Callable[[str], None] = {"tables": table, "parquet": parquet, "images": images}[kind]
    Image.init()
    for own in modalities.every():
        _ = own.source  # imported when data are first asked for
    for name in CODECS:
        "".encode(name)
    for first in (*Path(folder).glob("0-honest*"), *Path(folder).glob("0-parquet.*")):
        read(str(first))  # whatever is imported late
    watch, before, slowest, names = Watch(), megabytes(), 0.0, sorted(os.listdir(folder))
    for name in names:
        start = time.process_time()
        with contextlib.suppress(InputError):
            read(os.path.join(folder, name))
        slowest = max(slowest, time.process_time() - start)
    awake = watch.awake()
    watch.on = False
    told = {"read": len(names), "events": watch.events, "awake": awake}
    print(json.dumps(told | {"seconds": slowest, "megabytes": megabytes() - before}), flush=True)
    os._exit(0)  # after that it is over: now and then pyarrow's threads abort an ordinary end


if __name__ == "__main__":
    main(*sys.argv[1:])
