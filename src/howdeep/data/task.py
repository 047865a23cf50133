"""`Task`: data ready to learn from. Built by a modality; arrays only, all numpy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.base.nouns import TaskInfo

RowIndex = NDArray[np.int64]
Names = tuple[Any, ...]  # texts, and tuples of such
GROUPS = "rows.groups"  # of old studies there is none
OWN = ("target", "test", "weights")  # arrays of every task; the others by name are its samples


@dataclass(frozen=True, eq=False)
class View:
    """A checkpoint chosen on `choose` rows is scored on `score` rows."""

    choose: RowIndex
    score: RowIndex


@dataclass(frozen=True, eq=False)
class Fold:
    """One training set with its views.

    Hold-out: one fold, one view (val, select), and the rates are tuned on (train, val).
    Five folds: two views a fold (each half of the held-out rows chooses for the other), and the
    rates are tuned inside the training rows: `tune_train` and `tune_val` are parts of `train`.
    """

    train: RowIndex
    views: tuple[View, ...]
    tune_train: RowIndex
    tune_val: RowIndex


@dataclass(frozen=True, eq=False)
class Task:
    """Arrays and splits of one learning problem; N rows, the test rows among them.

    `samples` are what is learnt from, arrays (N, ...) by name, and `names` what their parts are
    called: both are as the modality `info.modality` defines them. target (N,) int64 class numbers
    or float64; weights (N,) float64 or None. `encoding`: how samples become the inputs of nets, in
    the modality's words.
    """

    info: TaskInfo
    samples: Mapping[str, NDArray[Any]]
    target: NDArray[np.int64] | NDArray[np.float64]
    weights: NDArray[np.float64] | None
    folds: tuple[Fold, ...]
    test: RowIndex
    encoding: str
    names: Names = ()
    reading: Names = ()  # how cells of new rows are read, in the modality's words
    others: tuple[str, ...] = ()  # encodings that may do better: the study tries them
    free: bool = False  # of groups and times: only copies tie rows together (not stored)
    groups: NDArray[np.int64] | None = None  # (N,): equal where rows stay together, as asked
    # By encoding, one a fold, fitted on its training rows; none where that was not done yet.
    encoders: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def encodings(self) -> tuple[str, ...]:
        """The task's own encoding and the others, in the order in which rows are encoded."""
        return (self.encoding, *self.others)

    @property
    def outputs(self) -> int:
        return len(self.info.classes) if self.info.kind == "classification" else 1

    @property
    def select(self) -> RowIndex:
        """All rows scored for comparison, in the order in which row scores are stored."""
        return np.concatenate([view.score for fold in self.folds for view in fold.views])


def to_arrays(task: Task) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
    """A task as named arrays and JSON texts, for safetensors: tensors and metadata."""
    arrays = {**task.samples, "target": task.target, "test": task.test}
    if task.weights is not None:
        arrays["weights"] = task.weights
    if task.groups is not None:
        arrays[GROUPS] = task.groups
    for i, fold in enumerate(task.folds):
        arrays |= {
            f"fold{i}.train": fold.train,
            f"fold{i}.tune_train": fold.tune_train,
            f"fold{i}.tune_val": fold.tune_val,
        }
        for j, view in enumerate(fold.views):
            arrays |= {f"fold{i}.view{j}.choose": view.choose, f"fold{i}.view{j}.score": view.score}
    shape = tuple(len(fold.views) for fold in task.folds)
    meta = {
        "info": keys.dumps(task.info),
        "names": keys.dumps(task.names),
        "views": keys.dumps(shape),
        "encoding": task.encoding,
    }
    if task.reading:
        meta["reading"] = keys.dumps(task.reading)
    if task.others:
        meta["others"] = keys.dumps(task.others)
    return arrays, meta


def from_arrays(arrays: dict[str, NDArray[np.generic]], meta: dict[str, str]) -> Task:
    """The inverse of `to_arrays`."""
    folds = []
    for i, views in enumerate(json.loads(meta["views"])):
        pairs = tuple(
            View(arrays[f"fold{i}.view{j}.choose"], arrays[f"fold{i}.view{j}.score"])  # type: ignore[arg-type]
            for j in range(views)
        )
        folds.append(
            Fold(
                arrays[f"fold{i}.train"],  # type: ignore[arg-type]
                pairs,
                arrays[f"fold{i}.tune_train"],  # type: ignore[arg-type]
                arrays[f"fold{i}.tune_val"],  # type: ignore[arg-type]
            )
        )
    return Task(
        info=keys.loads(TaskInfo, meta["info"]),
        samples={n: a for n, a in arrays.items() if n not in OWN and not _MARKED.search(n)},
        target=arrays["target"],  # type: ignore[arg-type]
        weights=arrays.get("weights"),  # type: ignore[arg-type]
        groups=arrays.get(GROUPS),  # type: ignore[arg-type]
        folds=tuple(folds),
        test=arrays["test"],  # type: ignore[arg-type]
        encoding=meta["encoding"],
        names=_tuples(json.loads(meta["names"])),
        reading=_tuples(json.loads(meta.get("reading", "[]"))),
        others=tuple(json.loads(meta.get("others", "[]"))),
    )


_MARKED = re.compile(r"[.|]")  # in names of arrays that are no samples: "fold0.train"


def _tuples(plain: Any) -> Any:
    return tuple(map(_tuples, plain)) if isinstance(plain, list) else plain
