"""A task's fitted encoders as a study keeps them: JSON, with their many floats as one array."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep import modalities
from howdeep.base import keys
from howdeep.data.task import Task, from_arrays
from howdeep.store import older

FLOATS = "encoders|floats"  # the name of that array; the mark keeps it apart from samples
MANY = 8  # floats in a list, from which they go into the array
PLACE = "@"  # instead of them: where they begin, and how many they are


def task_of(arrays: Mapping[str, NDArray[Any]], meta: Mapping[str, str]) -> Task:
    """A task with its encoders, from what a study keeps of it.

    Raises:
        ValueError, TypeError, KeyError: what was read is none.
    """
    task = from_arrays(dict(arrays), dict(meta))
    task = replace(task, info=older.known(task.info))
    if "encoders" not in meta:
        return older.encoded(task)
    return replace(task, encoders=unpacked(arrays, meta["encoders"], task.info.modality))


def packed(task: Task) -> tuple[dict[str, NDArray[np.float64]], str]:
    """The encoders of a task as an array by its name, and a JSON text."""
    floats: list[float] = []
    plain = {
        name: [_away(keys.to_plain(encoder), floats) for encoder in fitted]
        for name, fitted in task.encoders.items()
    }
    return {FLOATS: np.array(floats, dtype=np.float64)}, json.dumps(plain, allow_nan=False)


def unpacked(
    arrays: Mapping[str, NDArray[Any]], text: str, modality: str
) -> dict[str, tuple[Any, ...]]:
    """The inverse of `packed`.

    Raises:
        ValueError, TypeError, KeyError: what was read is none.
    """
    kind = modalities.modality(modality).encode.Encoder
    floats = arrays[FLOATS]
    return {
        name: tuple(keys.build(kind, _back(plain, floats)) for plain in fitted)
        for name, fitted in json.loads(text).items()
    }


def _away(plain: Any, floats: list[float]) -> Any:
    if isinstance(plain, list):
        if len(plain) >= MANY and all(type(item) is float for item in plain):
            floats += plain
            return {PLACE: [len(floats) - len(plain), len(plain)]}
        return [_away(item, floats) for item in plain]
    if isinstance(plain, dict):
        return {name: _away(item, floats) for name, item in plain.items()}
    return plain


def _back(plain: Any, floats: NDArray[Any]) -> Any:
    if isinstance(plain, list):
        return [_back(item, floats) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if plain.keys() == {PLACE}:
        start, count = plain[PLACE]
        return floats[start : start + count].tolist()
    return {name: _back(item, floats) for name, item in plain.items()}
