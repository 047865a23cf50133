"""Frames between a study and its worker processes: eight bytes of length, then safetensors.

No pickle: a message is JSON texts (the metadata) and named arrays (the tensors).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from howdeep.base import keys
from howdeep.base.trials import Group, Outcome, Result, Trial
from howdeep.data.task import Task, from_arrays, to_arrays
from howdeep.executors.crew.shared import DESCRIPTOR, Shared, mapped
from howdeep.trainers.fused.encoded import EncodedFold, encoded

Arrays = dict[str, NDArray[np.generic]]
EMPTY = "_"  # safetensors wants at least one tensor to carry metadata


def send(
    pipe: BinaryIO, meta: Mapping[str, str], arrays: Mapping[str, NDArray[np.generic]]
) -> None:
    """Write one frame and flush it."""
    tensors = {name: np.ascontiguousarray(value) for name, value in arrays.items()}
    body = save(tensors or {EMPTY: np.zeros(1)}, dict(meta))
    pipe.write(struct.pack("<Q", len(body)))
    pipe.write(body)
    pipe.flush()


def receive(pipe: BinaryIO) -> tuple[dict[str, str], Arrays] | None:
    """Read one frame; `None` where the other side is gone."""
    head = pipe.read(8)
    if len(head) < 8:
        return None
    size = struct.unpack("<Q", head)[0]
    body = pipe.read(size)
    if len(body) < size:
        return None
    length = struct.unpack("<Q", body[:8])[0]
    meta = json.loads(body[8 : 8 + length]).get("__metadata__", {})
    return meta, {name: value for name, value in load(body).items() if name != EMPTY}


def send_task(pipe: BinaryIO, task: Task, shared: Shared | None) -> None:
    """The data, once, when a worker starts: where it lies, or all of it."""
    arrays, meta = ({}, shared.meta) if shared else to_arrays(task)
    send(pipe, meta, arrays)


def receive_task(pipe: BinaryIO) -> tuple[Task, tuple[EncodedFold, ...]] | None:
    """The worker's side of `send_task`: the task and its encoded rows."""
    frame = receive(pipe)
    if frame is None:
        return None
    if DESCRIPTOR in frame[0]:
        return mapped(frame[0])
    task = from_arrays(frame[1], frame[0])
    return task, encoded(task)


def send_group(pipe: BinaryIO, group: Group) -> None:
    """One group to train."""
    send(pipe, {"group": keys.dumps(group)}, {})


def receive_group(pipe: BinaryIO) -> Group | None:
    """The worker's side of `send_group`; `None` when the study is gone."""
    frame = receive(pipe)
    return None if frame is None else keys.loads(Group, frame[0]["group"])


def send_outcome(pipe: BinaryIO, outcome: Outcome) -> None:
    """The worker's answer."""
    arrays = {
        f"{i}|{name}": value
        for i, result in enumerate(outcome.results)
        for name, value in result.arrays.items()
    }
    meta = {
        "state": outcome.state,
        "reason": outcome.reason,
        "seconds": repr(outcome.seconds),
        "platform": keys.dumps(outcome.platform),
        "trials": keys.dumps([result.trial for result in outcome.results]),
    }
    send(pipe, meta, arrays)


def receive_outcome(pipe: BinaryIO, group: Group) -> Outcome | None:
    """The study's side of `send_outcome`; `None` when the worker is gone."""
    frame = receive(pipe)
    if frame is None:
        return None
    meta, arrays = frame
    trials = [keys.loads(Trial, json.dumps(plain)) for plain in json.loads(meta["trials"])]
    own: list[Arrays] = [{} for _ in trials]
    for name, value in arrays.items():
        index, rest = name.split("|", 1)
        own[int(index)][rest] = value
    results = tuple(Result(trial, mine) for trial, mine in zip(trials, own, strict=True))
    state = meta["state"]
    if state not in ("done", "lost", "failed"):
        return None
    seconds, platform = float(meta["seconds"]), keys.loads(dict[str, str], meta["platform"])
    return Outcome(group, state, results, meta["reason"], seconds, platform)  # type: ignore[arg-type]
