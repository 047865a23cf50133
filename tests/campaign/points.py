"""Die at every so-manieth disk call of a fake study's life, then resume; prints JSON.

One clean process that forks a child per point: a fresh interpreter each time would take minutes.
Neither SQLite nor a lock is open in the parent when it forks.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import fake_cli
import shim
from howdeep.store.study import Study


def forked(path: Path, n: int, death: str, counted: str = "change") -> tuple[int, set[str]]:
    """Exit status of a child that dies at its n-th call (0: never), and what it acknowledged."""
    log = path.with_suffix(".log")
    if (child := os.fork()) == 0:
        status = 1
        with contextlib.suppress(BaseException), log.open("w") as out:
            os.dup2(out.fileno(), 1)
            shim.no_waiting()
            if n:
                shim.install(n, shim.DEATHS[death], shim.COUNTED[counted])
            fake_cli.main(str(path))
            status = 0
        os._exit(status)
    _, status = os.waitpid(child, 0)
    lines = log.read_text().split("\n")
    return status, {line[4:] for line in lines if line.startswith("ack ")}


def result(path: Path) -> tuple[str, int]:
    with Study.open(path) as study:
        study.check()
        verdict = study.verdict()
        return (verdict.digest if verdict else ""), len(study.trials())


def one_point(
    path: Path, n: int, death: str, counted: str, wanted: tuple[str, int]
) -> tuple[bool, str]:
    """Whether the run ended before its n-th call, and what was wrong afterwards."""
    shutil.rmtree(path, ignore_errors=True)
    status, acknowledged = forked(path, n, death, counted)
    if status == 0:
        return True, ""
    if status != signal.SIGKILL:
        return False, f"{death} {n}: ended with status {status}"
    if (path / "study.sqlite").exists():
        with Study.open(path) as study:
            if not acknowledged <= study.done_groups():
                return False, f"{death} {n}: an acknowledged group is not on disk"
    elif acknowledged:
        return False, f"{death} {n}: no study, yet groups were acknowledged"
    status, _ = forked(path, 0, death)
    if status or result(path) != wanted:
        return False, f"{death} {n}: resumed to status {status}, {result(path)}"
    return False, ""


def main(folder: str, counted: str, step: str) -> None:
    path = Path(folder) / "study"
    status, _ = forked(path, 0, "")
    if status:
        raise SystemExit(f"the undisturbed run failed: status {status}")
    wanted, wrong, points = result(path), [], 0
    for death in shim.DEATHS:
        n = 1
        while True:
            ended, trouble = one_point(path, n, death, counted, wanted)
            if ended:
                break
            points += 1
            wrong += [trouble] if trouble else []
            n += int(step)
    print(json.dumps({"points": points, "wrong": wrong, "trials": wanted[1]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
