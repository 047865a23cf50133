"""New pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from howdeep.base.errors import InputError
from howdeep.modalities import New
from pairs_for_howdeep import runtime
from pairs_for_howdeep.source import read

FILES = (runtime,)
USAGE = "net.predict((left, right))    # two arrays (N, p): labels"


@dataclass(frozen=True)
class Reading:
    left_only: bool


def reading(task, known) -> Reading:
    return Reading(known.get("left_only") == "True")


def new(path: str, options, task, known) -> New:
    return New((read(path, "left.csv"), read(path, "right.csv")))


def new_of(data, task, known) -> New:
    return New(tuple(map(np.asarray, data)))


def samples(rows, task, reading: Reading):
    left, right = rows
    if len(left) != len(right):
        raise InputError(f"{len(left)} left sides and {len(right)} right ones", "give pairs")
    return {"left": left, "right": right[:, :0] if reading.left_only else right}, ()
