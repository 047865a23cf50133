"""`python full.py FOLDER KB,KB,... SEED`: fake studies on disks that fill up; prints JSON.

Wants a mount namespace of its own: `unshare --map-root-user --mount python full.py ...`. The disk
is a tmpfs of so many KB, filled but for a little; whenever the study ends for want of room, some is
made and the same command is given again, until there is a verdict.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import fake_cli
from howdeep.base.errors import StorageError
from howdeep.store.study import Study

STEP = 48 * 1024  # bytes by which room is made
REFUSED = 3


def attempt(path: Path, log: Path) -> tuple[int, set[str], str]:
    """Begin or resume a study in a child: its exit status, what it acknowledged, what it said."""
    if (child := os.fork()) == 0:
        status = 1
        with log.open("w") as out:
            os.dup2(out.fileno(), 1)
            try:
                fake_cli.main(str(path))
                status = 0
            except StorageError as error:
                print(error, flush=True)
                status = REFUSED
            except BaseException:
                traceback.print_exc(file=out)
        os._exit(status)
    _, ended = os.waitpid(child, 0)
    said = log.read_text()
    status = os.waitstatus_to_exitcode(ended)
    return status, {line[4:] for line in said.split("\n") if line.startswith("ack ")}, said


def result(path: Path) -> tuple[str, int]:
    with Study.open(path) as study:
        study.check()
        verdict = study.verdict()
        return (verdict.digest if verdict else ""), len(study.trials())


def lost(path: Path, acknowledged: set[str]) -> str:
    """What is wrong with a study that found no room."""
    if not (path / "study.sqlite").exists():
        return "no study, yet groups were acknowledged" if acknowledged else ""
    with Study.open(path) as study:
        study.check()
        missing = acknowledged - study.done_groups()
    return f"{len(missing)} acknowledged groups are lost" if missing else ""


def one_disk(disk: Path, log: Path, free: int, wanted: tuple[str, int]) -> tuple[int, str]:
    """How often a disk with `free` bytes to begin with was full, and what was wrong."""
    path, ballast = disk / "study", disk / "ballast"
    room = shutil.disk_usage(disk).free
    ballast.write_bytes(bytes(max(room - free, 0)))
    acknowledged: set[str] = set()
    for full in range(100):
        status, acks, said = attempt(path, log)
        acknowledged |= acks
        if status == 0:
            return full, "" if result(path) == wanted else "another result"
        if status != REFUSED or str(disk) not in said:
            return full, f"ended with {status}: {said[-500:]}"
        make_room(disk, ballast)
        if trouble := lost(path, acknowledged):
            return full, trouble
    return 100, "it never ends"


def make_room(disk: Path, ballast: Path) -> None:
    """Less ballast; and a larger disk once there is none."""
    if (left := ballast.stat().st_size) > STEP:
        os.truncate(ballast, left - STEP)
        return
    ballast.write_bytes(b"")
    used = shutil.disk_usage(disk)
    size = (used.total - left + STEP) // 1024
    subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)


def main(folder: str, sizes: str, seed: str) -> None:
    base, rng, wrong, full = Path(folder), random.Random(int(seed)), [], []
    log, disk = base / "log", base / "disk"
    attempt(base / "whole", log)
    wanted = result(base / "whole")
    disk.mkdir()
    for kb in sizes.split(","):
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kb}k", "none", str(disk)]
        subprocess.run(mount, check=True)
        times, trouble = one_disk(disk, log, rng.randrange(8, 240) * 1024, wanted)
        full.append(times)
        wrong += [f"{kb} KB: {trouble}"] if trouble else []
        subprocess.run(["umount", str(disk)], check=True)
    print(json.dumps({"full": full, "wrong": wrong, "trials": wanted[1]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
