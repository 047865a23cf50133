"""`Task`: data ready to learn from. Built by `prepare.make_task`; arrays only, all numpy."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from howdeep.base import keys
from howdeep.base.nouns import TaskInfo

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class View:
    """A checkpoint chosen on `choose` rows is scored on `score` rows."""

    choose: Rows
    score: Rows


@dataclass(frozen=True, eq=False)
class Fold:
    """One training set with its views.

    Hold-out: one fold, one view (val, select), and the rates are tuned on (train, val).
    Five folds: two views a fold (each half of the held-out rows chooses for the other), and the
    rates are tuned inside the training rows: `tune_train` and `tune_val` are parts of `train`.
    """

    train: Rows
    views: tuple[View, ...]
    tune_train: Rows
    tune_val: Rows


@dataclass(frozen=True, eq=False)
class Task:
    """Arrays and splits of one learning problem; N rows, the test rows among them.

    numbers (N, p) float64 with NaN where missing; codes (N, q) int64 category codes, -1 where
    missing or unseen; levels: the q tuples of category names (from training rows only is the
    encoder's business; these are all names seen). target (N,) int64 class numbers or float64.
    weights (N,) float64 or None. `encoding` is "table" (quantile-normal + piecewise linear) or
    "standard" (columns of one kind: standardised together). A task of images has `images`
    (N, H, W, C) of bytes, C 1 or 3, the encoding "image" and no columns.
    """

    info: TaskInfo
    numbers: NDArray[np.float64]
    number_names: tuple[str, ...]
    codes: NDArray[np.int64]
    code_names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    target: NDArray[np.int64] | NDArray[np.float64]
    weights: NDArray[np.float64] | None
    folds: tuple[Fold, ...]
    test: Rows
    encoding: str = "table"
    images: NDArray[np.uint8] | None = None
    others: tuple[str, ...] = ()  # encodings that may do better: the study tries them
    free: bool = False  # of groups and times: only copies tie rows together (not stored)

    @property
    def encodings(self) -> tuple[str, ...]:
        """The task's own encoding and the others, in the order in which rows are encoded."""
        return (self.encoding, *self.others)

    @property
    def outputs(self) -> int:
        return len(self.info.classes) if self.info.kind == "classification" else 1

    @property
    def select(self) -> Rows:
        """All rows scored for comparison, in the order in which row scores are stored."""
        return np.concatenate([view.score for fold in self.folds for view in fold.views])


def to_arrays(task: Task) -> tuple[dict[str, NDArray[np.generic]], dict[str, str]]:
    """A task as named arrays and JSON texts, for safetensors: tensors and metadata."""
    arrays: dict[str, NDArray[np.generic]] = {
        "numbers": task.numbers,
        "codes": task.codes,
        "target": task.target,
        "test": task.test,
    }
    if task.weights is not None:
        arrays["weights"] = task.weights
    if task.images is not None:
        arrays["images"] = task.images
    for i, fold in enumerate(task.folds):
        arrays |= {
            f"fold{i}.train": fold.train,
            f"fold{i}.tune_train": fold.tune_train,
            f"fold{i}.tune_val": fold.tune_val,
        }
        for j, view in enumerate(fold.views):
            arrays |= {f"fold{i}.view{j}.choose": view.choose, f"fold{i}.view{j}.score": view.score}
    shape = tuple(len(fold.views) for fold in task.folds)
    names = (task.number_names, task.code_names, task.levels)
    meta = {
        "info": keys.dumps(task.info),
        "names": keys.dumps(names),
        "views": keys.dumps(shape),
        "encoding": task.encoding,
    }
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
    numbers, codes, levels = json.loads(meta["names"])
    return Task(
        info=keys.loads(TaskInfo, meta["info"]),
        numbers=arrays["numbers"],  # type: ignore[arg-type]
        number_names=tuple(numbers),
        codes=arrays["codes"],  # type: ignore[arg-type]
        code_names=tuple(codes),
        levels=tuple(tuple(names) for names in levels),
        target=arrays["target"],  # type: ignore[arg-type]
        weights=arrays.get("weights"),  # type: ignore[arg-type]
        folds=tuple(folds),
        test=arrays["test"],  # type: ignore[arg-type]
        encoding=meta["encoding"],
        images=arrays.get("images"),  # type: ignore[arg-type]
        others=tuple(json.loads(meta.get("others", "[]"))),
    )
