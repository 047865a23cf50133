"""A task and its encoded rows in memory that every worker process maps: one copy for all of them.

The memory is a file without a name (Linux's memfd): on no disk, and gone with the last process
that has it open or mapped, however that process ends. It is sealed once it is written, and mapped
copy-on-write, so that no worker could change what another one sees.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.executors.crew import blank
from howdeep.trainers.fused.encoded import EncodedFold, Runs, in_runs, of_arrays

ALIGNED = 64  # bytes: a cache line
PLACES, DESCRIPTOR = "places", "descriptor"  # of the metadata: what lies where, and in which file


@dataclass(frozen=True, eq=False)
class Shared:
    """The open file, and the JSON texts that a worker needs to map it."""

    descriptor: int
    meta: dict[str, str]

    def close(self) -> None:
        """Give it up here; workers keep what they have mapped."""
        os.close(self.descriptor)


def share(task: Task, file: int | None = None) -> Shared | None:
    """Encode the task once, into memory to be mapped: `file`, if workers have one open already.

    None where the system has no such memory or not enough of it: a worker is then sent the task.
    """
    file = blank() if file is None else file
    if file is None:
        return None
    try:
        return Shared(file, _written(file, task))
    except (OSError, MemoryError):
        os.close(file)
        return None
    except BaseException:
        os.close(file)
        raise


def _written(file: int, task: Task) -> dict[str, str]:
    places, end = [], 0
    for name, runs in _arrays(task):
        start = -(-end // ALIGNED) * ALIGNED
        places.append((name, runs.dtype.str, runs.shape, start))
        end = start
        for run in runs.runs:
            end += _write(file, run, end)
    os.ftruncate(file, max(end, 1))
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
    return to_arrays(task)[1] | {PLACES: json.dumps(places), DESCRIPTOR: str(file)}


def _arrays(task: Task) -> Iterator[tuple[str, Runs]]:
    """The task's arrays by name, then each fold's as "number|name"."""
    for name, array in to_arrays(task)[0].items():
        yield name, Runs.of(array)
    for index, fold in enumerate(in_runs(task)):
        for name, runs in fold.items():
            yield f"{index}|{name}", runs


def _write(file: int, run: np.ndarray, start: int) -> int:
    """Write an array's bytes at `start`; the system may take them in several bites."""
    if run.nbytes:
        view = np.ascontiguousarray(run).data.cast("B")
        while view:
            done = os.pwrite(file, view, start + run.nbytes - len(view))
            view = view[done:]
    return int(run.nbytes)


def mapped(meta: Mapping[str, str]) -> tuple[Task, tuple[EncodedFold, ...]]:
    """The worker's side of `share`: the task and its folds, all in the mapped memory."""
    file = int(meta[DESCRIPTOR])
    room = mmap.mmap(file, os.fstat(file).st_size, access=mmap.ACCESS_COPY)
    os.close(file)
    arrays: dict[str, np.ndarray] = {
        name: np.ndarray(shape, dtype, room, start)
        for name, dtype, shape, start in json.loads(meta[PLACES])
    }
    task = from_arrays(arrays, dict(meta))
    own: list[dict[str, np.ndarray]] = [{} for _ in task.encodings for _ in task.folds]
    for name, array in arrays.items():
        index, mark, rest = name.partition("|")
        if mark:
            own[int(index)][rest] = array
    return task, tuple(of_arrays(task, i, mine) for i, mine in enumerate(own))
