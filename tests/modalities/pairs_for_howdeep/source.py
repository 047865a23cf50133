"""Folders of two tables, and two arrays from Python."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from howdeep import metrics
from howdeep.base.nouns import TaskInfo
from howdeep.data.column import Column
from howdeep.data.identity import stamped
from howdeep.data.origin import Origin
from howdeep.data.parts import parted
from howdeep.data.target import make_target
from howdeep.data.task import Task
from howdeep.data.units import alike
from howdeep.modalities import Settings
from pairs_for_howdeep import MODALITY, PARTING

FILES = ("left.csv", "right.csv", "same.csv")


def read(path: str, name: str) -> np.ndarray:
    return np.loadtxt(Path(path) / name, delimiter=",", ndmin=2)


def recognise(path: str) -> str:
    there = all((Path(path) / name).is_file() for name in FILES)
    return "a folder of pairs" if there else ""


def takes(data: Any) -> bool:
    return isinstance(data, tuple) and len(data) == 2


def task(options: Any) -> Task:
    path = options.data
    labels = read(path, "same.csv")[:, 0].astype(int)
    return made(read(path, "left.csv"), read(path, "right.csv"), labels, options, path)


def task_of(data: Any, y: Any, test: Any, options: Any) -> Task:
    return made(*map(np.asarray, data), np.asarray(y), options, "")


def made(left: np.ndarray, right: np.ndarray, y: np.ndarray, options: Any, path: str) -> Task:
    right = right[:, :0] if options.left_only else right
    samples = {"left": left, "right": right}
    column = Column("same", np.array([str(label) for label in y], dtype=object))
    target = make_target(column, None, "classification", True)
    info = TaskInfo(
        name=Path(path).name or "pairs",
        fingerprint="",
        kind="classification",
        metric=options.metric or metrics.default("classification").name,
        scheme="holdout",
        classes=target.classes,
        target=target.name,
        features=(),
        rows=(),
        select_rows=0,
        test_rows=0,
        source=path,
        source_sha256=digest(path) if path else "",
        modality=MODALITY.name,
    )
    bare = Task(info, samples, target.values, None, (), np.empty(0, np.int64), "standard")
    same = alike(samples)
    task, _ = parted(bare, Origin(same, same), options.seed, PARTING)
    return stamped(task)


def sets() -> tuple[str, ...]:
    return ()


def set_task(name: str, options: Any) -> Task:
    raise NotImplementedError


def settings(name: str) -> Settings:
    return Settings()


def said(info: TaskInfo) -> list[str]:
    return [info.source]


def is_there(path: str) -> bool:
    return bool(recognise(path))


def digest(path: str) -> str:
    parts = (Path(path, name).read_bytes() for name in FILES)
    return hashlib.sha256(b"".join(parts)).hexdigest()
